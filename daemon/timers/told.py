"""What a phrase says about time, in whatever language, before it is made a moment."""

from dataclasses import dataclass, field
from typing import Literal

from daemon.timers.rules import Every

Part = Literal["morning", "afternoon", "evening", "night"]


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it was said.

    Attributes:
        hour: 0..24; 24 is the midnight that ends a day.
        minute: 0..59.
        half: "am", "pm", or "" when neither was said.
        sure: there is only one such hour in a day, as with "18:45", "06:30" or "noon".
    """

    hour: int
    minute: int
    half: str = ""
    sure: bool = False


@dataclass(slots=True)
class Told:
    """What has been said so far; None and empty: nothing.

    Attributes:
        clock: the time of day.
        part: the part of the day.
        seconds: a length of time from now, in seconds.
        days: days from now.
        months: months from now.
        weekday: 0 for Monday; `next_week` for the one of the week after this.
        day: of the month; with `month` and `year` as far as they were said.
        every: how often it repeats, on `on`.
    """

    clock: Clock | None = None
    part: Part | None = None
    seconds: float | None = None
    days: int | None = None
    months: int | None = None
    weekday: int | None = None
    next_week: bool = False
    day: int | None = None
    month: int | None = None
    year: int | None = None
    every: Every | None = None
    on: list[str] = field(default_factory=list)
    past: bool = False
