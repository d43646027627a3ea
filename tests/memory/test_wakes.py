from pathlib import Path

import pytest

from memory.store import Store
from memory.wakes import KEPT_DAYS, Tally, Wakefulness
from tests.clock import run

DAY = 86_400.0


def test_counts_add_up_over_hours_and_restarts(tmp_path: Path) -> None:
    path, now = tmp_path / "m.db", [10 * DAY]

    async def write() -> None:
        async with Store.open(path, clock=lambda: now[0]) as store:
            await store.wakes.add([Tally("alexa", 2, 1, 3), Tally("okay_nabu", 1, 1)], 600.0)
            await store.wakes.add([Tally("alexa", 1, 1, 1)], 60.0)
            now[0] += 7_200
            await store.wakes.add([Tally("alexa", 4, 0, 0)], 3_000.0)

    async def read() -> tuple[Wakefulness, Wakefulness]:
        async with Store.open(path) as store:
            return await store.wakes.since(), await store.wakes.since(10 * DAY + 1)

    run(write())
    everything, later = run(read())
    assert everything.tallies == (Tally("alexa", 7, 2, 4), Tally("okay_nabu", 1, 1, 0))
    assert (everything.listened_s, everything.woken) == (3_660.0, 8)
    assert (everything.unanswered, everything.missed) == (5, 4)
    assert everything.false_accepts_per_hour == pytest.approx(5 / 3_660 * 3_600)
    assert later == Wakefulness(3_000.0, (Tally("alexa", 4, 0, 0),))


def test_nothing_is_said_of_what_was_not_listened_to(tmp_path: Path) -> None:
    async def main() -> Wakefulness:
        async with Store.open(tmp_path / "m.db") as store:
            return await store.wakes.since()

    nothing = run(main())
    assert nothing == Wakefulness(0.0, ())
    assert nothing.false_accepts_per_hour is None


def test_old_counts_are_forgotten(tmp_path: Path) -> None:
    now = [0.0]

    async def main() -> Wakefulness:
        async with Store.open(tmp_path / "m.db", clock=lambda: now[0]) as store:
            await store.wakes.add([Tally("alexa", 1)], 1.0)
            now[0] = (KEPT_DAYS + 1) * DAY
            await store.wakes.add([Tally("okay_nabu", 1)], 2.0)
            return await store.wakes.since()

    assert run(main()) == Wakefulness(2.0, (Tally("okay_nabu", 1),))
