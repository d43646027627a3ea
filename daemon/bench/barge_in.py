"""How soon it is silent when somebody speaks while it speaks, and what lets it go on.

A question that gets a long answer is asked, and recorded speech, a noise or a murmur of agreement
is laid over the answer: a list that is read out, or an explanation in the mind's own words. From
the onset of that sound, found in its energy, until the loudspeaker is silent is counted on the two
aligned files, and what of the old answer sounds afterwards. An answer that was not sounding at that
moment counts for nothing. A gap of the voice that happens to begin then counts: it is a silence.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from audio.frames import RATE, Pcm
from daemon.bench.bench import Bench, Figures
from daemon.bench.figures import share, spread
from daemon.bench.material import Item, chosen
from daemon.bench.pairing import AUDIBLE, paired
from daemon.bench.playing import Played, load, play
from daemon.bench.script import Cue, Scene, Script
from daemon.bench.synthetic import item
from memory.store import Store

_LEAD_S: Final = 12.0
"""Seconds of silence in front: the mind reads ahead."""

_INTO_S: Final = (4.0, 4.8, 5.6)
"""Seconds after the question at which somebody speaks, one after the other: the answer sounds."""

_AFTER_S: Final = (9.0, 16.0)
"""Seconds after words, for their own answer; after anything else, for the rest of the old one."""

_ROUND: Final = 8
"""Interruptions of one run of the daemon."""

_SILENT: Final = 8
"""Amplitude up to which nothing is played; between the words of a voice there is always more."""

_SILENCE: Final = RATE // 4
"""Samples of nothing that make a silence: 250 ms."""

_TOLERANCE: Final = 3 * RATE // 10
"""Samples by which the length of an answer in its record may be shorter than in the file."""

_SHORT_S: Final = 4.0
"""Seconds of speech that interrupts at the most."""

_READ: Final = "What is on my shopping list?"
_TELL: Final = "Explain in detail how a car engine works."
_LONG: Final = {_READ: "list", _TELL: "explanation"}
"""Questions with long answers, and what those are: the grammar's, and the mind's own words."""

_THINGS: Final = (
    "a bag of brown rice", "two bottles of sparkling water", "a loaf of dark bread",
    "a dozen large eggs", "half a pound of butter", "three ripe avocados",
    "a jar of orange marmalade", "a package of paper towels", "some fresh basil",
    "a carton of oat milk",
)  # fmt: skip

Manner = Literal["words", "stop", "murmur", "noise"]


@dataclass(frozen=True, slots=True)
class Interruption:
    """Somebody or something over an answer.

    Attributes:
        manner: words and "stop" are to end it, a murmur ("mm-hm") and a noise are not.
        item: what sounds.
        over: the question whose answer it sounds over.
    """

    manner: Manner
    item: Item
    over: str

    @property
    def ends(self) -> bool:
        """Whether the answer is to end."""
        return self.manner in ("words", "stop")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one.

    Attributes:
        of: the interruption.
        sounding: whether there was an answer to interrupt.
        stop_ms: from the onset of the sound to silence; None where there was none.
        spoken_on_s: seconds of the old answer after that silence.
        interrupted: whether the turn's record says that it was.
    """

    of: Interruption
    sounding: bool
    stop_ms: float | None = None
    spoken_on_s: float = 0.0
    interrupted: bool = False


def measure(bench: Bench) -> Figures:
    """Interrupt."""
    planned = _planned(bench)
    outcomes: list[Outcome] = []
    for start in range(0, len(planned), _ROUND):
        outcomes += _round(bench, planned[start : start + _ROUND])
    ended = [one for one in outcomes if one.of.ends and one.sounding]
    return {
        "load": load(),
        "interruptions": len(outcomes),
        "nothing_sounded": sum(not one.sounding for one in outcomes),
        "stop_ms": spread(one.stop_ms for one in ended),
        "over": {
            what: spread(one.stop_ms for one in ended if one.of.over == question)
            for question, what in _LONG.items()
        },
        "not_stopped": sum(one.stop_ms is None for one in ended),
        "spoken_on": sum(one.spoken_on_s > 0 for one in ended),
        "let_go_on": {
            manner: _gone_on([one for one in outcomes if one.of.manner == manner])
            for manner in ("noise", "murmur")
        },
        "turns": [_line(one) for one in outcomes],
    }


def _planned(bench: Bench) -> list[Interruption]:
    """Which sounds, over which answers; murmurs and "stop" are spoken by nobody."""
    spoken = [
        one
        for one in bench.items
        if one.kind == "speech" and one.text and len(bench.sound(one)) <= _SHORT_S * RATE
    ]
    noises = [one for one in bench.items if one.kind == "noise"]
    numbers = (2, 1, 1, 1) if bench.quick else (10, 2, 2, 4)
    kinds: Sequence[tuple[Manner, Sequence[Item]]] = (
        ("words", chosen(spoken, numbers[0])),
        ("stop", [item("Stop."), item("Stop it, please.")][: numbers[1]]),
        ("murmur", [item("Mm-hm."), item("Uh-huh.")][: numbers[2]]),
        ("noise", chosen(noises, numbers[3])),
    )
    over = cycle(_LONG)
    return [Interruption(kind, one, next(over)) for kind, items in kinds for one in items]


