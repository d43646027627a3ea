"""How long to wait before knocking again."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Doubles from `first` to `longest`, each wait shortened by chance.

    The chance keeps a house full of clients from knocking in step after a power cut.

    Attributes:
        first: seconds.
        longest: seconds.
        good: seconds; what held longer was a good connection, so doubling starts again.
        chance: uniform in [0, 1).
    """

    first: float
    longest: float
    good: float = 30.0
    chance: Callable[[], float] = random.random
    _next: float = field(default=0.0, init=False)

    def wait(self, held: float, *, refused: bool) -> float:
        """Seconds to wait now.

        Args:
            held: seconds that the last attempt and its connection lasted.
            refused: somebody has to correct something first, so haste is of no use.
        """
        if held > self.good:
            self._next = 0.0
        self._next = self.longest if refused else max(self.first, self._next)
        wait = self._next * (1.0 - self.chance() / 2)
        self._next = min(self.longest, 2 * self._next)
        return wait
