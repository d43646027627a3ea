"""People cut off in a pause, and how long the end of a sentence is waited for.

Recordings with the pauses that they have, and with pauses made longer: each inner silence, and
silences between words that were spoken without one. Every pause is put to the same decision that
the daemon takes, at the sample at which it would know what it needs, and to that decision without
one of its witnesses. One half of the recordings chose the decision's numbers, the other did not.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath
from typing import Final

from audio.frames import FRAME, RATE
from audio.silero import WINDOW
from daemon.bench.bench import Bench, Figures
from daemon.bench.figures import share, spread
from daemon.bench.material import chosen
from daemon.bench.pauses import Kind, Pause, pauses
from daemon.bench.playing import load
from daemon.bench.witnesses import Told, Witnesses
from daemon.ending import patience_ms
from daemon.ending.sentence import words

DECODE_MS: Final = 200.0
JUDGE_MS: Final = 60.0
"""Milliseconds after which words, and the judgement of the sound, are there, on two quiet cores;
they are worked on beside each other. What they took in this run is reported."""

SILENCES_MS: Final = (400.0, 600.0, 800.0, 1000.0, 1200.0)
"""How long people hesitate."""

_MADE: Final[Sequence[Kind]] = ("gap", "joint", "between")

_ASK_MS: Final = 2.0
"""Milliseconds that the grammar takes."""

_CUT_OFF: Final = 5.0
_WAIT_MS: Final = 700.0
"""What is promised: percent of the hesitations in which somebody is cut off, at which median."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A way to decide.

    Attributes:
        patience: milliseconds of silence that make a pause the end.
        known_ms: milliseconds after the pause was reported at which that is known.
    """

    patience: Callable[[Told], float]
    known_ms: float = 0.0

    def decided(self, pause: Pause, told: Told) -> int:
        """Sample at which the pause would have been taken for the end, by whole windows."""
        due = pause.utterance.ended + round(self.patience(told) * RATE / 1000)
        known = pause.known + round(self.known_ms * RATE / 1000)
        window = -(-max(due, known + 1) // WINDOW) * WINDOW
        return -(-window // FRAME) * FRAME

    def cuts(self, pause: Pause, told: Told) -> bool:
        """Whether somebody who goes on would have been cut off."""
        return pause.resumed is not None and self.decided(pause, told) < pause.resumed

    def wait_ms(self, pause: Pause, told: Told) -> float:
        """Milliseconds from the acoustic end to the decision."""
        return (self.decided(pause, told) - pause.utterance.ended) * 1000 / RATE


def _ours(told: Told) -> float:
    return patience_ms(told.words, told.probability, understood=told.understood, asks=False)


def _without_turn(told: Told) -> float:
    return patience_ms(told.words, None, understood=told.understood, asks=False)


def _without_words(told: Told) -> float:
    return patience_ms(None, told.probability, understood=False, asks=False)


def _without_grammar(told: Told) -> float:
    return patience_ms(told.words, told.probability, understood=False, asks=False)


_WORDS_MS: Final = DECODE_MS + _ASK_MS

OURS: Final = "ours"
HELD: Final = "half that chose nothing"

POLICIES: Final = {
    OURS: Policy(_ours, _WORDS_MS),
    "without Smart Turn": Policy(_without_turn, _WORDS_MS),
    "without words": Policy(_without_words, JUDGE_MS),
    "without grammar": Policy(_without_grammar, _WORDS_MS),
    "600 ms of silence": Policy(lambda _: 600.0),
    "700 ms of silence": Policy(lambda _: 700.0),
    "1000 ms of silence": Policy(lambda _: 1000.0),
}
"""The decision of the daemon, what it is without one of its witnesses, and what others do."""


@dataclass(frozen=True, slots=True)
class Case:
    """A pause and what is known of it."""

    recording: str
    pause: Pause
    told: Told

    @property
    def sound(self) -> bool:
        """Whether a joint is one: not in the middle of a word, as the last one heard there says."""
        said = "".join(words(self.told.words)[-1:]).replace("'", "").replace("-", "")
        return self.pause.kind != "joint" or bool(said and said.endswith(self.pause.word))

    @property
    def tuned(self) -> bool:
        """Whether it belongs to the half that chose the numbers: by the name of the file alone."""
        return sha256(PurePath(self.recording).name.encode()).digest()[0] % 2 == 0


def measure(bench: Bench) -> Figures:
    """Hesitate, and end."""
    return asyncio.run(_measured(bench))


async def _measured(bench: Bench) -> Figures:
    items = [one for one in bench.items if one.kind == "speech" and not one.synthetic]
    items = chosen(items, 4 if bench.quick else len(items))
    witnesses = await Witnesses.load(bench)
    cases: list[Case] = []
    try:
        for item in items:
            pcm = bench.sound(item)
            found = [
                Case(item.name, pause, await witnesses.ask(pause.utterance))
                for pause in pauses(item.name, pcm, witnesses.words(pcm), witnesses.silero)
            ]
            cases += [case for case in found if case.sound]
    finally:
        witnesses.close()
    figures = {
        "load": load(),
        "recordings": len(items),
        "decode_ms": spread(case.told.decode_ms for case in cases),
        "judge_ms": spread(case.told.judge_ms for case in cases),
        **summary(cases),
    }
    return {**figures, "bars": _bars(figures[HELD])}


def summary(cases: Sequence[Case]) -> Figures:
    """Everything that is counted over pauses."""
    tuned = [case for case in cases if case.tuned]
    held = [case for case in cases if not case.tuned]
    return {
        "decode_begins_ms": spread(
            (case.pause.known - case.pause.utterance.ended) * 1000 / RATE for case in _ends(cases)
        ),
        "half that chose the numbers": _judged(POLICIES[OURS], tuned),
        HELD: _judged(POLICIES[OURS], held),
        "by another decision": {
            name: _brief(policy, held) for name, policy in POLICIES.items() if name != OURS
        },
    }


def _judged(policy: Policy, cases: Sequence[Case]) -> Figures:
    ends, made = _ends(cases), _made(cases)
    inside = [case for case in made if case.pause.kind != "between"]
    return {
        "wait_ms": _waits(policy, ends),
        "wait_for_commands_ms": _waits(policy, _commands(ends)),
        "cut_off_percent": _cut(policy, inside),
        "cut_off_percent_natural": _cut(policy, _of(cases, "natural")),
        **{f"cut_off_percent_{kind}": _cut(policy, _of(made, kind)) for kind in _MADE},
        "cut_off_percent_by_length": {
            f"{silence_ms:.0f} ms": _cut(
                policy, [case for case in inside if case.pause.lasts_ms == silence_ms]
            )
            for silence_ms in SILENCES_MS
        },
        "pauses": {kind: len(_of(cases, kind)) for kind in ("natural", *_MADE)},
    }


def _brief(policy: Policy, cases: Sequence[Case]) -> Figures:
    ends = _ends(cases)
    inside = [case for case in _made(cases) if case.pause.kind != "between"]
    return {
        "cut_off_percent": _cut(policy, inside),
        "wait_p50_ms": _waits(policy, ends).get("p50"),
        "wait_for_commands_p50_ms": _waits(policy, _commands(ends)).get("p50"),
    }


def _ends(cases: Sequence[Case]) -> list[Case]:
    return _of(cases, "end")


def _of(cases: Sequence[Case], kind: Kind) -> list[Case]:
    return [case for case in cases if case.pause.kind == kind]


def _commands(cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if case.told.understood]


def _made(cases: Sequence[Case]) -> list[Case]:
    """Every pause that was made, at every length."""
    return [
        Case(case.recording, case.pause.lasting(silence_ms), case.told)
        for case in cases
        if case.pause.kind in _MADE
        for silence_ms in SILENCES_MS
    ]


def _waits(policy: Policy, cases: Iterable[Case]) -> Figures:
    return spread(policy.wait_ms(case.pause, case.told) for case in cases)


def _cut(policy: Policy, cases: Sequence[Case]) -> float | None:
    cut = share(sum(policy.cuts(case.pause, case.told) for case in cases), len(cases))
    return None if cut is None else round(100 * cut, 1)


def _bars(ours: Figures) -> list[Figures]:
    measured = (
        ("people cut off while they pause", _CUT_OFF, ours["cut_off_percent"], "%"),
        ("wait for the end of a sentence, median", _WAIT_MS, ours["wait_ms"].get("p50"), "ms"),
    )
    return [
        {
            "name": name,
            "bar": most,
            "measured": found,
            "unit": unit,
            "met": None if found is None else found <= most,
        }
        for name, most, found, unit in measured
    ]
