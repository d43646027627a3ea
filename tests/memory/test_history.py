"""Changes and hours of the house, over days of virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from memory.history import DAY, History
from memory.hours import HOUR, Hour, Sample
from memory.records import StoreFull
from memory.store import Store
from sensors.events import Reading, Value
from tests.clock import run

START = 1_800_000_000.0
"""Unix seconds, the start of an hour."""


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


Story = Callable[[History, Clock], Awaitable[None]]


def told(path: Path, *stories: Story) -> None:
    """Each story with a store of its own on the same file: between them the daemon restarts."""
    clock = Clock()

    async def main(story: Story) -> None:
        async with Store.open(path / "m.db", clock=clock) as store:
            await story(store.history, clock)

    for story in stories:
        run(main(story))


def lamp(value: Value, at: float, *, late: bool = False) -> Reading:
    return Reading("light.lamp/state", "lamp", "state", value, "", START + at, "t", late)


def warm(value: float, at: float) -> Reading:
    return Reading("sensor.a/temperature", "a", "temperature", value, "°C", START + at, "t")


def test_changes_are_kept_and_repetitions_are_not(tmp_path: Path) -> None:
    async def story(history: History, clock: Clock) -> None:
        await history.add([lamp("on", 10), lamp("on", 20), lamp("off", 30, late=True)])
        clock.now = START + 100
        await history.add([lamp("off", 90), lamp(True, 95)])
        whole = await history.range("light.lamp/state", START, START + 100)
        assert whole == [
            Sample(START + 10, "on"),
            Sample(START + 30, "off", late=True),
            Sample(START + 95, True),
        ]
        # What held at the beginning belongs to the picture.
        assert await history.range("light.lamp/state", START + 50, START + 90) == whole[1:2]
        assert await history.range("light.lamp/state", START - 50, START + 5) == []
        assert await history.range("light.other/state", START, START + 100) == []

    told(tmp_path, story)


def test_a_drifting_number_gets_a_row_now_and_then_and_a_leap_soon(tmp_path: Path) -> None:
    async def story(history: History, clock: Clock) -> None:
        for second in range(900):
            clock.now = START + second
            await history.add([warm(20 + second / 1000 + (5 if second >= 600 else 0), second)])
        rows = await history.range("sensor.a/temperature", START, START + 1000)
        assert [row.at - START for row in rows] == [0, 300, 600]

        await history.flush(closing=True)
        rows = await history.range("sensor.a/temperature", START, START + 1000)
        assert rows[-1] == Sample(START + 899, 25.899), "a stop keeps what came last"

    told(tmp_path, story)


def test_a_leap_after_a_drift_waits_half_a_minute_at_the_most(tmp_path: Path) -> None:
    async def story(history: History, clock: Clock) -> None:
        await history.add([warm(20.0, 0), warm(25.0, 31)])
        assert len(await history.range("sensor.a/temperature", START, START + 99)) == 2
        await history.add([warm(20.0, 32)])
        clock.now = START + 60
        await history.flush()
        assert len(await history.range("sensor.a/temperature", START, START + 99)) == 2
        clock.now = START + 62
        await history.flush()
        rows = await history.range("sensor.a/temperature", START, START + 99)
        assert rows[-1] == Sample(START + 32, 20.0), "a device that says it once is not forgotten"

    told(tmp_path, story)


def test_what_flaps_gets_a_row_a_second(tmp_path: Path) -> None:
    async def story(history: History, _: Clock) -> None:
        history.observe(lamp("on" if n % 2 else "off", n / 10) for n in range(95))
        await history.flush(closing=True)
        assert len(await history.range("light.lamp/state", START, START + 99)) <= 11

    told(tmp_path, story)


def test_a_restart_does_not_repeat_what_held_before(tmp_path: Path) -> None:
    async def before(history: History, _: Clock) -> None:
        await history.add([lamp("on", 10)])

    async def after(history: History, _: Clock) -> None:
        history.load([lamp("on", 10)])
        await history.add([lamp("on", 60), lamp("off", 90)])
        rows = await history.range("light.lamp/state", START, START + 100)
        assert [(row.at - START, row.value) for row in rows] == [(10, "on"), (90, "off")]

    told(tmp_path, before, after)


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise StoreFull("the disk is full")

    async def story(history: History, _: Clock) -> None:
        with monkeypatch.context() as now:
            now.setattr(history._database, "write", full)
            with pytest.raises(StoreFull):
                await history.add([lamp("on", 10)])
        await history.add([lamp("off", 20)])
        assert len(await history.range("light.lamp/state", START, START + 99)) == 2

    told(tmp_path, story)


def test_what_comes_while_it_is_written_is_written_next(tmp_path: Path) -> None:
    async def story(history: History, _: Clock) -> None:
        history.observe([lamp("on", 10)])
        writing = asyncio.create_task(history.flush())
        await asyncio.sleep(0)
        history.observe([lamp("off", 20)])
        await writing
        assert len(await history.range("light.lamp/state", START, START + 99)) == 1
        await history.flush()
        assert len(await history.range("light.lamp/state", START, START + 99)) == 2

    told(tmp_path, story)


NUMBERS = [
    Hour(START, 2, 20.0, 21.5, 22.0, {}, 22.0),
    Hour(START + HOUR, 1, 18.0, 19.0, 22.0, {}, 18.0),
    Hour(START + 3 * HOUR, 1, 10.0, 14.0, 18.0, {}, 10.0),
]
"""Of `MEASURED`; nothing was heard in the third hour."""

MEASURED = [
    warm(20.0, 0.0),
    warm(22.0, 0.25 * HOUR),
    warm(18.0, 1.25 * HOUR),
    warm(10.0, 3.5 * HOUR),
]

WORDS = [
    Hour(START, 1, None, None, None, {"on": HOUR / 2}, "on"),
    Hour(START + HOUR, 2, None, None, None, {"on": 2700.0, "off": 900.0}, "on"),
    Hour(START + 2 * HOUR, 0, None, None, None, {"on": HOUR}, "on"),
    Hour(START + 3 * HOUR, 1, None, None, None, {"on": HOUR / 2, "true": HOUR / 2}, True),
]
"""Of `SWITCHED`: how long each state held, also in an hour without a change."""

SWITCHED = [
    lamp("on", 0.5 * HOUR),
    lamp("off", 1.5 * HOUR),
    lamp("on", 1.75 * HOUR),
    lamp(True, 3.5 * HOUR),
]


@pytest.mark.parametrize("pruned", [False, True])
def test_hours_are_the_same_before_and_after_they_are_summed_up(
    tmp_path: Path, pruned: bool
) -> None:
    async def story(history: History, clock: Clock) -> None:
        await history.add([*MEASURED, *SWITCHED])
        clock.now = START + 4 * HOUR
        until = START + 4 * HOUR
        if pruned:
            await history.prune(START + 2.5 * HOUR)  # in the middle, and again later
            await history.prune(START + 40 * DAY)
            assert len(await history.range("light.lamp/state", START, until)) == 1
        assert await history.hours("sensor.a/temperature", START, until) == NUMBERS
        assert await history.hours("light.lamp/state", START, until) == WORDS
        later = START + 2 * HOUR
        assert await history.hours("light.lamp/state", later, until) == WORDS[2:]
        assert await history.hours("light.lamp/state", later, START + 3 * HOUR) == WORDS[2:3]
        assert await history.hours("light.other/state", START, until) == []

    told(tmp_path, story)


def test_the_hour_that_has_begun_counts_as_far_as_it_has_passed(tmp_path: Path) -> None:
    async def story(history: History, clock: Clock) -> None:
        await history.add([lamp("on", 0)])
        clock.now = START + 1.5 * HOUR
        hours = await history.hours("light.lamp/state", START, START + DAY)
        assert [hour.seconds for hour in hours] == [{"on": HOUR}, {"on": HOUR / 2}]

    told(tmp_path, story)


def test_retention_drops_changes_then_hours_then_the_key(tmp_path: Path) -> None:
    async def story(history: History, clock: Clock) -> None:
        await history.add([lamp("on", 0), lamp("off", 60), lamp("on", 40 * DAY)])
        clock.now = START + 41 * DAY
        await history.prune(clock.now)
        rows = await history.range("light.lamp/state", START, clock.now)
        assert [(row.at - START) / DAY for row in rows] == [40]
        hours = await history.hours("light.lamp/state", START, START + DAY)
        assert len(hours) == 24
        assert hours[0].seconds == {"on": 60.0, "off": 3540.0}

        clock.now = START + 402 * DAY
        await history.prune(clock.now)
        assert await history.hours("light.lamp/state", START, START + 39 * DAY) == []
        assert len(await history.range("light.lamp/state", START, clock.now)) == 1, "still on"
        clock.now = START + 500 * DAY
        await history.prune(clock.now)
        assert await history.range("light.lamp/state", START, clock.now) == []

    told(tmp_path, story)


def test_a_broken_device_cannot_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.history._MOST", 10)

    async def story(history: History, clock: Clock) -> None:
        await history.add(lamp("on" if n % 2 else "off", 2.0 * n) for n in range(100))
        clock.now = START + 2 * HOUR
        await history.prune(clock.now)
        assert len(await history.range("light.lamp/state", START, clock.now)) == 11
        (first, _) = await history.hours("light.lamp/state", START, START + 2 * HOUR)
        assert first.count == 100

    told(tmp_path, story)
