"""Which turn answered which recording, and when its first sound came, by file and by record."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from audio.frames import RATE, Pcm
from daemon.bench.material import Item
from daemon.bench.script import Cue

AUDIBLE: Final = 200
"""Amplitude from which a sample of an answer counts as sound: about -44 dB."""

_NEAR_S: Final = 1.5
"""Seconds by which a turn may seem to begin beside its recording: a cough before, a late start."""

_MARGIN: Final = RATE // 50
"""Samples: 20 ms. What sounded this shortly before a recording still sounds in it."""

_GAP: Final = RATE // 5
"""Samples of exact silence behind which something else is said: 200 ms; a voice has no such gaps
within a clause, and there are 300 ms behind words that bridge a wait."""

Group = Literal["command", "question", "none"]
"""command: understood by the grammar. question: answered by a mind."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A recording and what came of it.

    Attributes:
        item: what was said.
        group: by the route that its turn took; "none" where there was no turn with words.
        turn: its record, {} where there is none.
        turns: how many there were: more than one where the recording was cut in two.
        ended: sample index, in the recording, of its acoustic end: the earlier one of the energy's
            and the record's.
        wav_ms: from there to the first audible sample of the answer; None where there is none.
        sound_ms: likewise to the first sound, which may be words that only bridge the wait.
        record_ms: `first_audio` of the record, from the end that the daemon found.
        overlapped: something sounded when the recording began: the figure is of an interruption.
    """

    item: Item
    group: Group
    turn: Mapping[str, Any]
    turns: int
    ended: int
    wav_ms: float | None
    sound_ms: float | None
    record_ms: float | None
    overlapped: bool

    @property
    def first_audio_ms(self) -> float | None:
        """The wait of a person, where it can be told; not of one who was talked over."""
        cut_off = self.turns > 1 or (self.wav_ms is not None and self.wav_ms <= 0)
        return None if cut_off or self.overlapped else self.wav_ms


def paired(turns: Sequence[Mapping[str, Any]], cues: Sequence[Cue], out: Pcm) -> list[Answered]:
    """Give each recording its turns.

    Args:
        turns: records of one run, oldest first.
        cues: recordings of its script.
        out: what was played, aligned with the script, shape (n,).
    """
    spoken = [turn for turn in turns if turn["channel"] != "announcement"]
    began = _clock(spoken, cues)
    ends = [*(cue.start for cue in cues[1:]), len(out)]
    answers = []
    for cue, until in zip(cues, ends, strict=True):
        own = [turn for turn in spoken if _said(turn, cues, began) is cue]
        answers.append(_answered(cue, own, out[:until]))
    return answers


def _answered(cue: Cue, turns: Sequence[Mapping[str, Any]], out: Pcm) -> Answered:
    turn: Mapping[str, Any] = turns[-1] if turns else {}
    record = turn.get("latency_ms", {}).get("first_audio")
    before = out[max(0, cue.start - _MARGIN) : cue.onset]
    overlapped = bool((np.abs(before.astype(np.int32)) > AUDIBLE).any())
    pieces = [] if overlapped else _pieces(out, cue.onset)
    answer = pieces[_bridged(turn) :]
    ended = cue.ended
    if answer and record is not None:
        # Both know the moment of the first sample; the daemon may have found an earlier end.
        ended = min(ended, answer[0][0] - round(record * RATE / 1000))
    sound_ms, wav_ms = (
        round((some[0][1] - ended) * 1000 / RATE) if some else None for some in (pieces, answer)
    )
    return Answered(
        cue.item, _group(turn), turn, len(turns), ended - cue.start, wav_ms, sound_ms, record,
        overlapped,
    )  # fmt: skip


def _bridged(turn: Mapping[str, Any]) -> bool:
    """Whether words that are no answer were said while it was waited for."""
    return any(step["name"] == "bridge" for step in turn.get("trace", ()))


def _pieces(out: Pcm, start: int) -> list[tuple[int, int]]:
    """First sample and first audible sample of everything that is said in one go."""
    loud = np.abs(out[start:].astype(np.int32))
    played, audible = np.flatnonzero(loud), np.flatnonzero(loud > AUDIBLE)
    if not len(audible):
        return []
    begins = played[np.flatnonzero(np.diff(played, prepend=-2 * _GAP) > _GAP)]
    found = np.searchsorted(audible, begins)
    return [
        (start + int(begin), start + int(audible[at]))
        for begin, at in zip(begins, found, strict=True)
        if at < len(audible)
    ]


def _group(turn: Mapping[str, Any]) -> Group:
    route = turn.get("route", "none")
    return "command" if route == "intent" else "none" if route == "none" else "question"


def _clock(turns: Iterable[Mapping[str, Any]], cues: Iterable[Cue]) -> float:
    """Unix time of the script's first sample: the one by which most turns begin with a recording.

    The record knows the time of day, the script counts samples, and turns may be missing.
    """
    starts = np.array([turn["started_at"] for turn in turns])
    onsets = np.array([cue.onset / RATE for cue in cues])
    if not len(starts) or not len(onsets):
        return 0.0
    offsets = (starts[:, None] - onsets[None, :]).ravel()
    apart = np.abs(starts[None, :, None] - offsets[:, None, None] - onsets[None, None, :])
    nearest = apart.min(axis=2)
    # How many fit, and how well: a script of equal distances fits when shifted, but with fewer.
    score = (nearest < _NEAR_S).sum(axis=1) - nearest.clip(max=_NEAR_S).mean(axis=1) / 2
    return float(offsets[int(score.argmax())])


def _said(turn: Mapping[str, Any], cues: Sequence[Cue], began: float) -> Cue:
    """The last recording that had begun when somebody was heard to begin."""
    at = (turn["started_at"] - began + _NEAR_S) * RATE
    return next((cue for cue in reversed(cues) if cue.start <= at), cues[0])
