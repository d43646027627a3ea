"""Habits: what counts as one, what is chance, what is a condition."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sensors.anticipation import Change, Habit, habits, is_on
from sensors.events import Value

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LAMP, FAN = "light.hall/state", "fan.attic/state"
MINUTE = 60


def at(day: int, hour: float, minutes: float = 0) -> float:
    return (MONDAY + timedelta(days=day, hours=hour, minutes=minutes)).timestamp()


def daily(
    days: range, hour: float, jitter: float = 15, key: str = LAMP, value: Value = "on"
) -> list[Change]:
    chance = random.Random(key)
    return [Change(key, value, at(day, hour, chance.uniform(-jitter, jitter))) for day in days]


def found(
    changes: list[Change], until: int = 14, around: Mapping[str, list[Change]] | None = None
) -> list[Habit]:
    return habits(changes, at(until, 12), UTC, around=around)


def test_what_happens_every_day_at_about_the_same_time_is_a_habit() -> None:
    (habit,) = found(daily(range(14), 7))
    assert (habit.key, habit.value, habit.days) == (LAMP, "on", "every day")
    assert habit.at_s == pytest.approx(7 * 3600, abs=10 * MINUTE)
    assert (habit.seen, habit.of) == (14, 14)


def test_workdays_and_weekends_are_told_apart() -> None:
    work = [c for c in daily(range(14), 6.5) if datetime.fromtimestamp(c.at, UTC).weekday() < 5]
    rest = [c for c in daily(range(14), 9) if datetime.fromtimestamp(c.at, UTC).weekday() >= 5]
    assert {(h.days, round(h.at_s / 3600)) for h in found(work + rest)} == {
        ("workdays", round(6.5)),
        ("weekends", 9),
    }


def test_a_day_is_missed_now_and_then() -> None:
    changes = [c for n, c in enumerate(daily(range(14), 22)) if n not in (3, 9)]
    assert [(habit.seen, habit.of) for habit in found(changes)] == [(12, 14)]


@pytest.mark.parametrize("days", [range(4), range(0, 14, 2), range(10, 14)])
def test_too_few_days_are_chance(days: range) -> None:
    anchor = [Change("switch.x/state", "on", at(0, 1))]  # The history reaches back two weeks.
    assert found(anchor + daily(days, 7)) == []


def test_the_same_thing_at_any_time_is_no_habit() -> None:
    chance = random.Random(1)
    changes = [Change(LAMP, "on", at(day, chance.uniform(0, 24))) for day in range(14)]
    assert found(changes) == []


def test_many_times_on_one_day_count_once() -> None:
    changes = [Change(LAMP, "on", at(0, 7, n)) for n in range(10)]
    assert found(changes, until=1) == []


def test_what_a_program_does_all_day_is_no_habit() -> None:
    changes = [Change(FAN, "on", at(day, hour, 30)) for day in range(14) for hour in range(24)]
    assert found(changes) == []


def test_today_is_not_over_and_does_not_count() -> None:
    changes = daily(range(14), 7)
    assert found(changes, until=13)[0].of == 13


def test_two_times_of_one_thing_are_not_mixed() -> None:
    morning, evening = daily(range(14), 7), daily(range(14), 21, value="off")
    assert {(h.value, round(h.at_s / 3600)) for h in found(morning + evening)} == {
        ("on", 7),
        ("off", 21),
    }


def test_what_held_each_time_and_not_always_is_a_condition() -> None:
    home, key = [], "binary_sensor.anna/state"
    for day in range(14):
        home += [Change(key, "on", at(day, 6)), Change(key, "off", at(day, 12))]
    (habit,) = found(daily(range(14), 7), around={key: home})
    assert habit.condition == (key, "on")


def test_what_always_holds_or_changes_its_mind_is_no_condition() -> None:
    always = [Change("a/state", "on", at(-1, 0)), Change("a/state", "on", at(15, 0))]
    fickle = [Change("b/state", "on" if day % 2 else "off", at(day, 5)) for day in range(15)]
    (habit,) = found(daily(range(14), 7), around={"a/state": always, "b/state": fickle})
    assert habit.condition is None


def test_local_time_counts_also_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")  # Clocks change on 29 March 2026.
    first = datetime(2026, 3, 22, 7, tzinfo=zone)
    changes = [Change(LAMP, "on", (first + timedelta(days=n)).timestamp()) for n in range(14)]
    (habit,) = habits(changes, (first + timedelta(days=15)).timestamp(), zone)
    assert habit.at_s == 7 * 3600
    assert habit.seen == 14


def test_days() -> None:
    saturday, monday = date(2026, 3, 7), date(2026, 3, 9)
    assert [is_on("workdays", d) for d in (saturday, monday)] == [False, True]
    assert [is_on("weekends", d) for d in (saturday, monday)] == [True, False]
    assert is_on("every day", saturday)
