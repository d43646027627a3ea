"""The driver of an entity that Home Assistant's vocabulary describes; see `sensors.entities`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sensors import times
from sensors.discovery.homeassistant_availability import Availability
from sensors.discovery.homeassistant_config import Source
from sensors.discovery.templates import Message, message
from sensors.entities import CannotDo, Command, Entity, EntityState, Publication
from sensors.events import Reading, Value

Fact = tuple[str, Value]
"""An attribute, "" for the main one, and its value."""

Reader = Callable[[Message], Iterable[Fact]]

Arguments = Mapping[str, Value]

Writer = Callable[[Arguments, EntityState], Sequence[Publication]]


@dataclass(frozen=True, slots=True)
class Service:
    """Something an entity can do, and the arguments that it takes."""

    write: Writer
    takes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Traits:
    """What a platform makes of a configuration.

    Attributes:
        readers: topics, each with what its messages say.
        services: by name.
        quantity: of the main reading.
        unit: of the main reading.
        units: of the attributes.
        scale: unit of the entity, where it is not that of the main reading.
        device_class: as `Entity.device_class`.
        features: as `Entity.features`.
        options: as `Entity.options`.
        limits: as `Entity.limits`.
    """

    readers: Sequence[tuple[str, Reader]] = ()
    services: Mapping[str, Service] = field(default_factory=dict)
    quantity: str = "state"
    unit: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    scale: str = ""
    device_class: str = ""
    features: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()
    limits: tuple[float, float] | None = None


def heard(
    source: Source | None, attribute: str, meaning: Callable[[str], Value | None]
) -> list[tuple[str, Reader]]:
    """The reader of one attribute, as a list that is empty when nothing is heard of it.

    Args:
        source: None when nothing is heard of it.
        attribute: "" for the main one.
        meaning: of a text; None when it makes no sense.
    """
    if source is None:
        return []

    def read(of: Message) -> Iterable[Fact]:
        text = source.text(of)
        value = None if text is None else meaning(text)
        return () if value is None else ((attribute, value),)

    return [(source.topic, read)]


@dataclass(frozen=True, slots=True)
class HomeAssistantDriver:
    """See `sensors.entities.Driver`. `read` is for one thread, `write` for any."""

    entity: Entity
    traits: Traits
    availability: Availability
    commands: Sequence[str]
    _readers: Mapping[str, tuple[Reader, ...]]

    @property
    def topics(self) -> Sequence[str]:
        """Those of its state first, then those of its availability."""
        return tuple(dict.fromkeys((*self._readers, *self.availability.topics)))

    @property
    def tells(self) -> bool:
        """See `Driver.tells`; some devices are commanded and say nothing back."""
        return len(self._readers) > 0

    def read(
        self, topic: str, payload: bytes, received_at: float, *, late: bool = False
    ) -> list[Reading]:
        """See `Driver.read`."""
        content = message(payload)
        if content is None:
            return []
        readings = []
        at, late = _measured(content, received_at, late=late)
        if readers := self._readers.get(topic):
            facts = dict(fact for reader in readers for fact in reader(content))
            readings = [self._reading(name, said, topic, at, late) for name, said in facts.items()]
        online = self.availability.heard(topic, content)
        if online is not None:
            word = "online" if online else "offline"
            readings.append(self._reading("availability", word, topic, at, late))
        return readings

    def write(self, command: Command, state: EntityState) -> list[Publication]:
        """See `Driver.write`."""
        service = self.traits.services.get(command.service)
        if service is None:
            raise CannotDo(f"the {self.entity.domain} has no service {command.service}")
        if unknown := command.arguments.keys() - service.takes:
            raise CannotDo(f"{command.service} takes no {min(unknown)} here")
        return list(service.write(command.arguments, state))

    def _reading(self, name: str, value: Value, topic: str, at: float, late: bool) -> Reading:
        quantity = _MEANT.get(name, name) if name else self.traits.quantity
        unit = self.traits.units.get(name, "") if name else self.traits.unit
        key = self.entity.key(name)
        return Reading(key, self.entity.name, quantity, value, unit, at, topic, late)


_MEANT = {
    "temperature": "target temperature", "current_temperature": "temperature",
    "humidity": "target humidity", "current_humidity": "humidity",
}  # fmt: skip
"""What attributes measure: whoever asks how warm it is does not want to know what was set."""


def driver(
    entity: Entity, traits: Traits, availability: Availability, commands: Sequence[str]
) -> HomeAssistantDriver:
    """The driver of an entity with these traits."""
    readers: dict[str, tuple[Reader, ...]] = {}
    for topic, reader in traits.readers:
        readers[topic] = (*readers.get(topic, ()), reader)
    return HomeAssistantDriver(entity, traits, availability, commands, readers)


def _measured(content: Message, received_at: float, *, late: bool) -> tuple[float, bool]:
    """When it was measured, and whether that is unknown."""
    fields = content.json if content.text.startswith("{") else None
    if not isinstance(fields, dict):
        return received_at, late
    stamps = {key: fields[key] for key in times.KEYS if key in fields}
    if not stamps:
        return received_at, late
    floats = {key: float(stamp) if _is_small(stamp) else stamp for key, stamp in stamps.items()}
    stated = times.stated(floats, received_at)
    return (received_at, late) if stated is None else (stated, False)


def _is_small(stamp: object) -> bool:
    return isinstance(stamp, int) and not isinstance(stamp, bool) and abs(stamp) < 10**15
