"""What becomes of wakes, and how seldom it is written."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from audio.frames import RATE, Woken
from daemon.wakes import WakeLog
from memory.records import StoreFull
from memory.store import Store
from memory.wakes import Tally, Wakefulness, Wakes
from tests.clock import run


class Home:
    """A log over a store of its own, with an ear that listens all the time."""

    def __init__(self, store: Store) -> None:
        self.near_misses: Counter[str] = Counter()
        self.store = store
        self.log = WakeLog(store.wakes, self.listened, self.near_misses)
        self.task = asyncio.create_task(self.log.run())

    def listened(self) -> int:
        return round(asyncio.get_running_loop().time() * RATE)

    async def told(self) -> Wakefulness:
        return await self.store.wakes.since()

    async def stop(self) -> Wakefulness:
        self.task.cancel()
        await asyncio.wait([self.task])
        return await self.told()


def test_a_wake_is_answered_by_the_first_words_after_it(tmp_path: Path) -> None:
    async def main() -> Wakefulness:
        async with Store.open(tmp_path / "m.db") as store:
            home = Home(store)
            await asyncio.sleep(1)
            home.log.answered(True)  # Nobody had called.
            home.log.woken(Woken("alexa", 0, 0.95))
            home.log.answered(False)
            home.log.answered(True)
            home.log.answered(True)  # A follow-up.
            home.log.woken(Woken("okay_nabu", 0, 0.95))
            home.near_misses["alexa"] += 3
            return await home.stop()

    told = run(main())
    assert told.tallies == (Tally("alexa", 1, 1, 3), Tally("okay_nabu", 1, 0, 0))
    assert told.listened_s == 1.0


def test_a_silent_house_is_written_down_every_ten_minutes_and_all_of_it(tmp_path: Path) -> None:
    async def main() -> tuple[list[float], Wakefulness]:
        async with Store.open(tmp_path / "m.db") as store:
            home, seen = Home(store), []
            for _ in range(120):
                await asyncio.sleep(30)
                seen.append((await home.told()).listened_s)
            return seen, await home.stop()

    seen, told = run(main())
    assert len(set(seen)) <= 6, "in an hour"
    assert max(seen) > 3000
    assert told.listened_s == pytest.approx(3600, abs=0.1)


def test_what_happens_is_on_disk_within_a_minute_and_counted_once(tmp_path: Path) -> None:
    async def main() -> tuple[Wakefulness, Wakefulness]:
        async with Store.open(tmp_path / "m.db") as store:
            home = Home(store)
            home.near_misses["alexa"] += 1
            home.log.woken(Woken("alexa", 0, 0.95))
            await asyncio.sleep(61)
            early = await home.told()
            await asyncio.sleep(3600)
            home.near_misses["alexa"] += 1
            return early, await home.stop()

    early, late = run(main())
    assert early.tallies == (Tally("alexa", 1, 0, 1),)
    assert late.tallies == (Tally("alexa", 1, 0, 2),)


def test_a_full_disk_loses_no_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise StoreFull("no space left")

    async def main() -> Wakefulness:
        async with Store.open(tmp_path / "m.db") as store:
            home = Home(store)
            with monkeypatch.context() as patch:
                patch.setattr(Wakes, "add", full)
                home.log.woken(Woken("alexa", 0, 0.95))
                home.log.answered(True)
                home.near_misses["alexa"] += 1
                await asyncio.sleep(200)
            return await home.stop()

    told = run(main())
    assert told.tallies == (Tally("alexa", 1, 1, 1),)
    assert told.listened_s == pytest.approx(200)
