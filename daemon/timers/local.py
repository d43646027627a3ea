"""The clock on the wall: local times to moments and back, through changes of summer time."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A time zone.

    Local times are naive datetimes here: whoever reckons with days wants 7:00 to stay 7:00.

    Attributes:
        zone: None for the machine's own, as the C library knows it.
    """

    zone: tzinfo | None = None

    def at(self, moment: float) -> datetime:
        """What the clock on the wall shows.

        Args:
            moment: Unix seconds.
        """
        return datetime.fromtimestamp(moment, self.zone).replace(tzinfo=None)

    def moment(self, wall: datetime) -> float:
        """When the clock on the wall shows that, in Unix seconds.

        A time that the clock shows twice is the first of the two, one that it skips is as long
        after midnight as it would be without the change (PEP 495): 2:30 becomes 3:30.
        """
        return wall.replace(tzinfo=self.zone).timestamp()


SYSTEM: Final = LocalTime()
"""This machine's zone."""
