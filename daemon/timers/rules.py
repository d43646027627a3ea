"""When something that repeats comes next."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, cast

from daemon.timers.local import LocalTime

DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""As iCalendar names them (RFC 5545, 3.3.10)."""

WORKDAYS: Final = DAYS[:5]
WEEKEND: Final = DAYS[5:]

_HORIZON: Final = 8 * 366 + 1
"""Days to look ahead: 29 February comes every four years, but for 2096 to 2104."""

Every = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A time of day, on some days.

    Attributes:
        every: the frequency, as in iCalendar.
        at: on the wall.
        on: names of weekdays, a day of the month ("31": months without it are passed over), or a
            day of the year ("05-25"); empty for every day.
    """

    every: Every
    at: time
    on: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Rule":
        """The rule that `str` wrote."""
        every, *on, at = text.split()
        days = tuple(on[0].split(",")) if on else ()
        return cls(cast("Every", every), time.fromisoformat(at), days)

    def __str__(self) -> str:
        return " ".join(filter(None, (self.every, ",".join(self.on), f"{self.at:%H:%M}")))

    def falls_on(self, day: date) -> bool:
        """Whether it happens on that day."""
        names = {
            "DAILY": "",
            "WEEKLY": DAYS[day.weekday()],
            "MONTHLY": str(day.day),
            "YEARLY": f"{day:%m-%d}",
        }
        return self.every == "DAILY" or names[self.every] in self.on

    def next(self, after: float, local: LocalTime) -> float:
        """The first occurrence after a moment; both in Unix seconds.

        Raises:
            ValueError: there is none, as on 30 February.
        """
        today = local.at(after).date()
        for ahead in range(_HORIZON):
            day = today + timedelta(days=ahead)
            if self.falls_on(day):
                moment = local.moment(datetime.combine(day, self.at))
                if moment > after:
                    return moment
        raise ValueError(f"{self} never happens")
