"""When each sample given to a speaker sounds: arithmetic on stretches, no clock and no sound."""

from collections import deque
from collections.abc import Iterator
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
    """Places samples at one rate on the loop's clock, each stretch after the one before.

    While it is paused, what has not sounded has no place; `resume` gives it one.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.queued = 0
        self._stretches: deque[Stretch] = deque(maxlen=_REMEMBERED)
        self._severed = False
        self._into: float | None = None

    @property
    def paused(self) -> bool:
        """True from `pause` to `resume` or `cut`."""
        return self._into is not None

    @property
    def last(self) -> Stretch | None:
        """The stretch that grows, or grew last."""
        return self._stretches[-1] if self._stretches else None

    def ends(self) -> float:
        """Loop time, in seconds, at which the last accepted sample has sounded; -inf for none."""
        last = self.last
        return last.begins + last.count / self.rate if last else float("-inf")

    def ahead(self, now: float) -> float:
        """Seconds of sound that are still to come, a pause not counted."""
        if self._into is not None:
            return max(0.0, self._unplaced() / self.rate - self._into)
        return max(0.0, self.ends() - now)

    def _unplaced(self) -> int:
        return self.queued - (self.last.first + self.last.count if self.last else 0)

    def sever(self) -> None:
        """Let what comes next be a new stretch."""
        self._severed = True

    def add(self, count: int, begins: float, slack: float = 0.0) -> None:
        """Accept samples: at the end of what is still sounding, else as a new stretch.

        While paused they have no place yet.

        Args:
            count: samples accepted.
            begins: loop time, in seconds, at which they sound unless others are before them.
            slack: seconds by which `begins` may be late and still belong to the last stretch.
        """
        self.queued += count
        if self.paused:
            return
        last = self.last
        if last is None or self._severed or self.ends() + slack < begins:
            last = Stretch(self.queued - count, 0, begins)
            self._stretches.append(last)
            self._severed = False
        last.count += count

    def cut(self, now: float) -> None:
        """Throw away what has not sounded by `now`; what comes next is a new stretch."""
        self.queued = self.played(now)
        self._into = None
        self.sever()
        if last := self.last:
            last.count = max(0, self.queued - last.first)

    def pause(self, when: float) -> None:
        """Let nothing sound from `when` on; what has not sounded by then keeps for later."""
        if self.paused:
            return
        self._into = 0.0
        last = self.last
        if last and (sounded := self.played(when) - last.first) < last.count:
            # A sample that has begun to sound has that much less left when it goes on.
            self._into = max(0.0, when - last.begins - sounded / self.rate)
            last.count = sounded

    def resume(self, when: float) -> None:
        """Let what a pause kept go on at `when`, as a stretch of its own."""
        if self._into is None:
            return
        if kept := self._unplaced():
            self._stretches.append(Stretch(self.queued - kept, kept, when - self._into))
            self._severed = False
        self._into = None

    def during(self, start: float, end: float) -> Iterator[Stretch]:
        """The stretches that sound, or are to sound, at some time between two loop times."""
        for stretch in self._stretches:
            if stretch.begins < end and start < stretch.begins + stretch.count / self.rate:
                yield stretch

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
