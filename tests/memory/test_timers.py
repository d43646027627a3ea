"""Set, changed and fired exactly once, whoever asks twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from memory.store import Store
from memory.timers import KEPT_S, Timer
from tests.clock import run
from tests.memory.turns import NOW

PASTA = Timer("1", "timer", NOW + 300, name="pasta", created_at=NOW, length=300)
TEA = Timer("2", "timer", NOW + 180, name="tea", created_at=NOW, length=180)


def cancelled(timer: Timer) -> Timer | None:
    return replace(timer, state="cancelled") if timer.state == "running" else None


def longer(timer: Timer) -> Timer | None:
    return replace(timer, due=timer.due + 60)


async def kept(path: Path) -> list[Timer]:
    async with Store.open(path) as store:
        return await store.timers.active()


def test_what_was_set_is_there_after_a_restart_in_the_order_of_its_time(tmp_path: Path) -> None:
    async def main() -> list[Timer]:
        async with Store.open(tmp_path / "m.db") as store:
            await store.timers.add(PASTA)
            await store.timers.add(TEA)
        return await kept(tmp_path / "m.db")

    assert run(main()) == [TEA, PASTA]


def test_what_is_no_text_is_kept_as_text(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            kept = await store.timers.add(replace(PASTA, name="\ud800", command="\udfff x"))
            assert (kept.name, kept.command) == ("?", "? x")
            assert await store.timers.active() == [kept]

    run(main())


def test_a_call_that_is_made_twice_sets_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            assert await store.timers.add(PASTA, "key") == PASTA
            assert await store.timers.add(replace(PASTA, id="3"), "key") == PASTA
            assert await store.timers.add(TEA, "other") == TEA
            assert await store.timers.active() == [TEA, PASTA]

    run(main())


def test_calls_without_a_key_are_all_different(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            await store.timers.add(PASTA)
            await store.timers.add(TEA)
            assert len(await store.timers.active()) == 2
            await store.timers.change(["1"], longer)
            (changed,) = await store.timers.change(["1"], longer)
            assert changed.due == PASTA.due + 120

    run(main())


def test_a_change_that_is_asked_for_twice_is_made_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            await store.timers.add(PASTA)
            expected = [replace(PASTA, due=PASTA.due + 60)]
            assert await store.timers.change(["1"], longer, key="k", now=NOW) == expected
            assert await store.timers.change(["1"], longer, key="k", now=NOW) == expected
            assert await store.timers.active() == expected

    run(main())


def test_a_change_that_the_state_forbids_is_not_made(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            await store.timers.add(PASTA)
            assert len(await store.timers.change(["1", "gone"], cancelled)) == 1
            assert await store.timers.change(["1"], cancelled) == []

    run(main())


def test_one_of_several_that_fails_changes_none(tmp_path: Path) -> None:
    def failing(timer: Timer) -> Timer:
        if timer.name == "tea":
            raise ZeroDivisionError
        return replace(timer, state="cancelled")

    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            await store.timers.add(PASTA)
            await store.timers.add(TEA)
            with pytest.raises(ZeroDivisionError):
                await store.timers.change(["1", "2"], failing)
            assert await store.timers.active() == [TEA, PASTA]

    run(main())


def test_it_fires_once_and_its_next_occurrence_is_set_with_it(tmp_path: Path) -> None:
    daily = replace(PASTA, kind="alarm", repeat="DAILY 07:00", length=0.0)
    following = replace(daily, id="3", due=daily.due + 86_400)

    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            await store.timers.add(daily)
            fired = await store.timers.fire(daily, NOW + 300, following)
            assert fired == replace(daily, state="fired", fired_at=NOW + 300, repeat="")
            assert await store.timers.fire(daily, NOW + 300, replace(following, id="4")) is None
            assert await store.timers.active() == [fired, following]

    run(main())


def test_what_was_changed_meanwhile_does_not_fire(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            await store.timers.add(PASTA)
            await store.timers.change(["1"], longer)
            assert await store.timers.fire(PASTA, NOW + 300, None) is None
            assert [timer.state for timer in await store.timers.active()] == ["running"]

    run(main())


def test_a_moved_clock_moves_lengths_of_time_and_nothing_else(tmp_path: Path) -> None:
    alarm = replace(TEA, kind="alarm", length=0.0)
    paused = replace(PASTA, id="3", state="paused", due=NOW + 999)

    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            for timer in (PASTA, alarm, paused):
                await store.timers.add(timer)
            await store.timers.shift(["1", "2", "3"], 3600.0)
            moved = replace(PASTA, due=PASTA.due + 3600)
            assert await store.timers.active() == [alarm, paused, moved]

    run(main())


def test_what_ended_long_ago_is_forgotten_with_its_keys(tmp_path: Path) -> None:
    later = replace(TEA, id="3", created_at=NOW + 2 * KEPT_S, due=NOW + 2 * KEPT_S + 60)

    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            await store.timers.add(PASTA, "first")
            await store.timers.add(TEA, "second")
            await store.timers.change(["1"], cancelled)
            await store.timers.add(later)
            assert await store.timers.get(["1", "2", "3"]) == [TEA, later]
            again = replace(PASTA, id="4")
            assert await store.timers.add(again, "first") == again

    run(main())
