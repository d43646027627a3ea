"""Who reads which topic: the drivers of all announced devices, by topic and by origin."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sensors.entities import Discovery, Driver
from sensors.topics import is_valid_filter

MAX_DRIVERS: Final = 4_096
"""Entities with a driver; a large house has a few hundred."""

MAX_TOPICS: Final = 32
"""Topics of one driver; a climate entity of Home Assistant has up to 14."""

MAX_SHARING: Final = 2_048
"""Drivers that read one topic: every device of a bridge reads whether the bridge is there."""


@dataclass(slots=True)
class Adopted:
    """What an announcement changed.

    Attributes:
        drivers: those that are accepted.
        claimed: topics that were not read before, or are read by somebody else now.
        released: topics that nobody reads any more.
        refused: why drivers were not accepted.
    """

    drivers: tuple[Driver, ...] = ()
    claimed: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Readers:
    """An index that strangers cannot make grow without end."""

    def __init__(self, max_drivers: int = MAX_DRIVERS) -> None:
        self._max_drivers = max_drivers
        self._by_topic: dict[str, tuple[Driver, ...]] = {}
        self._by_origin: dict[str, tuple[Driver, ...]] = {}
        self._count = 0

    @property
    def topics(self) -> list[str]:
        """All topics that somebody reads."""
        return list(self._by_topic)

    def of(self, topic: str) -> tuple[Driver, ...]:
        """The drivers that read a topic."""
        return self._by_topic.get(topic, ())

    def adopt(self, discovery: Discovery) -> Adopted:
        """Put an announcement's drivers in the place of those that its origin announced before."""
        adopted = Adopted()
        before = self._by_origin.pop(discovery.origin, ())
        self._count -= len(before)
        for topic, driver in _pairs(before):
            self._set(topic, [one for one in self.of(topic) if one is not driver])
        for driver in discovery.drivers:
            if reason := self._objection(driver):
                adopted.refused.append(reason)
                continue
            self._count += 1
            adopted.drivers += (driver,)
            for topic, _ in _pairs([driver]):
                self._set(topic, [*self.of(topic), driver])
        if adopted.drivers:
            self._by_origin[discovery.origin] = adopted.drivers
        adopted.claimed = list(dict.fromkeys(topic for topic, _ in _pairs(adopted.drivers)))
        gone = dict.fromkeys(topic for topic, _ in _pairs(before))
        adopted.released = [topic for topic in gone if topic not in self._by_topic]
        return adopted

    def _objection(self, driver: Driver) -> str:
        topics = driver.topics
        if self._count >= self._max_drivers:
            return "too many entities"
        if len(topics) > MAX_TOPICS:
            return "too many topics of one entity"
        if not all(is_valid_filter(topic) and not set(topic) & set("+#") for topic in topics):
            return "topic of an entity is no topic"
        if any(len(self.of(topic)) >= MAX_SHARING for topic in topics):
            return "too many entities read one topic"
        return ""

    def _set(self, topic: str, drivers: Sequence[Driver]) -> None:
        if drivers:
            self._by_topic[topic] = tuple(drivers)
        else:
            del self._by_topic[topic]


def _pairs(drivers: Sequence[Driver]) -> list[tuple[str, Driver]]:
    return [(topic, driver) for driver in drivers for topic in dict.fromkeys(driver.topics)]
