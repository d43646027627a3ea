"""What is due happens, once, whatever happens to the clock, the disk and the process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from daemon.announcements import Announcement
from daemon.timers.timekeeper import Timekeeper
from daemon.timers.transitions import moved, snoozed, stopped
from memory.database import Work
from memory.records import StoreFull
from memory.store import Store
from memory.timers import Timer, Timers
from tests.clock import run
from tests.daemon.timers.phrases import BERLIN, NOW
from tests.doubles.announcer import Announcer

PASTA = Timer("1", "timer", NOW + 300, name="pasta", created_at=NOW, length=300)
ALARM = Timer("2", "alarm", NOW + 60, created_at=NOW)


class House:
    """A file, a wall clock that can be set, and the keeper of both."""

    def __init__(self, path: Path) -> None:
        self.path = path / "m.db"
        self.announcer = Announcer()
        self.obeyed: list[tuple[str, str]] = []
        self.answer = ""
        self.obeying = 0.0
        self.set_by = 0.0
        self.done: set[str] = set()
        self.timers: Timers
        self.keeper: Timekeeper

    def now(self) -> float:
        return NOW + asyncio.get_running_loop().time() + self.set_by

    async def obey(self, timer: Timer, key: str) -> str:
        self.obeyed.append((timer.command, key))
        await asyncio.sleep(self.obeying)
        return self.answer

    async def is_done(self, key: str) -> bool:
        return key in self.done

    @asynccontextmanager
    async def awake(self) -> AsyncIterator[Timers]:
        async with Store.open(self.path) as store:
            self.timers = store.timers
            self.keeper = Timekeeper(
                store.timers, self.announcer, self.obey, done=self.is_done, now=self.now,
                local=BERLIN,
            )  # fmt: skip
            running = asyncio.create_task(self.keeper.run())
            await asyncio.sleep(0.1)
            try:
                yield store.timers
            finally:
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running

    async def states(self) -> dict[str, str]:
        return {t.id: t.state for t in await self.timers.get(["1", "2", "3", "4"])}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def until(time: float) -> None:
    await asyncio.sleep(time - asyncio.get_running_loop().time())


def living(house: House, *timers: Timer, then: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with house.awake() as table:
            for timer in timers:
                await table.add(timer)
            house.keeper.wake()
            await then()

    run(main())


def test_a_timer_is_announced_when_it_is_due_and_once(house: House) -> None:
    async def then() -> None:
        await until(299.9)
        assert house.announcer.said == []
        await until(900)
        assert house.announcer.times == [300.0]
        assert house.announcer.said[0][1] == Announcement("Your pasta timer is done.", "alarm", "1")
        assert await house.states() == {"1": "acknowledged"}

    living(house, PASTA, then=then)


def test_several_that_are_due_at_once_are_one_announcement_in_their_order(house: House) -> None:
    async def then() -> None:
        await until(400)
        assert house.announcer.texts == ["Your tea timer is done. Your pasta timer is done."]

    tea = replace(PASTA, id="0", name="tea")
    living(house, PASTA, tea, then=then)


@pytest.mark.parametrize("step", [3600.0, -3600.0, 200.0])
def test_five_minutes_are_five_minutes_however_the_clock_is_set(house: House, step: float) -> None:
    async def then() -> None:
        await until(100)
        house.set_by = step
        await until(110)
        (timer,) = await house.timers.active()
        assert timer.due == pytest.approx(NOW + 300 + step)
        await until(900)
        assert house.announcer.times == [300.0]
        assert house.announcer.texts == ["Your pasta timer is done."]

    living(house, PASTA, then=then)


def test_small_corrections_of_the_clock_add_up(house: House) -> None:
    async def then() -> None:
        for second in range(10, 290, 10):
            await until(second)
            house.set_by += 0.1
        await until(900)
        assert house.announcer.times == [pytest.approx(300.0, abs=0.5)]

    living(house, PASTA, then=then)


def test_an_alarm_follows_the_clock_on_the_wall(house: House) -> None:
    async def then() -> None:
        await until(10)
        house.set_by = 30.0
        await until(35)
        assert house.announcer.times == [30.0]

    living(house, ALARM, then=then)


def test_over_a_restart_the_wall_clock_counts(house: House) -> None:
    async def main() -> None:
        async with house.awake() as table:
            await table.add(PASTA)
        await until(100)
        async with house.awake():
            # As on a computer without a clock of its own, once the network has told it the time.
            house.set_by = 440.0
            await until(110)
            assert house.announcer.texts == ["Your pasta timer was due four minutes ago."]
            assert await house.states() == {"1": "acknowledged"}

    run(main())


def test_what_was_missed_is_told_in_its_order_after_a_restart(house: House) -> None:
    reminder = replace(
        PASTA, id="3", kind="reminder", name="", text="call mum", due=NOW + 60, length=0
    )
    daily = replace(ALARM, id="2", due=NOW + 120, repeat="DAILY 20:02")

    async def main() -> None:
        async with house.awake() as table:
            for timer in (PASTA, reminder, daily):
                await table.add(timer)
        house.set_by = 7200.0
        async with house.awake() as table:
            await until(60)
            (told,) = house.announcer.texts
            assert told == (
                "A reminder that was due one hour and 59 minutes ago: call mum."
                " Your 8:02 PM alarm was due one hour and 58 minutes ago."
                " Your pasta timer was due one hour and 55 minutes ago."
            )
            assert house.announcer.said[0][1].urgency == "info"
            (following,) = await table.active()
            assert BERLIN.at(following.due) == datetime(2026, 11, 21, 20, 2)  # noqa: DTZ001
            assert following.repeat == "DAILY 20:02"

    run(main())


def test_days_without_power_are_one_notice_and_no_storm(house: House) -> None:
    async def main() -> None:
        async with house.awake() as table:
            await table.add(replace(ALARM, repeat="DAILY 20:01"))
        house.set_by = 3 * 86_400.0 + 60
        house.announcer.mute = 1
        async with house.awake() as table:
            await until(600)
            assert house.announcer.texts == ["Your 8:01 PM alarm was due three days ago."] * 2
            (following,) = await table.active()
            assert BERLIN.at(following.due) == datetime(2026, 11, 24, 20, 1)  # noqa: DTZ001
            assert await house.states() == {"2": "acknowledged"}

    run(main())


def test_more_than_anybody_takes_in_is_told_in_parts(house: House) -> None:
    async def main() -> None:
        async with house.awake() as table:
            for n in range(12):
                await table.add(replace(PASTA, id=f"{n:02}"))
        house.set_by = 7200.0
        async with house.awake():
            await until(60)
            assert [text.count("pasta") for text in house.announcer.texts] == [5, 5, 2]

    run(main())


def test_what_could_not_be_said_is_said_later(house: House) -> None:
    async def then() -> None:
        house.announcer.mute = 4
        await until(900)
        assert house.announcer.times == [300.0, 305.0, 315.0, 335.0, 375.0]
        assert house.announcer.texts[-1] == "Your pasta timer was due one minute ago."
        assert await house.states() == {"1": "acknowledged"}

    living(house, PASTA, then=then)


def test_an_alarm_rings_until_it_gives_up(house: House) -> None:
    async def then() -> None:
        await until(5_000)
        assert house.announcer.times[:3] == [60.0, 75.0, 90.0]
        assert house.announcer.times[-1] == 660.0
        assert house.announcer.texts[0] == "Your alarm: it is 8:01 PM."
        assert {said.urgency for _, said in house.announcer.said} == {"alarm"}
        assert await house.states() == {"2": "missed"}

    living(house, ALARM, then=then)


def test_an_alarm_that_is_stopped_is_silent(house: House) -> None:
    async def then() -> None:
        await until(80)
        assert [timer.id for timer in house.keeper.ringing] == ["2"]
        await house.timers.change(["2"], stopped)
        house.keeper.wake()
        await until(900)
        assert house.announcer.times == [60.0, 75.0]
        assert house.keeper.ringing == []
        assert await house.states() == {"2": "acknowledged"}

    living(house, ALARM, then=then)


def test_an_alarm_that_is_stopped_while_it_speaks_stays_stopped(house: House) -> None:
    async def then() -> None:
        house.announcer.takes = 4.0
        await until(62)
        await house.timers.change(["2"], stopped)
        house.keeper.wake()
        await until(900)
        assert house.announcer.times == [60.0]
        assert await house.states() == {"2": "acknowledged"}

    living(house, ALARM, then=then)


def test_an_alarm_that_is_put_off_rings_again(house: House) -> None:
    async def then() -> None:
        await until(61)
        await house.timers.change(["2"], snoozed(540, house.now()))
        house.keeper.wake()
        await until(620)
        assert house.announcer.times == [60.0, 601.0, 616.0]

    living(house, ALARM, then=then)


def test_what_is_due_again_while_it_is_still_being_said_is_said_again(house: House) -> None:
    async def then() -> None:
        house.announcer.takes = 30.0
        await until(301)
        await house.timers.change(["1"], moved(10, house.now()))
        house.keeper.wake()
        await until(900)
        assert house.announcer.times == [300.0, 330.0]
        assert await house.states() == {"1": "acknowledged"}

    living(house, PASTA, then=then)


def test_a_long_announcement_holds_up_neither_firing_nor_commands(house: House) -> None:
    command = replace(PASTA, id="3", due=NOW + 62, command="turn off the light")

    async def then() -> None:
        house.announcer.takes = 300.0
        await until(70)
        assert [said for said, _ in house.obeyed] == ["turn off the light"]
        assert await house.states() == {"2": "fired", "3": "acknowledged"}

    living(house, ALARM, command, then=then)


def test_a_command_is_obeyed_when_it_is_due_and_what_came_of_it_is_said(house: House) -> None:
    async def then() -> None:
        house.answer = "The light has not answered."
        await until(900)
        assert house.obeyed == [("turn off the light", f"timer:1:{PASTA.due}")]
        assert house.announcer.texts == ["The light has not answered."]
        assert await house.states() == {"1": "acknowledged"}

    living(house, replace(PASTA, command="turn off the light"), then=then)


def test_a_command_that_is_cancelled_while_another_is_obeyed_is_not(house: House) -> None:
    async def then() -> None:
        house.obeying = 20.0
        await until(310)
        await house.timers.change(["3"], stopped)
        house.keeper.wake()
        await until(900)
        assert [said for said, _ in house.obeyed] == ["open the window"]

    first = replace(PASTA, command="open the window")
    living(house, first, replace(first, id="3", command="open the door"), then=then)


def test_a_command_of_long_ago_is_not_obeyed_but_told(house: House) -> None:
    async def main() -> None:
        async with house.awake() as table:
            await table.add(replace(PASTA, command="open the garage"))
        house.set_by = 7500.0
        async with house.awake():
            await until(60)
            assert house.obeyed == []
            (told,) = house.announcer.texts
            assert told == (
                "This was to be done two hours ago. It was too late for that,"
                " so I have not done it: open the garage."
            )

    run(main())


def test_a_command_that_was_done_before_a_kill_is_not_told_as_not_done(house: House) -> None:
    async def main() -> None:
        house.obeying = 1e9  # killed while the answer is on its way
        async with house.awake() as table:
            await table.add(replace(PASTA, due=NOW + 1, command="open the blinds"))
            house.keeper.wake()
            await until(5)
        ((_, key),) = house.obeyed
        house.done.add(key)
        house.set_by = 7500.0
        async with house.awake():
            await until(60)
            assert (len(house.obeyed), house.announcer.texts) == (1, [])
            assert await house.timers.active() == []

    run(main())


def test_what_another_process_sets_and_cancels_is_noticed(house: House) -> None:
    async def then() -> None:
        async with Store.open(house.path) as other:
            await other.timers.change(["1"], stopped)
            await other.timers.add(replace(ALARM, due=house.now() + 10))
        await until(900)
        assert house.announcer.texts[0].startswith("Your alarm: it is 8 PM")
        assert not any("pasta" in text for text in house.announcer.texts)

    living(house, PASTA, then=then)


def test_a_full_disk_keeps_nothing_from_ringing_and_repeats_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = True

    async def then() -> None:
        nonlocal full
        database = house.timers._database
        write = database.write

        async def may_write(work: Work[object]) -> object:
            if full:
                raise StoreFull("no space left")
            return await write(work)

        monkeypatch.setattr(database, "write", may_write)
        await until(320)
        assert house.announcer.texts == ["Your pasta timer is done."]
        assert await house.states() == {"1": "running"}
        full = False
        await until(400)
        assert house.announcer.texts == ["Your pasta timer is done."]
        assert await house.states() == {"1": "acknowledged"}

    living(house, PASTA, then=then)
