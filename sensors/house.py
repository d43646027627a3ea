"""The house as it is known now: the latest reading of everything."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from sensors.events import Reading

STALE_AFTER = 3_600.0
"""Seconds; zigbee sensors report at least hourly, so a silent hour means a dead one."""

CAPACITY = 8_192
"""Readings; a large house has two thousand. A stranger inventing names must not fill memory."""


class House:
    """Live state of the house; belongs to one task, keeps the newest reading of each entity."""

    def __init__(
        self,
        stale_after: float = STALE_AFTER,
        capacity: int = CAPACITY,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._now = now
        self._stale_after = stale_after
        self._capacity = capacity
        self._latest: dict[str, Reading] = {}
        self._devices: dict[str, dict[str, Reading]] = {}
        self._watchers: list[Callable[[Sequence[Reading]], None]] = []
        self._doubts: dict[str, float] = {}
        self.lost = False
        """Whether nobody can be heard: there is no connection to the broker."""
        self.overflowed = 0
        """Readings refused because of `capacity`."""

    def load(self, readings: Iterable[Reading]) -> None:
        """Start from what was known before a restart."""
        self.apply(readings)

    def apply(self, readings: Iterable[Reading]) -> list[Reading]:
        """Take in readings.

        Returns:
            Those that are news: first of their entity or at least as new as the known one. What
            the broker had kept is news only if its value differs: it proves nothing about now.
        """
        news = [reading for reading in readings if self._accepts(reading)]
        for told in tuple(self._watchers) if news else ():
            told(news)
        return news

    def watch(self, told: Callable[[Sequence[Reading]], None]) -> Callable[[], None]:
        """Tell somebody all news from now on, after they can be seen here.

        Returns:
            What ends it; to be called once.
        """
        self._watchers.append(told)
        return lambda: self._watchers.remove(told)

    def latest(self) -> list[Reading]:
        """Everything known, ordered by entity."""
        return [self._latest[entity] for entity in sorted(self._latest)]

    def reading(self, key: str) -> Reading | None:
        """What is known under a reading's `entity`."""
        return self._latest.get(key)

    def of(self, device: str) -> Mapping[str, Reading]:
        """What is known of a device, by property: of "bedroom/temperature" under "temperature"."""
        return self._devices.get(device, {})

    def forget(self, device: str) -> list[str]:
        """Drop all that is known of a device that is gone; the keys that were dropped."""
        gone = [reading.entity for reading in self._devices.pop(device, {}).values()]
        for key in gone:
            del self._latest[key]
        return gone

    def is_online(self, device: str) -> bool:
        """Whether a device may be reached: neither it nor its gateway is known to be away."""
        known = self.of(device)
        return all(
            known[link].value != "offline" for link in ("availability", "gateway") if link in known
        )

    def silence(self, device: str) -> float:
        """Seconds since a device last said anything; infinite for one that never did."""
        newest = max((reading.at for reading in self.of(device).values()), default=None)
        return math.inf if newest is None else self._now() - newest

    def doubt(self, source: str, since: float) -> None:
        """A device was told something and has not answered: what it said before may be over."""
        self._doubts[source] = since

    def is_doubted(self, reading: Reading) -> bool:
        """Whether a reading is from before something that its device has not answered."""
        return reading.at < self._doubts.get(reading.entity.rpartition("/")[0], 0.0)

    def is_old(self, reading: Reading) -> bool:
        """Whether a reading may no longer be true by now."""
        return self.is_stale(reading, self._now())

    def is_stale(self, reading: Reading, now: float) -> bool:
        """Whether a reading may no longer be true.

        Numbers age; a state is told once when it changes and holds until then. Whatever a device
        said is stale while the device is offline, or has not answered what it was told since, and
        everything is while nobody can be heard.
        """
        device = reading.entity.rpartition("/")[0]
        if self.lost or reading.at < self._doubts.get(device, 0.0):
            return True
        if reading.quantity != "availability" and not self.is_online(device):
            return True
        return isinstance(reading.value, float) and now - reading.at > self._stale_after

    def _accepts(self, reading: Reading) -> bool:
        known = self._latest.get(reading.entity)
        if known is None and len(self._latest) >= self._capacity:
            self.overflowed += 1
            return False
        if known is not None and not _is_news(reading, known, self._now()):
            return False
        self._latest[reading.entity] = reading
        device, _, prop = reading.entity.rpartition("/")
        self._devices.setdefault(device, {})[prop] = reading
        return True


def _is_news(reading: Reading, known: Reading, now: float) -> bool:
    # A time that has not come yet is a clock's that was wrong: it must not keep the truth out.
    in_order = reading.at >= known.at or known.at > now
    return in_order and not (reading.late and reading.value == known.value)
