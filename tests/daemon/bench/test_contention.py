"""Neighbours, and a sound card that exists only here."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from audio.detector import Detector
from audio.endpointer import Endpointer
from audio.frames import FRAME, RATE, Pcm
from audio.gate import Gate
from daemon.bench.contention import _told
from daemon.bench.flat_out import _Card, listened
from daemon.bench.neighbours import Occupancy, neighbours


class Judge:
    """Hears no speech."""

    def probability(self, window: Pcm) -> float:
        return 0.0 * len(window)

    def reset(self) -> None:
        pass


def _children() -> Iterator[str]:
    for thread in Path("/proc/self/task").iterdir():
        yield from (thread / "children").read_text("ascii").split()


def test_neighbours_are_there_and_then_they_are_not() -> None:
    before = set(_children())
    with neighbours(2):
        assert len(set(_children()) - before) == 2
    assert set(_children()) <= before


def test_cores_in_use_are_some_of_those_there_are() -> None:
    occupied = Occupancy()
    # The kernel counts in ticks of 10 ms, on every core: a shorter look would see mostly those.
    ends = time.monotonic() + 0.3
    while time.monotonic() < ends:
        sum(range(10**4))
    cores = occupied.cores()
    assert cores is not None
    assert 0 <= cores <= 1.5 * (os.cpu_count() or 1)


def test_a_tail_shows_in_the_ratio() -> None:
    calm = {"turn_ms": 1000.0, "prefill_ms": 200.0, "token_ms": [30.0, 31.0], "waits": 5}
    calm |= {"preempted": 1, "other_cores": 0.1}
    told = _told([calm] * 98 + [calm | {"turn_ms": 9000.0}] * 2)
    assert told["turn_ms"]["p50"] == 1000.0
    assert told["p99_to_p50"] == 9.0
    assert _told([calm] * 3)["p99_to_p50"] == 1.0


def test_the_card_plays_its_recording_over_and_over_in_real_time() -> None:
    sound = np.arange(3 * FRAME // 2, dtype=np.int16)
    blocks: list[Pcm] = []

    async def scenario() -> None:
        there = asyncio.Event()
        loop = asyncio.get_running_loop()

        def capture(pcm: Pcm, age: float) -> None:
            assert age == FRAME / RATE
            blocks.append(pcm)
            if len(blocks) == 3:
                loop.call_soon_threadsafe(there.set)

        card = _Card(sound)
        playing = card.record(card.find("input", None), None, capture, lambda: None)
        await there.wait()
        await asyncio.to_thread(playing.close)

    asyncio.run(scenario())
    assert np.array_equal(np.concatenate(blocks[:3]), np.tile(sound, 2))


def test_an_ear_that_is_in_time_loses_nothing() -> None:
    noise = np.random.default_rng(1).integers(-900, 900, RATE, np.int16)
    detector = Detector(Gate(), Judge(), Endpointer())
    figures = asyncio.run(listened(detector, [noise], 0.1))
    assert figures["dropped"] == 0
    assert figures["frames"] == 5
    assert figures["loop_late_ms"]["max"] >= figures["loop_late_ms"]["p50"] >= 0
