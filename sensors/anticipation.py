"""Habits in the history of the house: the same action at a similar time on several days.

A habit is found by counting days, not events: on how many of the days that it could have happened
did a thing go to the same state within a stretch of the day. What else was the same each time, and
is not the same all day, becomes a condition.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from sensors.events import Value

Days = Literal["every day", "workdays", "weekends"]

WINDOW_S: Final = 40 * 60.0
"""Seconds from the earliest to the latest time of a habit: twice twenty minutes."""

_LEAST: Final[Mapping[Days, int]] = {"every day": 5, "workdays": 4, "weekends": 3}
"""Days on which it must have happened, so that chance does not look like a habit."""

_SHARE: Final = 0.7
"""Of the days that it could have happened on."""

_BUSY: Final = 12
"""Changes a day from which a thing is not used by people but by a program or a sensor."""

_USUAL: Final = 0.8
"""Share of a day from which a state says nothing about the moment."""

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Change:
    """A thing went to a state.

    Attributes:
        key: `Reading.entity` of its main reading.
        value: the state it went to.
        at: Unix seconds.
    """

    key: str
    value: Value
    at: float


@dataclass(frozen=True, slots=True)
class Habit:
    """What somebody does again and again.

    Attributes:
        key: of what changes.
        value: to which state.
        at_s: usual time of day, seconds after local midnight.
        days: on which days of the week.
        seen: on how many days; of: of how many that it could have happened on.
        condition: another thing's key and state that held each time; None for none.
    """

    key: str
    value: Value
    at_s: float
    days: Days
    seen: int
    of: int
    condition: tuple[str, Value] | None = None


def habits(
    changes: Iterable[Change],
    now: float,
    zone: tzinfo | None,
    *,
    around: Mapping[str, Sequence[Change]] | None = None,
) -> list[Habit]:
    """Find habits, the most regular first; of one thing and state one for each kind of days.

    Args:
        changes: of things that people use, over some weeks, in any order.
        now: Unix seconds; today is not over and does not count.
        zone: in which people live; None for the machine's own.
        around: changes of things that may be conditions, by key, each in order of time.
    """
    today = datetime.fromtimestamp(now, zone).date()
    by_thing: dict[tuple[str, Value], list[datetime]] = defaultdict(list)
    first = today
    for change in changes:
        moment = datetime.fromtimestamp(change.at, zone)
        if moment.date() < today:
            by_thing[change.key, change.value].append(moment)
            first = min(first, moment.date())
    found = [
        habit
        for (key, value), moments in by_thing.items()
        if len(moments) <= _BUSY * max(1, (today - first).days)
        for habit in _of_thing(key, value, moments, _calendar(first, today))
    ]
    told = [_conditioned(habit, by_thing[habit.key, habit.value], around or {}) for habit in found]
    return sorted(told, key=lambda habit: (-habit.seen / habit.of, -habit.seen, habit.key))


def is_on(days: Days, day: date) -> bool:
    """Whether a day is one of `days`."""
    return days == "every day" or (days == "weekends") == (day.weekday() >= 5)


def _of_thing(
    key: str, value: Value, moments: Sequence[datetime], calendar: Sequence[date]
) -> list[Habit]:
    """The widest kind of days that is regular enough; workdays and weekends may both be."""
    kinds: tuple[Days, ...] = ("every day", "workdays", "weekends")
    regular: list[Habit] = []
    for days in kinds:
        times = _densest([moment for moment in moments if is_on(days, moment.date())])
        # Every workday but no weekend is more than two thirds of all days, and not every day.
        parts = kinds[1:] if days == "every day" else (days,)
        if len(times) >= _LEAST[days] and all(_often(times, part, calendar) for part in parts):
            possible = sum(is_on(days, day) for day in calendar)
            habit = Habit(key, value, median(times.values()), days, len(times), possible)
            regular.append(habit)
        if regular and days == "every day":
            break
    return regular


def _often(times: Mapping[date, float], days: Days, calendar: Sequence[date]) -> bool:
    possible = sum(is_on(days, day) for day in calendar)
    return sum(is_on(days, day) for day in times) >= _SHARE * possible


def _densest(moments: Sequence[datetime]) -> dict[date, float]:
    """Times of day by day, in the stretch of WINDOW_S that most days have one in."""
    timed = sorted((_second(moment), moment.date()) for moment in moments)
    best: dict[date, float] = {}
    for start, (begin, _) in enumerate(timed):
        within: dict[date, float] = {}
        for second, day in timed[start:]:
            if second > begin + WINDOW_S:
                break
            within.setdefault(day, second)
        if len(within) > len(best):
            best = within
    return best


def _conditioned(
    habit: Habit, moments: Sequence[datetime], around: Mapping[str, Sequence[Change]]
) -> Habit:
    """The habit with what else was the same each time, if anything tells these moments apart."""
    times = [
        moment.timestamp()
        for moment in moments
        if is_on(habit.days, moment.date()) and abs(_second(moment) - habit.at_s) <= WINDOW_S
    ]
    for key, changes in sorted(around.items()):
        states = {_state_at(changes, at) for at in times}
        if key == habit.key or len(states) != 1 or None in states:
            continue
        (state,) = states
        if state is not None and _share(changes, state) < _USUAL:
            return Habit(
                habit.key, habit.value, habit.at_s, habit.days, habit.seen, habit.of, (key, state)
            )
    return habit


def _state_at(changes: Sequence[Change], at: float) -> Value | None:
    before = [change.value for change in changes if change.at <= at]
    return before[-1] if before else None


def _share(changes: Sequence[Change], state: Value) -> float:
    """Of the time that is known, how much was spent in a state."""
    spent = total = 0.0
    for change, after in pairwise(changes):
        total += after.at - change.at
        spent += (after.at - change.at) * (change.value == state)
    return spent / total if total else 1.0


def _calendar(first: date, today: date) -> list[date]:
    """The days from the first one on, without today."""
    return [date.fromordinal(n) for n in range(first.toordinal(), today.toordinal())]


def _second(moment: datetime) -> float:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return (moment - midnight).total_seconds() % _DAY_S
