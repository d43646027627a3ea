"""What a house consists of, and how it is spoken to: entities, commands, drivers.

An entity is one thing that has a state: a lamp, a lock, a temperature. What it says are readings
(`sensors.events.Reading`), so that everything which is known of the house lives in one place, is
ordered by one rule and survives a restart in one table:

    light.kitchen_ceiling/state       "on"          the main reading, Entity.main
    light.kitchen_ceiling/brightness  50.0  "%"     an attribute
    light.kitchen_ceiling/availability "offline"    whatever was said before is stale

Domains, device classes and states are Home Assistant's, because people, sentences and devices
already use them: light and switch "on"/"off"; cover and valve "open", "closed", "opening",
"closing"; lock "locked", "unlocked", "jammed"; climate its mode ("heat", "off"); media_player
"playing", "paused", "idle", "off"; vacuum "cleaning", "docked", "paused"; binary_sensor "on"/"off";
sensor a number or a word. Scales are people's: brightness, position, percentage and volume are
0..100, colour is a CSS name or "#rrggbb", temperatures are in the entity's unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sensors.events import Reading, SensorError, Value


class CannotDo(SensorError):
    """A device has no such service, or not with these arguments; the text says which."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing that has a state.

    Attributes:
        id: unique in the house and the same after a restart, "light.kitchen_ceiling".
        name: what people call it.
        domain: "light", "switch", "cover", "lock", "climate", "fan", "media_player", "sensor",
            "binary_sensor", "scene", "script", "vacuum", "valve", "number", "select", "button", ...
        device_class: Home Assistant's, "" when there is none: "curtain", "garage", "temperature".
        unit: of the main reading, "" when there is none.
        area: name of the room, "" when nobody said.
        floor: name of the floor, "" when nobody said.
        aliases: further names.
        features: what it can do beyond its domain: "brightness", "color", "color_temp",
            "position", "set_speed", "set_volume", "search", "heat", ...
        options: what a select, an effect or a mode may be.
        limits: smallest and largest value that may be set (temperature, number).
        source: first part of its readings' keys; several entities may share one device's.
        main: second part of the key of the reading that is its state.
        device: name of the device it belongs to, "" for none.
        protocol: dialect that found it: "homeassistant", "zigbee2mqtt", "tasmota", ...
        origin: topic of the message that announced it; becomes the origin of what is told of it.
    """

    id: str
    name: str
    domain: str
    device_class: str = ""
    unit: str = ""
    area: str = ""
    floor: str = ""
    aliases: tuple[str, ...] = ()
    features: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()
    limits: tuple[float, float] | None = None
    source: str = ""
    main: str = "state"
    device: str = ""
    protocol: str = ""
    origin: str = ""

    def key(self, attribute: str = "") -> str:
        """The `Reading.entity` of its state, or of one of its attributes."""
        return f"{self.source or self.id}/{attribute or self.main}"


@dataclass(frozen=True, slots=True)
class EntityState:
    """What is known of an entity now.

    Attributes:
        value: its main reading; None when nothing was heard yet.
        attributes: by name: "brightness", "color", "position", "current_temperature", ...
        available: False while the device is known to be away.
        at: when the main reading was measured; Unix seconds, 0 when there is none.
        late: it was retained by the broker: true since an unknown time.
        stale: it may no longer be true.
    """

    value: Value | None
    attributes: Mapping[str, Value] = field(default_factory=dict)
    available: bool = True
    at: float = 0.0
    late: bool = False
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """Something an entity shall do.

    Attributes:
        entity: its id.
        service: by domain:
            light, switch, fan, siren, humidifier, climate, media_player: "turn_on" (light:
            brightness, color, color_temp in kelvin, effect), "turn_off"; fan: "set_speed"
            (percentage); cover, valve: "open", "close", "stop", "set_position" (position);
            lock: "lock", "unlock", "open"; climate: "set_temperature" (temperature), "set_mode"
            (mode), "set_fan_mode" (mode); media_player: "play", "pause", "stop", "next",
            "previous", "set_volume" (volume), "mute", "unmute", "play_media" (query, media_class);
            vacuum, lawn_mower: "start", "pause", "stop", "return_home", "clean_area" (area);
            scene, script, button: "activate"; number: "set_value" (value); select: "select"
            (option); todo lists belong to memory and have no commands here.
        arguments: by name, on the scales of this module.
    """

    entity: str
    service: str
    arguments: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Publication:
    """One MQTT message to send."""

    topic: str
    payload: str
    qos: int = 1
    retain: bool = False


class Driver(Protocol):
    """What one entity's device speaks. Immutable; used by the network thread and the loop."""

    @property
    def entity(self) -> Entity:
        """The entity as its device describes it; the owner's corrections come later."""

    @property
    def topics(self) -> Sequence[str]:
        """Topics (no wildcards) whose messages `read` understands, its main state's first."""

    @property
    def tells(self) -> bool:
        """Whether any of them says how it is, and not only whether it can be reached."""

    @property
    def commands(self) -> Sequence[str]:
        """Topics that its device is commanded on, also those that `write` never uses."""

    def read(
        self, topic: str, payload: bytes, received_at: float, *, late: bool = False
    ) -> list[Reading]:
        """The readings of one message; empty when it says nothing of this entity.

        Never raises for what a stranger sent: a payload that makes no sense has no readings.
        """

    def write(self, command: Command, state: EntityState) -> list[Publication]:
        """The messages that make the device do it, in order.

        Args:
            command: for this entity.
            state: now, for what is relative to it.

        Raises:
            CannotDo: the device has no such service, or not with these arguments.
        """


@dataclass(frozen=True, slots=True)
class Discovery:
    """What one announcement says exists.

    Attributes:
        origin: its topic: a later announcement of the same origin replaces all of this one.
        drivers: empty when what the origin announced is gone.
        refused: why parts of it are missing, in words for an admin and without its payload.
    """

    origin: str
    drivers: tuple[Driver, ...] = ()
    refused: tuple[str, ...] = ()


class Dialect(Protocol):
    """One way in which devices announce themselves. May keep what it has seen; one thread."""

    @property
    def filters(self) -> Sequence[str]:
        """Topic filters to subscribe to for announcements."""

    def announced(self, topic: str, payload: bytes) -> Sequence[Discovery] | None:
        """What an announcement says; None when the topic is none of this dialect's.

        Never raises for what a stranger sent: it is told in `Discovery.refused`.
        """
