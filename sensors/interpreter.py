"""What a message means: an announcement, the state of a known device, or a plain sensor.

Used by the network thread alone. A message of a known device costs one look into a dictionary,
however many devices there are. What strangers may make it keep is bounded, and what it refuses
is counted by reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from sensors.decoder import Decoder
from sensors.entities import Dialect, Discovery, Driver
from sensors.events import Reading
from sensors.payload import Refusal
from sensors.readers import MAX_DRIVERS, Readers
from sensors.recent import Message, Recent
from sensors.topics import captured, without_overlap

T = TypeVar("T")

_LARGEST_ANNOUNCEMENT: Final = 8 * 1024 * 1024
"""Bytes; zigbee2mqtt tells of all its devices in one message, some 10 KiB each."""

_REMEMBERED: Final = 8_192
"""Topics of which is known what to do with them; forgotten all at once, and found out again."""

_BROKE: Final = "its reader broke"


@dataclass(slots=True)
class Heard:
    """What became of one message.

    Attributes:
        discoveries: what it announced, to be applied before the readings.
        readings: what it says, and what was heard before of things that it announced.
        claimed: topics to subscribe to from now on.
        released: topics of which nobody wants to hear any more.
        refused: why it, or parts of it, said nothing; no text of it.
    """

    discoveries: list[Discovery] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Interpreter:
    """Finds for each message who understands it."""

    def __init__(
        self, decoder: Decoder, dialects: Sequence[Dialect] = (), max_drivers: int = MAX_DRIVERS
    ) -> None:
        """Make one that knows no device yet.

        Args:
            decoder: for what nobody announced.
            dialects: asked for topics that match their filters.
            max_drivers: entities at the most.
        """
        self._decoder = decoder
        self._dialects = [(dialect, tuple(dialect.filters)) for dialect in dialects]
        self._readers = Readers(max_drivers)
        self._recent = Recent()
        self._asked: dict[str, tuple[Dialect, ...]] = {}
        self._announced: dict[str, int] = {}
        self.filters = without_overlap(
            [*decoder.filters, *(one for _, filters in self._dialects for one in filters)]
        )
        """What to subscribe to before any device is known."""

    @property
    def topics(self) -> list[str]:
        """What to subscribe to beside the filters, for a new connection."""
        return self._uncovered(self._readers.topics)

    def interpret(
        self, topic: str, payload: bytes, received_at: float, *, late: bool = False
    ) -> Heard:
        """What one message means; never raises.

        Args:
            topic: as received.
            payload: as received.
            received_at: Unix seconds.
            late: the broker had kept the message; see Reading.late.
        """
        heard = Heard()
        announces = self._take_announcement(topic, payload, heard)
        if len(payload) > self._decoder.max_payload:
            heard.refused += [] if announces else [Refusal.TOO_LARGE.value]
            return heard
        drivers = self._readers.of(topic)
        if drivers or not announces:
            self._recent.keep(topic, Message(payload, received_at, late))
        if drivers:
            heard.readings += _read(drivers, topic, Message(payload, received_at, late), heard)
        elif not announces:
            decoded = self._decoder.decode(topic, payload, received_at, late=late)
            heard.readings += decoded.readings
            heard.refused += [refusal.value for refusal in decoded.refused]
        return heard

    def adopt(self, discovery: Discovery) -> Heard:
        """What follows from an announcement that did not come from the broker."""
        heard = Heard()
        self._adopt(discovery, heard)
        return heard

    def _take_announcement(self, topic: str, payload: bytes, heard: Heard) -> bool:
        """Take in an announcement; whether it was one."""
        dialects = self._asked.get(topic)
        if dialects is None:
            dialects = self._listeners(topic)
            _remember(self._asked, topic, dialects)
        if not dialects:
            return False
        if len(payload) > _LARGEST_ANNOUNCEMENT:
            heard.refused.append(Refusal.TOO_LARGE.value)
            return True
        content = hash(payload)
        if self._announced.get(topic) == content:
            return True  # Retained announcements come again with every connection.
        answers = [_announced(dialect, topic, payload, heard) for dialect in dialects]
        found = [answer for answer in answers if answer is not None]
        if found:
            _remember(self._announced, topic, content)
        for discovery in (one for answer in found for one in answer):
            self._adopt(discovery, heard)
        return len(found) > 0

    def _listeners(self, topic: str) -> tuple[Dialect, ...]:
        return tuple(
            dialect
            for dialect, filters in self._dialects
            if any(captured(pattern, topic) is not None for pattern in filters)
        )

    def _adopt(self, discovery: Discovery, heard: Heard) -> None:
        adopted = self._readers.adopt(discovery)
        heard.discoveries.append(replace(discovery, drivers=adopted.drivers))
        heard.refused += [*discovery.refused, *adopted.refused]
        heard.claimed += self._uncovered(adopted.claimed)
        heard.released += self._uncovered(adopted.released)
        for driver in adopted.drivers:
            for topic in driver.topics:
                if (message := self._recent.last(topic)) is not None:
                    heard.readings += _read([driver], topic, message, heard)

    def _uncovered(self, topics: Iterable[str]) -> list[str]:
        return [
            topic
            for topic in topics
            if all(captured(pattern, topic) is None for pattern in self.filters)
        ]


def _announced(
    dialect: Dialect, topic: str, payload: bytes, heard: Heard
) -> Sequence[Discovery] | None:
    try:
        return dialect.announced(topic, payload)
    except Exception:  # noqa: BLE001 - task border: retained, it would end every new connection
        heard.refused.append(_BROKE)
        return ()


def _read(drivers: Sequence[Driver], topic: str, message: Message, heard: Heard) -> list[Reading]:
    readings: list[Reading] = []
    for driver in drivers:
        try:
            readings += driver.read(topic, message.payload, message.at, late=message.late)
        except Exception:  # noqa: BLE001 - task border: retained, it would end every new connection
            heard.refused.append(_BROKE)
    if not readings:
        heard.refused.append(Refusal.NO_READINGS.value)
    return readings


def _remember(memory: dict[str, T], topic: str, what: T) -> None:
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[topic] = what
