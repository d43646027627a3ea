"""A small house that does what it is told, unless a test says otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sensors.areas import Area, Floor
from sensors.entities import Command, Entity, EntityState
from sensors.events import Value

NOW = 1_000_000.0
"""Unix seconds: the present of this house."""


def entity(
    entity_id: str,
    name: str,
    area: str = "",
    device_class: str = "",
    *features: str,
    unit: str = "",
) -> Entity:
    """An entity on the first floor, or on none when it is in no room."""
    domain = entity_id.partition(".")[0]
    floor = {"Bedroom": "Second Floor", "": ""}.get(area, "First Floor")
    return Entity(
        entity_id, name, domain, device_class, unit, area, floor, features=frozenset(features)
    )


_Known = tuple[Entity, Value | None, Mapping[str, Value]]

_KNOWN: Sequence[_Known] = (
    (
        entity("light.bedroom_lamp", "Bedroom Lamp", "Bedroom", "", "brightness", "color"),
        "off",
        {},
    ),
    (
        entity("light.kitchen_ceiling", "Ceiling", "Kitchen", "", "brightness", "color_temp"),
        "on",
        {"brightness": 40.0, "color_temp": 2700.0, "color_mode": "color_temp"},
    ),
    (entity("light.kitchen_cabinets", "Kitchen cabinets", "Kitchen"), "on", {}),
    (entity("light.living_ceiling", "Ceiling", "Living Room"), "off", {}),
    (entity("switch.freezer", "Freezer plug", "Kitchen"), "on", {}),
    (entity("switch.garage", "Garage door", "Garage"), "off", {}),
    (entity("fan.ceiling", "Ceiling Fan", "Living Room", "", "set_speed"), "off", {}),
    (
        entity("cover.left", "Curtain Left", "Living Room", "curtain", "position"),
        "open",
        {"position": 60.0},
    ),
    (entity("cover.right", "Curtain Right", "Living Room", "curtain"), "closed", {}),
    (entity("cover.garage", "Big Door", "Garage", "garage"), "closed", {}),
    (entity("lock.front", "Front Door", "Entrance"), "locked", {}),
    (entity("lock.back", "Back Door"), "unlocked", {}),
    (
        entity("climate.living", "Thermostat", "Living Room", "", "heat", unit="°C"),
        "heat",
        {"current_temperature": 20.5, "temperature": 21.0, "fan_mode": "auto"},
    ),
    (
        entity("media_player.tv", "TV", "Living Room", "", "search"),
        "playing",
        {"volume": 50.0, "muted": False},
    ),
    (entity("media_player.radio", "Radio", "Kitchen"), "idle", {"volume": 20.0}),
    (entity("vacuum.rover", "Rover", "Living Room", "", "clean_area"), "docked", {}),
    (entity("scene.party", "Party Mode"), None, {}),
    (entity("valve.main", "Main Valve", "", "water", "position"), "open", {"position": 100.0}),
    (
        entity("sensor.outside", "Outside Temperature", "Garage", "temperature", unit="°C"),
        4.5,
        {},
    ),
    (entity("binary_sensor.window", "Shed Window", "", "window"), True, {}),
    (entity("binary_sensor.leak", "Leak sensor", "Kitchen", "moisture"), False, {}),
)

STATES: Mapping[str, _Known] = {known[0].id: known for known in _KNOWN}
"""What is in the house: the entities, their states and attributes, by id."""

_BECOMES: Mapping[str, str] = {
    "turn_on": "on", "turn_off": "off", "open": "open", "close": "closed", "lock": "locked",
    "unlock": "unlocked", "play": "playing", "pause": "paused", "start": "cleaning",
    "return_home": "docked",
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What came of a command."""

    command: Command
    status: str
    state: EntityState
    why: str = ""


@dataclass
class Home:
    """Both the house and what commands it.

    Attributes:
        answers: by entity id, another status than "confirmed".
        commanded: everything that was commanded, in order.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    commanded: list[Command] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = {name: one for name, (one, _, _) in STATES.items()}
        self.states = {
            name: EntityState(value, attributes, at=NOW - 60)
            for name, (_, value, attributes) in STATES.items()
        }

    def add(self, one: Entity, state: EntityState | None = None) -> None:
        self.known[one.id] = one
        self.states[one.id] = state or EntityState("off", at=NOW - 60)

    def entities(self) -> Sequence[Entity]:
        return [self.known[name] for name in sorted(self.known)]

    def get(self, entity_id: str) -> Entity | None:
        return self.known.get(entity_id)

    def state(self, entity_id: str) -> EntityState:
        return self.states.get(entity_id, EntityState(None, available=False))

    def areas(self) -> Sequence[Area]:
        return [
            Area("Attic"),
            Area("Bedroom", floor="Second Floor"),
            Area("Entrance", floor="First Floor"),
            Area("Garage", floor="First Floor"),
            Area("Kitchen", ("galley",), "First Floor"),
            Area("Living Room", floor="First Floor"),
        ]

    def floors(self) -> Sequence[Floor]:
        return [Floor("First Floor"), Floor("Second Floor", ("upstairs",))]

    async def perform(self, commands: Sequence[Command]) -> list[Seen]:
        self.commanded += commands
        return [self._performed(command) for command in commands]

    def _performed(self, command: Command) -> Seen:
        stateless = command.service in {"activate", "next", "previous", "play_media"}
        status = self.answers.get(command.entity, "sent" if stateless else "confirmed")
        if status == "confirmed":
            self.states[command.entity] = self._after(command)
        return Seen(command, status, self.states[command.entity], f"it is {status}")

    def _after(self, command: Command) -> EntityState:
        before = self.states[command.entity]
        attributes = {**before.attributes, **command.arguments}
        if command.service in {"mute", "unmute"}:
            attributes["muted"] = command.service == "mute"
        value = _BECOMES.get(command.service, before.value)
        if command.service == "set_position":
            value = "open" if command.arguments["position"] else "closed"
        return replace(before, value=value, attributes=attributes, at=NOW)
