"""What is asked about before it is done: things that let people in, or that do lasting harm.

The question depends on what the house knows a thing to be, on its domain, its device class and
its name, and on nothing that anybody says: no sentence, no state and no description can answer it.
A name can only make a thing more dangerous, unless it plainly says what harmless thing it is, and
never one that is a lock or a garage door by its kind.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from daemon.tools.naming import alike
from daemon.tools.sayings import Sayings
from sensors.entities import Command, Entity

HEATING: Final = (10.0, 26.0)
"""°C that may be set without asking: below pipes may freeze, above it is a mistake or a waste."""

_ENTRANCES: Final = frozenset({"door", "garage", "gate", "garage_door", "opening", "lock"})
"""Device classes of covers (and of relays that somebody described well) that people come in by."""

_ENTRANCE: Final = re.compile(
    r"\b(?:garage|door|gate|lock|deadbolt|latch|opener|alarm"
    r"|(?:garagen|hof|garten)?tor|(?:haus|wohnungs)?t(?:ü|ue)r\w*|\w*schloss|portail|portillon"
    r"|porte|serrure|garaje|puerta|port[oó]n|cerradura|cancello|porta|serratura|portone"
    r"|poort|deur|slot)s?\b"
)
"""What people call things that open the house, in the languages that have answers to a question."""

_GATEWAY: Final = re.compile(
    r"\b(?:garage|gate|(?:garagen|hof|garten)tor|portail|garaje|port[oó]n|cancello|poort)s?\b"
)
"""What a cover is called that lets cars in, whatever else its name says."""

_OPENER: Final = re.compile(r"\b(?:garage door|gate opener|door opener|door lock|garagentor)s?\b")
"""What even a lamp is not called: the relay of an opener that is announced as a light."""

_HARMLESS: Final = re.compile(
    r"\b(?:light|lamp|bulb|led|lantern|spot|fan|heater|heating|camera|bell|doorbell|chime|speaker"
    r"|tv|charger|freezer|fridge|sensor|plug|socket|outlet|curtain|blind|shade|shutter|awning"
    r"|timer|vacuum|child|licht|lampe|leuchte|luce|luz|lumi[eè]re|verlichting"
    r"|jalousie|markise|raffstore|roll?aden|vorhang|volet|rideau|persiana|cortina|tapparella|tenda"
    r"|gordijn|rolluik)s?\b"
)
"""What else may stand at a door or in a garage. Believed of relays, never of locks and gates."""

_RELAYS: Final = frozenset(
    {
        "switch", "button", "input_boolean", "input_button", "script", "scene", "automation",
        "select", "number", "remote",
    }
)  # fmt: skip
"""Domains that a relay at a door opener is announced as."""

_SHADES: Final = frozenset({"awning", "blind", "curtain", "shade"})
"""Covers that nobody comes in by, and that hide nothing but the sun."""

_EASY: Final = _SHADES | {"shutter", "damper"}
"""Covers that may all be opened at once."""

_WHOLE_HOUSE: Final = frozenset(
    {"switch", "input_boolean", "climate", "water_heater", "humidifier", "siren", "automation"}
)
"""Domains whose things are not all switched at once unasked: freezers, routers, heating."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When to ask first.

    Attributes:
        owner: whether the owner wants to be asked before anything is done with an entity; None
            where the owner did not say, then the kind of thing decides.
        heating: smallest and largest temperature that the owner wants set unasked, °C; None where
            the owner did not say, then `HEATING` holds.
    """

    owner: Callable[[Entity], bool | None] = lambda _entity: None
    heating: Callable[[], tuple[float, float] | None] = lambda: None

    def question(
        self,
        wanted: Sequence[tuple[Entity, Command]],
        *,
        everywhere: bool = False,
        language: str = "en",
    ) -> str:
        """What to ask before these commands are given, "" when nothing needs asking.

        Args:
            wanted: the commands, each with its entity.
            everywhere: no single thing and no room was meant.
            language: to ask in, ISO 639-1.
        """
        risky = [
            (entity, command)
            for entity, command in wanted
            if self._asks(entity, command, crowd=everywhere and len(wanted) > 1)
        ]
        return Sayings(language).question(risky) if risky else ""

    def _asks(self, entity: Entity, command: Command, *, crowd: bool) -> bool:
        told = self.owner(entity)
        if told is not None:
            return told
        return (
            lets_in(entity, command)
            or self._heats(entity, command)
            or (crowd and _harms_at_once(entity, command))
        )

    def _heats(self, entity: Entity, command: Command) -> bool:
        thermal = entity.domain in {"climate", "water_heater"} or (
            entity.domain == "number" and entity.device_class == "temperature"
        )
        asked = command.arguments.get("temperature", command.arguments.get("value"))
        if not thermal or isinstance(asked, str) or asked is None:
            return False
        celsius = (asked - 32) / 1.8 if "F" in entity.unit.upper() else asked
        low, high = self.heating() or HEATING
        return not low <= celsius <= high


def lets_in(entity: Entity, command: Command) -> bool:
    """Whether a command may open the house to somebody, or switch off what guards it."""
    if entity.domain == "lock":
        return command.service != "lock"
    if entity.domain == "alarm_control_panel":
        return True
    if entity.domain == "valve":
        return entity.device_class == "gas" and _opens(command)
    if entity.domain == "cover":
        return _opens(command) and (_is_gateway(entity) or _is_entrance(entity))
    if entity.domain == "light":
        return any(_says(_OPENER, name) for name in (entity.name, *entity.aliases))
    # A pulse on the relay of an opener opens or closes: nobody can tell which before.
    return entity.domain in _RELAYS and _is_entrance(entity)


def _is_entrance(entity: Entity) -> bool:
    names = (entity.name, entity.id.partition(".")[2], *entity.aliases)
    return entity.device_class in _ENTRANCES or any(_says(_ENTRANCE, name) for name in names)


def _is_gateway(cover: Entity) -> bool:
    """Whether a cover closes a garage or a yard: no shutter there is for shade alone."""
    names = map(alike, (cover.name, *cover.aliases))
    return cover.device_class not in _SHADES and any(map(_GATEWAY.search, names))


def _says(word: re.Pattern[str], name: str) -> bool:
    plain = alike(name)
    return bool(word.search(plain)) and not _HARMLESS.search(plain)


def _opens(command: Command) -> bool:
    position = command.arguments.get("position")
    return command.service == "open" or (command.service == "set_position" and position != 0)


def _harms_at_once(entity: Entity, command: Command) -> bool:
    if entity.domain in {"cover", "valve"}:
        return _opens(command) and entity.device_class not in _EASY
    return entity.domain in _WHOLE_HOUSE
