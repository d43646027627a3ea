"""Every pause of a recording, natural or made: when it began, and when the ear knew of what.

Nothing is decided here, and nothing runs in real time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from audio.detector import Detector, Judge
from audio.endpointer import Endpointer, Patience
from audio.frames import FRAME, RATE, AudioFrame, Pcm, SpeechPaused, SpeechResumed, Utterance
from audio.gate import Gate
from daemon.bench.hesitating import LEAD_S, gaps, joint, stretched, surrounded

Kind = Literal["end", "natural", "gap", "joint", "between"]
"""end: of the recording. natural: inside of a sentence, as it was spoken. gap: such a silence that
was made longer. joint: a silence between two words that were spoken without one. between: made
longer between two sentences, where many a turn could end."""

_GAP_MS: Final = 100.0
"""Shorter silences are inside of words."""

_STRETCHED_MS: Final = 2500.0
"""How long a gap is made; what would have happened after a shorter one follows from it."""

_AFTER_S: Final = 1.5
"""Seconds of room behind a recording."""

_EACH: Final = 2
"""Gaps, and joints, of a recording that are made longer, one at a time."""

_OVER: Final = (".", "?", "!")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a recording, with the punctuation behind it, and where it is spoken, as samples."""

    text: str
    start: int
    end: int

    @property
    def bare(self) -> str:
        """Its letters and digits."""
        return "".join(filter(str.isalnum, self.text.lower()))


@dataclass(frozen=True, slots=True)
class _Place:
    """What is made longer: a gap behind a word."""

    kind: Kind
    gap: tuple[int, int]
    word: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause.

    Attributes:
        kind: what pause it is.
        utterance: what was said before it, as the ear reported it.
        known: sample at which the ear reported it.
        resumed: sample at which the ear knew that the person went on; None at the end.
        lasts_ms: milliseconds that it lasts; None at the end.
        word: that was spoken before it; "" unless it was made.
    """

    kind: Kind
    utterance: Utterance
    known: int
    resumed: int | None = None
    lasts_ms: float | None = None
    word: str = ""

    def lasting(self, silence_ms: float) -> "Pause":
        """The same pause, of another length; an end has none."""
        if self.resumed is None or self.lasts_ms is None:
            return self
        sooner = round((self.lasts_ms - silence_ms) * RATE / 1000)
        return replace(self, resumed=self.resumed - sooner, lasts_ms=silence_ms)


def pauses(name: str, pcm: Pcm, words: Sequence[Word], judge: Judge) -> Iterator[Pause]:
    """All pauses of a recording, and some that were made.

    Args:
        name: decides which gaps and joints are made longer: the same ones every time.
        pcm: the recording, shape (n,).
        words: of the recording, in order.
        judge: of windows.
    """
    lead = round(LEAD_S * RATE)
    for pause in _heard(surrounded(pcm, _AFTER_S), judge):
        within = pause.kind == "natural" and _ends(_before(words, pause.utterance.ended - lead))
        yield replace(pause, kind="between") if within else pause
    for place in _places(name, pcm, words):
        longer, after = stretched(pcm, place.gap, _STRETCHED_MS)
        after += lead
        for pause in _heard(surrounded(longer, _AFTER_S), judge):
            if pause.utterance.ended < after <= (pause.resumed or 0):
                lasts_ms = (after - pause.utterance.ended) * 1000 / RATE
                yield replace(pause, kind=place.kind, lasts_ms=lasts_ms, word=place.word)


def _places(name: str, pcm: Pcm, words: Sequence[Word]) -> list[_Place]:
    near = round(_GAP_MS * RATE / 1000)
    silences = []
    for gap in gaps(pcm, _GAP_MS):
        word = _before(words, gap[0])
        if word is not None and word is not words[-1]:
            silences.append(_Place("between" if _ends(word) else "gap", gap, word.bare))
    joints = []
    for one, other in pairwise(words):
        at = joint(pcm, (one.end + other.start) // 2)
        if not _ends(one) and all(abs(at[0] - sum(p.gap) // 2) > near for p in silences):
            joints.append(_Place("joint", at, one.bare))
    dice = np.random.default_rng(int.from_bytes(sha256(name.encode()).digest()[:4], "big"))
    return [
        found[place]
        for found in (silences, joints)
        for place in sorted(dice.permutation(len(found))[:_EACH])
    ]


def _before(words: Sequence[Word], sample: int) -> Word | None:
    """The last word that is spoken, for the greater part, before a sample."""
    spoken = [word for word in words if (word.start + word.end) // 2 < sample]
    return spoken[-1] if spoken else None


def _ends(word: Word | None) -> bool:
    return word is not None and word.text.rstrip().endswith(_OVER)


def _heard(pcm: Pcm, judge: Judge) -> list[Pause]:
    """The pauses of a sound to an ear that never ends an utterance."""
    detector = Detector(Gate(), judge, Endpointer(Patience(silence_ms=1e6)))
    found: list[Pause] = []
    for start in range(0, len(pcm) - FRAME + 1, FRAME):
        frame = AudioFrame(pcm[start : start + FRAME], start)
        for event in detector.hear(frame):
            if isinstance(event, SpeechPaused):
                found.append(Pause("end", event.utterance, frame.end))
            elif isinstance(event, SpeechResumed):
                began = found[-1].utterance.ended
                lasts_ms = (event.at - began) * 1000 / RATE
                found[-1] = replace(found[-1], kind="natural", resumed=frame.end, lasts_ms=lasts_ms)
    return found
