"""Whether a phrase is about a moment: "the six am alarm", "all alarms for tomorrow"."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from daemon.timers.english import read
from daemon.timers.local import LocalTime
from daemon.timers.rules import DAYS
from daemon.timers.told import Clock, Part, Told
from daemon.timers.when import Unclear

_PARTS: Final[dict[Part, tuple[int, ...]]] = {
    "morning": (4, 5, 6, 7, 8, 9, 10, 11),
    "afternoon": (12, 13, 14, 15, 16, 17),
    "evening": (17, 18, 19, 20, 21, 22),
    "night": (20, 21, 22, 23, 0, 1, 2, 3, 4),
}
"""Hours that people call that."""


def describes(text: str, moment: float, now: float, local: LocalTime) -> bool:
    """Whether everything that the phrase says is true of a moment.

    Args:
        text: English.
        moment: Unix seconds.
        now: likewise.
        local: where it was said.

    Raises:
        Unclear: it is no time.
    """
    told = read(text)
    if told is None or told == Told():
        raise Unclear("unclear")
    in_seconds = told.seconds is None or abs(moment - now - told.seconds) < 60
    return in_seconds and all(_agreements(told, local.at(moment), local.at(now)))


def _agreements(told: Told, at: datetime, here: datetime) -> Iterator[bool]:
    """For each thing that was said, whether it is so."""
    day = at.date()
    for said, real in (
        (told.days, (day - here.date()).days),
        (told.weekday, day.weekday()),
        (told.day, day.day),
        (told.month, day.month),
        (told.year, day.year),
    ):
        yield said in (None, real)
    yield not told.on or DAYS[day.weekday()] in told.on
    yield told.part is None or at.hour in _PARTS[told.part]
    yield told.clock is None or _shows(told.clock, at)


def _shows(clock: Clock, at: datetime) -> bool:
    if clock.minute != at.minute:
        return False
    if clock.half:
        return at.hour == clock.hour % 12 + 12 * (clock.half == "pm")
    if clock.sure:
        return at.hour == clock.hour % 24
    return at.hour % 12 == clock.hour % 12
