"""When each sample given to a speaker sounds: arithmetic on stretches, no clock and no sound."""

from collections import deque
from dataclasses import dataclass
from math import floor

_REMEMBERED = 64
"""Stretches kept: a stretch is a reply or a part of one, and nobody asks about older ones."""


@dataclass(slots=True)
class Stretch:
    """Samples that sound one after another without a gap.

    Attributes:
        first: number of its first sample, counted over everything that was accepted.
        count: how many samples it has.
        begins: loop time, in seconds, at which its first sample sounds.
    """

    first: int
    count: int
    begins: float


class Schedule:
    """Places samples at one rate on the loop's clock, each stretch after the one before."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.queued = 0
        self._stretches: deque[Stretch] = deque(maxlen=_REMEMBERED)
        self._severed = False

    @property
    def last(self) -> Stretch | None:
        """The stretch that grows, or grew last."""
        return self._stretches[-1] if self._stretches else None

    def ends(self) -> float:
        """Loop time, in seconds, at which the last accepted sample has sounded; -inf for none."""
        last = self.last
        return last.begins + last.count / self.rate if last else float("-inf")

    def ahead(self, now: float) -> float:
        """Seconds of sound that are still to come."""
        return max(0.0, self.ends() - now)

    def sever(self) -> None:
        """Let what comes next be a new stretch."""
        self._severed = True

    def add(self, count: int, begins: float, slack: float = 0.0) -> Stretch:
        """Accept samples: at the end of what is still sounding, else as a new stretch.

        Args:
            count: samples accepted.
            begins: loop time, in seconds, at which they sound unless others are before them.
            slack: seconds by which `begins` may be late and still belong to the last stretch.

        Returns:
            The stretch that now holds them.
        """
        last = self.last
        if last is None or self._severed or self.ends() + slack < begins:
            last = Stretch(self.queued, 0, begins)
            self._stretches.append(last)
            self._severed = False
        last.count += count
        self.queued += count
        return last

    def cut(self, now: float) -> None:
        """Throw away what has not sounded by `now`; what comes next is a new stretch."""
        self.queued = self.played(now)
        self.sever()
        if last := self.last:
            last.count = max(0, self.queued - last.first)

    def played(self, now: float) -> int:
        """Samples that have sounded by `now`."""
        last = self.last
        if last is None:
            return 0
        # Times are floats: a hair of tolerance keeps a sample that is due from being late.
        sounded = floor((now - last.begins) * self.rate + 1e-6)
        return last.first + min(max(0, sounded), last.count)

    def time_of(self, sample: int) -> float | None:
        """Loop time, in seconds, at which accepted sample `sample` sounds; None if unknown."""
        for stretch in reversed(self._stretches):
            if stretch.first <= sample < stretch.first + stretch.count:
                return stretch.begins + (sample - stretch.first) / self.rate
        return None
