"""What becomes of a turn, and of the sound, when something else wants the processor.

Turns of the mind (some 40 tokens read on a warm cache, 25 written) beside no neighbour and beside
some that keep a core busy. All settings take turns in one run, so that they meet the same machine;
a setting that waits is stopped and costs nothing. Then everything runs flat out at once, and what
is counted is what the ear lost.

A network of this size has some 400 barriers per token. Threads that wait at one by spinning use up
their share of the core that the thread they wait for needs, so that every barrier may cost a time
slice. Threads that sleep there let others in for a slice each time. One thread waits for nobody.

First figures, from a machine whose two cores seven other jobs wanted, the mind preferred to them so
that they had about one core (6 turns each, p50 and slowest, in ms):

| writing / reading threads | turn | slowest token |
|---|---|---|
| 1 / 2, asleep (as configured) | 1529, 1631 | 59 |
| 1 / 1 | 1426, 1522 | 56 |
| 2 / 2, asleep | 2590, 4129 | 866 |

Not preferred (3 turns each, one busy neighbour besides the seven) two sleeping threads were no
worse than one: 2110 to 2593 ms, for they are given more of the cores. Two spinning ones took 84 s,
8.3 s for a token. Among real-time threads, which nothing interrupts, two threads read 45 tokens in
381 ms and one in 793; two write a token in 41 ms and one in 47.
"""

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from daemon.bench import flat_out
from daemon.bench.bench import Bench, Figures
from daemon.bench.figures import middle, spread
from daemon.bench.neighbours import Occupancy, neighbours
from daemon.bench.playing import BenchFailed, load

_NEIGHBOURS: Final = (0, 1, 2)

_BAR: Final = 2.0
"""Times its median that the slowest of turns may take beside one neighbour."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How the mind's threads work.

    Attributes:
        name: for the report.
        threads: that write.
        prompt_threads: that read.
        environment: how OpenMP waits, where it is not to wait as we tell it to.
        share: of the turns; of what is known to be slow a few are enough.
    """

    name: str
    threads: int
    prompt_threads: int
    environment: Mapping[str, str] = field(default_factory=dict)
    share: float = 1.0


def measure(bench: Bench, *, turns: int = 60, minutes: float = 10.0) -> Figures:
    """Take so many turns beside each number of neighbours, and run flat out for so long.

    Args:
        bench: the models, and recordings of speech.
        turns: of each setting.
        minutes: of everything at once.

    Raises:
        BenchFailed: a mind did not start, or ended.
    """
    turns, minutes = (3, 0.2) if bench.quick else (turns, minutes)
    settings = _settings(bench)
    weights = bench.weights("mind")
    with ExitStack() as stack:
        minds = {one.name: stack.enter_context(_mind(weights, one)) for one in settings}
        wanted = {one.name: math.ceil(one.share * turns) for one in settings}
        taken = _taken(minds, wanted)
    told = {name: {str(n): _told(some) for n, some in by.items()} for name, by in taken.items()}
    sound = flat_out.measure(bench, minutes)
    beside_one = told[settings[0].name]["1"]["p99_to_p50"]
    return {
        "load": load(),
        "turns": told,
        "flat_out": sound,
        "bars": [
            _bar("p99 of a turn beside one busy core, to its p50", _BAR, beside_one),
            _bar("frames lost while all engines run flat out", 0, sound["dropped"]),
        ],
    }


def _settings(bench: Bench) -> Sequence[Setting]:
    """As it is configured, and what it could be on these cores."""
    plan = bench.shop.plan
    cores = bench.shop.hardware.cores
    both = max(2, min(cores, 4))
    return (
        Setting("as configured", plan.mind_threads, plan.mind_prompt_threads),
        Setting("one thread", 1, 1),
        Setting(f"{both} threads, asleep at barriers", both, both),
        Setting(
            f"{both} threads, spinning at barriers", both, both, {"GOMP_SPINCOUNT": "300000"}, 0.05
        ),
    )


def _taken(
    minds: Mapping[str, "subprocess.Popen[str]"], wanted: Mapping[str, int]
) -> dict[str, dict[int, list[Figures]]]:
    """Turns by setting and number of neighbours; each round has a turn of each."""
    taken: dict[str, dict[int, list[Figures]]] = {
        name: {number: [] for number in _NEIGHBOURS} for name in minds
    }
    for turn in range(1, max(wanted.values()) + 1):
        for number in _NEIGHBOURS:
            with neighbours(number):
                for name, mind in minds.items():
                    if turn > wanted[name]:
                        continue
                    taken[name][number].append(_turn(mind, turn) | {"neighbours": number})
    return taken


def _turn(mind: "subprocess.Popen[str]", number: int) -> Figures:
    mind.send_signal(signal.SIGCONT)
    occupied = Occupancy()
    figures = _line(mind, f"{number}\n")
    cores = occupied.cores()
    mind.send_signal(signal.SIGSTOP)
    own = figures["processor_s"] / (figures["turn_ms"] / 1000)
    return figures | {"other_cores": None if cores is None else round(cores - own, 2)}


@contextmanager
def _mind(weights: Path, setting: Setting) -> Iterator["subprocess.Popen[str]"]:
    """A process that has answered once and is stopped."""
    command = [sys.executable, "-m", "daemon.bench.mind_process", str(weights)]
    command += [str(setting.threads), str(setting.prompt_threads)]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, env={**os.environ, **setting.environment}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            _line(process, "")
            process.send_signal(signal.SIGSTOP)
            yield process
        finally:
            process.kill()


def _line(process: "subprocess.Popen[str]", said: str) -> Figures:
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(said)
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise BenchFailed(f"a mind ended with {process.wait()} instead of answering")
    figures: Figures = json.loads(line)
    return figures


def _told(turns: Sequence[Mapping[str, Any]]) -> Figures:
    whole = [turn["turn_ms"] for turn in turns]
    return {
        "turn_ms": spread(whole),
        "p99_to_p50": round(float(np.percentile(whole, 99) / np.median(whole)), 2),
        "prefill_ms": spread(turn["prefill_ms"] for turn in turns),
        "token_ms": spread(step for turn in turns for step in turn["token_ms"]),
        "waits": middle(turn["waits"] for turn in turns),
        "preempted": middle(turn["preempted"] for turn in turns),
        "other_cores": middle(turn["other_cores"] for turn in turns),
    }


def _bar(name: str, bar: float, measured: float) -> Figures:
    return {"name": name, "bar": bar, "measured": measured, "met": measured <= bar}
