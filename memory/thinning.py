"""Which of many readings are worth a row: changes, and of restless numbers some of them."""

from collections.abc import Iterable
from typing import Final

from sensors.events import Reading, Value

WORDS: Final = 1.0
"""Seconds between two rows of a word; what flaps faster is a loose contact."""

NUMBERS: Final = 300.0
"""Seconds between two rows of a number that drifts."""

LEAPS: Final = 30.0
"""Seconds between two rows of a number that moves by LEAP and more."""

LEAP: Final = 0.1
"""Of the larger of the two: nobody misses less in a picture of the day."""


class Thinning:
    """Lets pass what changed; what came too soon waits, and the newest of it passes later."""

    def __init__(self) -> None:
        self._passed: dict[str, tuple[float, Value]] = {}
        self._waiting: dict[str, Reading] = {}

    def load(self, readings: Iterable[Reading]) -> None:
        """Take what has been kept before as the state to compare with."""
        self._passed |= {reading.entity: (reading.at, reading.value) for reading in readings}

    def passed(self, readings: Iterable[Reading]) -> list[Reading]:
        """Those that are worth a row now."""
        return [reading for reading in readings if self._passes(reading)]

    def due(self, now: float) -> list[Reading]:
        """Those that had to wait and need not any more.

        Args:
            now: Unix seconds; infinity for all of them.
        """
        ripe = [one for one in self._waiting.values() if now - self._last(one) >= self._rest(one)]
        for reading in ripe:
            del self._waiting[reading.entity]
            self._passed[reading.entity] = (reading.at, reading.value)
        return ripe

    def forget(self, keys: Iterable[str]) -> None:
        """These are gone."""
        for key in keys:
            self._passed.pop(key, None)
            self._waiting.pop(key, None)

    def _passes(self, reading: Reading) -> bool:
        key = reading.entity
        known = self._passed.get(key)
        if known is not None and known[1] == reading.value:
            self._waiting.pop(key, None)
            return False
        if known is not None and reading.at - known[0] < self._rest(reading):
            self._waiting[key] = reading
            return False
        self._waiting.pop(key, None)
        self._passed[key] = (reading.at, reading.value)
        return True

    def _last(self, reading: Reading) -> float:
        return self._passed[reading.entity][0]

    def _rest(self, reading: Reading) -> float:
        before, now = self._passed[reading.entity][1], reading.value
        if isinstance(before, float) and isinstance(now, float):
            leaps = abs(now - before) >= LEAP * max(abs(now), abs(before))
            return LEAPS if leaps else NUMBERS
        return WORDS
