"""When a machine behind a metering plug has finished, from its power draw alone."""

from dataclasses import dataclass

_MACHINES = frozenset(
    {
        "washer", "washing", "dryer", "drier", "dishwasher", "dish", "oven", "cooker", "kettle",
        "coffee", "toaster", "microwave", "printer", "breadmaker", "vacuum", "charger",
    }
)  # fmt: skip
"""Words in the names of things that do a job and finish; a lamp or a television does not."""

_WORKING = 10.0
"""Watts; displays and radios of idle machines draw 1-5 W, motors and heaters far more."""

_IDLE = 5.0
"""Watts; between the two the machine stays what it was."""

_AT_LEAST = 120.0
"""Seconds of work; shorter is somebody pressing buttons."""

_QUIET = 120.0
"""Seconds below _IDLE before it counts: programmes pause to soak."""


def is_machine(name: str) -> bool:
    """Whether a thing of this name does jobs that finish."""
    return not _MACHINES.isdisjoint(name.lower().split())


@dataclass(slots=True)
class Cycle:
    """One machine's work: starts above _WORKING, ends when it stays below _IDLE.

    Attributes:
        began: Unix seconds, None while it is idle.
        paused: since when it is below _IDLE although it began, else None.
    """

    began: float | None = None
    paused: float | None = None

    def draws(self, watts: float, at: float) -> None:
        """Take in a measurement."""
        if watts >= _WORKING:
            self.began = at if self.began is None else self.began
            self.paused = None
        elif watts > _IDLE:
            self.paused = None
        elif self.began is not None and self.paused is None:
            self.paused = at

    def finished(self, now: float) -> float | None:
        """When the work ended, told once, as soon as it is certain."""
        began, ended = self.began, self.paused
        if began is None or ended is None or now - ended < _QUIET:
            return None
        self.began = self.paused = None
        return ended if ended - began >= _AT_LEAST else None
