"""How long a person waits for the first sound, here and with the plain pipeline, in one run.

Recordings are played in rounds: the daemon answers some of them, then the plain pipeline answers
the same ones, and so on, so that both meet the machine in the same state. A device command is what
the grammar understood; an open question is what a mind answered. Speech that nobody spoke is
counted apart.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from audio.frames import RATE
from daemon.bench.bench import Bench, Figures, Variant
from daemon.bench.comparing import Round, ablated, cached, compared, groups, told
from daemon.bench.figures import middle, others, share
from daemon.bench.material import Item, chosen
from daemon.bench.pairing import Answered, paired
from daemon.bench.playing import load
from daemon.bench.script import Scene
from daemon.bench.serial import Waited, loaded
from daemon.bench.synthetic import questions

_LEAD_S: Final = 12.0
"""Seconds of silence in front: devices announce themselves, the mind reads ahead."""

_PAUSE_S: Final = (7.0, 12.0)
"""Seconds after a command and after anything else: the answer has to fit."""

_ROUND: Final = 10
"""Recordings of a round. It is over before the shortest timer that is asked for in it rings."""

_SPOKEN_S: Final = (0.8, 12.0)
"""Seconds of a recording: a single letter is no question, and a menu of a telephone no command."""

_RECORD: Final = ("asked", "answered", "route", "tools", "latency_ms", "trace")
"""Parts of a turn's record that the report repeats."""

_QUICK: Final = (6, 2)
"""Recordings and synthetic questions of a quick run."""


def measure(bench: Bench) -> Figures:
    """Play, answer, compare."""
    items = _items(bench)
    rounds = [_round(bench, some) for _ in range(bench.repeat) for some in _rounds(items)]
    ours = [answer for one in rounds for answer in one.ours[""]]
    plain = [waited for one in rounds for waited in one.plain]
    kinder = [waited for one in rounds for waited in one.kinder]
    played = [one.played[""] for one in rounds]
    return {
        "recordings": sum(not item.synthetic for item in items),
        "synthetic": sum(item.synthetic for item in items),
        "rounds": len(rounds),
        "load": [one.load for one in rounds],
        "ready_s": middle(one.ready_s for one in played),
        "resident_mb": max(one.resident_mb for one in played),
        "core_share": share(
            sum(one.processor_s for one in played), sum(len(one.out) / RATE for one in played)
        ),
        "late_frames": sum(one.late_frames for one in played),
        "answers": told(ours),
        "kv_share": cached(ours),
        "records": others([one.turn for one in ours if one.turn]),
        "groups": {
            name: compared(ours, plain, kinder, chosen_ones)
            for name, chosen_ones in groups(ours).items()
        },
        "variants": ablated(rounds, bench.variants),
        "turns": [_turn(*both) for both in zip(ours, plain, strict=True)],
    }


def _items(bench: Bench) -> list[Item]:
    """What is played: recordings, and where they hold few questions, some that nobody spoke."""
    shortest, longest = _SPOKEN_S
    spoken = [
        item
        for item in bench.items
        if item.kind == "speech" and (bench.home or not item.device)
        if shortest <= len(bench.sound(item)) / RATE <= longest
    ]
    count, made = _QUICK if bench.quick else (bench.questions, bench.questions // 2)
    # Where somebody noted which of them are commands, half of them are.
    commands = chosen([item for item in spoken if item.tool], (count + 1) // 2)
    others = chosen([item for item in spoken if item not in commands], count - len(commands))
    added = chosen(questions(), made) if bench.bundled else []
    return _mixed(_mixed(commands, others), added)


def _mixed(some: Sequence[Item], others: Sequence[Item]) -> list[Item]:
    """Two sequences laid into each other evenly."""
    placed = [
        ((n + 0.5) / len(sequence), item)
        for sequence in (some, others)
        for n, item in enumerate(sequence)
    ]
    return [item for _, item in sorted(placed, key=lambda one: one[0])]


def _rounds(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), _ROUND):
        yield items[start : start + _ROUND]


def _round(bench: Bench, items: Sequence[Item]) -> Round:
    scene = Scene(_LEAD_S)
    for item in items:
        scene.say(item, bench.sound(item))
        scene.wait(_PAUSE_S[0] if item.tool else _PAUSE_S[1])
    script = scene.script()
    minutes = len(script.pcm) / RATE / 60 * (1 + len(bench.variants))
    bench.tell(f"{len(items)} recordings in {minutes:.1f} minutes, then the plain pipeline")
    played = {variant.name: bench.play(script, variant) for variant in (Variant(), *bench.variants)}
    ours = {name: paired(one.turns, script.cues, one.out) for name, one in played.items()}
    plain, kinder = [], []
    with loaded(bench) as serial:
        for answer in ours[""]:
            pcm = bench.sound(answer.item)
            plain.append(serial.answer(pcm, answer.ended))
            known = str(answer.turn["answered"]) if answer.group == "command" else ""
            kinder.append(serial.answer(pcm, answer.ended, known) if known else plain[-1])
    return Round(ours, played, plain, kinder, load())


def _turn(ours: Answered, plain: Waited) -> Figures:
    """One recording's line in the report."""
    turn = ours.turn
    record = {
        name: turn.get(name) for name in ("asked", "answered", "route", "latency_ms", "trace")
    }
    return {
        "recording": ours.item.name,
        "group": ours.group,
        "first_audio_ms": ours.first_audio_ms,
        "by_the_record_ms": ours.record_ms,
        "turns": ours.turns,
        **record,
        "serial_ms": round(plain.first_audio_ms),
        "serial_asked": plain.text,
        "serial_answered": plain.answer,
    }
