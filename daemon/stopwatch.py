"""A turn's time, in milliseconds after the acoustic end of speech."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from memory.records import Step


class Stopwatch:
    """Collects the steps of one turn. `now` is the loop's clock, so tests can move it."""

    def __init__(self, anchor: float, now: Callable[[], float]) -> None:
        self.anchor = anchor
        self.steps: list[Step] = []
        self._now = now

    def elapsed_ms(self) -> float:
        """Milliseconds since the anchor."""
        return self.ms(self._now())

    def ms(self, moment: float) -> float:
        """A loop time as milliseconds after the anchor, to the tenth."""
        return round((moment - self.anchor) * 1000, 1)

    def add(self, name: str, start: float, end: float) -> None:
        """Record a step from its loop times."""
        self.steps.append(Step(name, self.ms(start), self.ms(end)))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Record the block as a step, finished or not."""
        start = self._now()
        try:
            yield
        finally:
            self.add(name, start, self._now())
