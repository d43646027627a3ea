"""What is due and has not been heard yet."""

from dataclasses import dataclass
from typing import Final

from daemon.announcements import Announcement
from daemon.timers.speech import LATE_S, Speech
from memory.timers import State, Timer

RING_S: Final = 600.0
"""Seconds for which an alarm rings before it gives up."""

AGAIN_S: Final = 15.0
"""Seconds of silence between two rings of an alarm."""

_RETRY_S: Final = 5.0
_LONGEST_RETRY_S: Final = 300.0
"""Seconds until something is said again that could not be said; doubled each time."""


@dataclass(slots=True)
class Ring:
    """One that is due.

    Attributes:
        timer: as it fired.
        began: when it was first due to be said; seconds on the loop's clock.
        again: when to say it (again); likewise.
        loud: an alarm that rings until somebody stops it, rather than a notice of one.
        retry: seconds to wait when it cannot be said.
    """

    timer: Timer
    began: float
    again: float
    loud: bool
    retry: float = _RETRY_S

    @classmethod
    def begin(cls, timer: Timer, time: float, now: float) -> "Ring":
        """Begin with one that has fired.

        Args:
            timer: which.
            time: on the loop's clock.
            now: Unix seconds.
        """
        late = max(0.0, now - timer.due)
        # An alarm that a restart interrupted goes on ringing; one that was slept through while
        # nothing ran is only told of.
        loud = timer.kind == "alarm" and late < RING_S
        return cls(timer, time - (late if loud else 0.0), time, loud)

    def after(self, heard: bool, time: float) -> State | None:
        """Note that it was said, or that it could not be; the state it ends in, if it ends."""
        if self.loud:
            self.again = time + AGAIN_S
            return "missed" if self.again - self.began > RING_S else None
        if heard:
            return "acknowledged"
        self.again = time + self.retry
        self.retry = min(2 * self.retry, _LONGEST_RETRY_S)
        return None


def announcement(timers: list[Timer], speeches: list[Speech], now: float) -> Announcement:
    """One announcement of several, in the order in which they were due.

    Args:
        timers: in that order.
        speeches: in the language of each.
        now: Unix seconds.
    """
    told = [speech.announced(timer, now) for timer, speech in zip(timers, speeches, strict=True)]
    pressing = any(timer.kind != "reminder" and now - timer.due <= RING_S for timer in timers)
    key = ",".join(timer.id for timer in timers)
    return Announcement(" ".join(told), "alarm" if pressing else "info", key, "timer")


def too_late(timer: Timer, now: float) -> bool:
    """Whether a command was due so long ago that obeying it now would surprise people."""
    return now - timer.due > _OBEYED_LATE_S


_OBEYED_LATE_S: Final = 5 * LATE_S