def _round(bench: Bench, planned: Sequence[Interruption]) -> list[Outcome]:
    scene = Scene(_LEAD_S)
    for interruption, into_s in zip(planned, cycle(_INTO_S), strict=False):
        asked = item(interruption.over)
        scene.say(asked, bench.sound(asked))
        scene.wait(into_s)
        scene.say(interruption.item, bench.sound(interruption.item))
        scene.wait(_AFTER_S[0] if interruption.ends else _AFTER_S[1])
    script = scene.script()
    bench.tell(f"{len(planned)} interruptions in {len(script.pcm) / RATE / 60:.1f} minutes")
    folder = bench.fresh()
    asyncio.run(_fill(folder / "state" / "auricle.db"))
    played = play(script, folder, bench.environment, bench.config)
    return _outcomes(planned, script, played)


async def _fill(store: Path) -> None:
    """Put things on the list that is read out."""
    async with Store.open(store) as opened:
        await opened.lists.make("Shopping")
        for thing in _THINGS:
            await opened.lists.add("Shopping", thing)


def _outcomes(planned: Sequence[Interruption], script: Script, played: Played) -> list[Outcome]:
    answers = paired(played.turns, script.cues, played.out)
    ends = [*(cue.start for cue in script.cues[2::2]), len(played.out)]
    return [
        _outcome(interruption, script.cues[2 * n + 1], played.out[: ends[n]], [
            one.turn for one in answers[2 * n : 2 * n + 2]
        ])
        for n, interruption in enumerate(planned)
    ]  # fmt: skip


def _outcome(of: Interruption, cue: Cue, out: Pcm, turns: Sequence[Mapping[str, Any]]) -> Outcome:
    """Judge one by what was played up to the next question.

    Args:
        of: which.
        cue: where it sounds.
        out: what was played until the next question.
        turns: records of the question's turn and of what interrupted it.
    """
    before = out[cue.onset - _SILENCE : cue.onset].astype(np.int32)
    if not (np.abs(before) > AUDIBLE).any():
        return Outcome(of, sounding=False)
    old, new = turns
    stopped = _silence(out, cue.onset)
    if stopped is None:
        return Outcome(of, sounding=True, interrupted=bool(old.get("interrupted")))
    return Outcome(
        of,
        sounding=True,
        stop_ms=round((stopped - cue.onset) * 1000 / RATE, 1),
        spoken_on_s=round(_rest(out, stopped, new) / RATE, 2),
        interrupted=bool(old.get("interrupted")),
    )


def _sounds(out: Pcm, start: int) -> NDArray[np.intp]:
    """Indices of what is played from a sample on."""
    return start + np.flatnonzero(np.abs(out[start:].astype(np.int32)) > _SILENT)


def _silence(out: Pcm, onset: int) -> int | None:
    """Where the first silence after a sound begins; None where there is none."""
    sounds = np.concatenate(([onset - 1], _sounds(out, onset), [len(out) + _SILENCE]))
    gaps = np.flatnonzero(np.diff(sounds) > _SILENCE)
    first = int(sounds[gaps[0]]) + 1
    return first if first < len(out) else None


def _rest(out: Pcm, stopped: int, new: Mapping[str, Any]) -> int:
    """Samples from the first to the last of the old answer after a silence.

    What sounds at the end is the new answer, as long as its record says.
    """
    sounds = _sounds(out, stopped)
    if not len(sounds):
        return 0
    latency = new.get("latency_ms", {})
    length = max(0.0, latency.get("total", 0.0) - latency.get("first_audio", np.inf))
    begins = int(sounds[-1]) + 1 - round(length * RATE / 1000) - _TOLERANCE
    rest = sounds[sounds < begins] if length else sounds
    return int(rest[-1] - rest[0]) + 1 if len(rest) else 0


def _gone_on(outcomes: Sequence[Outcome]) -> Figures:
    there = [one for one in outcomes if one.sounding]
    on = sum(not one.interrupted for one in there)
    return {"n": len(there), "went_on": on, "share": share(on, len(there))}


def _line(one: Outcome) -> Figures:
    return {
        "manner": one.of.manner,
        "sound": one.of.item.name,
        "over": _LONG[one.of.over],
        "sounding": one.sounding,
        "stop_ms": one.stop_ms,
        "spoken_on_s": one.spoken_on_s,
        "interrupted": one.interrupted,
    }
