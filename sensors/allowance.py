"""How much may be said: so many at once, and one more every so often."""

from dataclasses import dataclass


@dataclass(slots=True)
class Allowance:
    """A bucket that fills with time.

    Attributes:
        burst: how many at once, after a quiet time.
        every: seconds until there is one more.
        left: how many there are now.
        at: when that was worked out; Unix seconds.
    """

    burst: float
    every: float
    left: float = -1.0
    at: float = 0.0

    def take(self, now: float) -> bool:
        """Whether there was one left to take; a clock that was set back fills nothing."""
        if self.left < 0:
            self.left = self.burst
        else:
            self.left = min(self.burst, self.left + max(now - self.at, 0.0) / self.every)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True
