"""From what people say to the moment they mean: "half past seven", "every weekday at six"."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Final, Literal

from daemon.timers.english import read
from daemon.timers.local import LocalTime
from daemon.timers.rules import DAYS, Rule
from daemon.timers.told import Clock, Part, Told

Reason = Literal["unclear", "no_time", "past", "too_soon", "too_far", "no_such_day"]


class Unclear(ValueError):
    """A phrase is no time at which anything can happen.

    Attributes:
        reason: "unclear": not understood. "no_time": a day, but not when on it. "past": it is
            over. "too_soon": in no time at all. "too_far": beyond `MOST_S`. "no_such_day": as 30
            February.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Habit:
    """How people use a word for time, where it can be read in two ways.

    Attributes:
        dawn: on another day than today, an hour said without am or pm is the one in the twelve
            hours that begin with this one.
        hour: at which something happens that was given a day only; None: that must be asked.
    """

    dawn: int
    hour: int | None


ALARM: Final = Habit(dawn=4, hour=None)
REMINDER: Final = Habit(dawn=7, hour=9)

MOST_S: Final = 10 * 366 * 86_400.0
"""Seconds ahead: nothing is set for more than ten years."""

_PARTS: Final[dict[Part, int]] = {"morning": 8, "afternoon": 15, "evening": 19, "night": 21}
"""Hours that stand for a part of the day when no other is said."""

_NIGHT_ENDS: Final = 5
"""Hour until which it is still the night of the day before."""

_LONGEST: Final = 200
"""Characters of a phrase that are looked at."""


@dataclass(frozen=True, slots=True)
class When:
    """A moment, and what it is made of.

    Attributes:
        at: Unix seconds.
        length: seconds, when it was said as a length of time from now, else 0.0.
        repeat: see `daemon.timers.rules`, "" for none.
    """

    at: float
    length: float = 0.0
    repeat: str = ""


def parse(text: str, now: float, local: LocalTime, habit: Habit = ALARM) -> When:
    """The moment that is meant; an hour said without am or pm is the next one that fits.

    Args:
        text: English, in words or digits, with nothing else in it.
        now: Unix seconds.
        local: where it was said.
        habit: see there.

    Raises:
        Unclear: it is no time, or none that can be waited for.
    """
    if len(text) > _LONGEST:
        raise Unclear("unclear")
    try:
        told = read(text)
        if told is None or told == Told():
            raise Unclear("unclear")
        if told.past:
            raise Unclear("past")
        when = _moment(told, now, local, habit)
    except (OverflowError, OSError) as beyond:
        raise Unclear("too_far") from beyond
    if when.at - now > MOST_S:
        raise Unclear("too_far")
    return when


def _moment(told: Told, now: float, local: LocalTime, habit: Habit) -> When:
    if told.seconds is not None:
        return _later(told, now, local)
    if told.every is not None:
        return _repeated(told, now, local, habit)
    if _only_days(told):
        return _same_time(told, now, local)
    for day in _days(told, local.at(now)):
        for at in _times(told, day == local.at(now).date(), habit):
            moment = local.moment(datetime.combine(day, time()) + at)
            if moment > now:
                return When(moment)
    raise Unclear("past")


def _only_days(told: Told) -> bool:
    """Whether nothing else was said: "in three days" is at this time of day, "tomorrow" is not."""
    if any(said is not None for said in (told.clock, told.part, told.weekday, told.day)):
        return False
    return told.months is not None or (told.days or 0) > 1


def _later(told: Told, now: float, local: LocalTime) -> When:
    seconds = told.seconds or 0.0
    if told.clock or told.part or told.every or told.weekday is not None or told.day is not None:
        raise Unclear("unclear")
    if told.days or told.months:
        return When(_same_time(told, now, local).at + seconds)
    if seconds <= 0:
        raise Unclear("too_soon")
    return When(now + seconds, length=seconds)


def _same_time(told: Told, now: float, local: LocalTime) -> When:
    here = local.at(now)
    day = _shifted(here.date(), told.days or 0, told.months or 0)
    return When(local.moment(datetime.combine(day, here.time())))


def _repeated(told: Told, now: float, local: LocalTime, habit: Habit) -> When:
    if told.days is not None or told.weekday is not None or told.year is not None:
        raise Unclear("unclear")
    after_midnight = next(_times(told, False, habit))
    at = (datetime.combine(local.at(now), time()) + after_midnight).time()
    if after_midnight.days:
        # The night of a Friday is a Saturday's morning.
        told.on = [DAYS[(DAYS.index(name) + 1) % 7] for name in told.on]
    on = {
        "MONTHLY": (str(told.day),) if told.day and not told.month else (),
        "YEARLY": (f"{told.month:02}-{told.day:02}",) if told.month and told.day else (),
    }.get(told.every or "", tuple(told.on))
    if told.every in ("MONTHLY", "YEARLY") and not on:
        raise Unclear("unclear")
    rule = Rule(told.every or "DAILY", at, on)
    try:
        return When(rule.next(now, local), repeat=str(rule))
    except ValueError as never:
        raise Unclear("no_such_day") from never


def _days(told: Told, here: datetime) -> Iterator[date]:
    """The days that are meant, earliest first."""
    today = here.date()
    if told.weekday is not None:
        yield from _weekdays(told, today)
    elif told.day is not None:
        yield from _dates(told, today)
    elif told.days is not None or told.months:
        if told.days == 0 and told.part == "night" and here.hour < _NIGHT_ENDS:
            yield today - timedelta(days=1)
        yield _shifted(today, told.days or 0, told.months or 0)
    else:
        yield from (today + timedelta(days=ahead) for ahead in (-1, 0, 1))


def _weekdays(told: Told, today: date) -> Iterator[date]:
    ahead = (told.weekday or 0) - today.weekday()
    # "A week from Friday", said on a Friday, counts from the next one.
    ahead = ahead + 7 if told.next_week else ahead % 7 or 7 * bool(told.days)
    first = today + timedelta(days=ahead + (told.days or 0))
    yield first
    yield first + timedelta(days=7)


def _dates(told: Told, today: date) -> Iterator[date]:
    """A day of this month or a coming one, of this year or a coming one."""
    if told.year is not None:
        months = iter([(told.year, told.month or 1)])
    elif told.month is not None:
        months = ((today.year + ahead, told.month or 1) for ahead in range(9))
    else:
        months = (divmod(today.year * 12 + today.month - 1 + ahead, 12) for ahead in range(3))
        months = ((year, month + 1) for year, month in months)
    days = [day for year, month in months if (day := _date(year, month, told.day or 1))]
    if not days:
        raise Unclear("no_such_day")
    yield from days


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _shifted(day: date, days: int, months: int) -> date:
    """Days later, and months later: of a month that is too short the last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = next(found for back in count() if (found := _date(year, month + 1, day.day - back)))
    return last + timedelta(days=days)


def _times(told: Told, today: bool, habit: Habit) -> Iterator[timedelta]:
    """Times after midnight that are meant, likeliest first."""
    clock = told.clock
    if clock is None:
        hour = _PARTS[told.part] if told.part is not None else habit.hour
        if hour is None:
            raise Unclear("no_time")
        yield timedelta(hours=hour)
        return
    any_day = told.every is None and told.weekday is told.day is told.days is told.months is None
    hours = _hours(clock, told.part, any_day or today, habit)
    yield from (timedelta(hours=hour, minutes=clock.minute) for hour in hours)


def _hours(clock: Clock, part: Part | None, soon: bool, habit: Habit) -> Iterator[int]:
    """Hours after midnight, 24 and more for the night that follows."""
    hour, twelve = clock.hour, clock.hour % 12
    if clock.half or clock.sure:
        late = clock.half == "pm"
        yield (twelve + 12 * late) if clock.half else hour
        if part == "night" and (clock.half == "am" or hour == 0):
            yield twelve + 24
    elif part is not None:
        yield _hour_of(part, twelve)
    elif soon:
        yield from (twelve, twelve + 12)
    else:
        yield twelve if twelve >= habit.dawn else twelve + 12


def _hour_of(part: Part, twelve: int) -> int:
    if part == "morning":
        return twelve
    if part == "night" and twelve < _NIGHT_ENDS:
        return twelve + 24
    return twelve + 24 if part == "evening" and twelve == 0 else twelve + 12
