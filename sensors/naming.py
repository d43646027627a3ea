"""What things are called in sentences: with the room where the name does not say it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sensors import domains, wording
from sensors.areas import Area, Floor, folded
from sensors.asking import stems
from sensors.entities import Entity
from sensors.events import Reading
from sensors.registry import Registry

NAMES = 160
"""Names at the most; more than either a prompt or the ear's vocabulary has room for."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An entity as it is spoken of.

    Attributes:
        entity: with the owner's corrections.
        name: of it in a line, "kitchen ceiling light".
        where: what follows the name, " in the kitchen", or "".
        names: for `asking.Candidate`, like the others.
        places: "kitchen", "first floor".
        is_main: whether it is told when its device or room is asked for.
    """

    entity: Entity
    name: str
    where: str
    names: tuple[str, ...]
    places: tuple[str, ...]
    is_main: bool


class Naming:
    """The things of a house, made anew when it changes; belongs to the loop's task."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._version = -1
        self._things: Sequence[Thing] = ()
        self._mains: Mapping[str, Thing] = {}
        self._names: Sequence[str] = ()

    @property
    def things(self) -> Sequence[Thing]:
        """All entities, by id."""
        self._look()
        return self._things

    @property
    def mains(self) -> Mapping[str, Thing]:
        """The same by the keys of their states."""
        self._look()
        return self._mains

    @property
    def names(self) -> Sequence[str]:
        """Of rooms and things, first what people speak of most; NAMES at the most, no addresses."""
        self._look()
        return self._names

    def named(self, reading: Reading) -> Reading:
        """A reading with the name that people have for its thing.

        The device's own name stays where the entity's is only more of it: it is the front door
        that was opened, and not the front door contact.
        """
        thing = self.mains.get(reading.entity)
        if thing is None:
            return reading
        ours, theirs = folded(thing.entity.name), folded(reading.name)
        return reading if ours.startswith(f"{theirs} ") else replace(reading, name=thing.name)

    def _look(self) -> None:
        """Follow the house, if it changed."""
        if self._version == self._registry.version:
            return
        self._version = self._registry.version
        entities, areas = self._registry.entities(), self._registry.areas()
        self._things = _things(entities, areas, self._registry.floors())
        self._mains = {thing.entity.key(): thing for thing in self._things}
        self._names = _names(self._things, areas)


def _things(
    entities: Sequence[Entity], areas: Sequence[Area], floors: Sequence[Floor]
) -> list[Thing]:
    aliases = {floor.name: floor.aliases for floor in floors}
    aliases |= {area.name: area.aliases for area in areas}
    alike = Counter(name for name, _ in {(folded(one.name), one.area) for one in entities})
    sisters = Counter(entity.source for entity in entities)
    things = []
    for entity in entities:
        name, where = _called(entity, is_ambiguous=alike[folded(entity.name)] > 1)
        places = [place for place in (entity.area, entity.floor) if place]
        rank = domains.rank(entity.domain, entity.device_class or entity.main)
        things.append(
            Thing(
                entity,
                name,
                where,
                tuple(dict.fromkeys((entity.name, *entity.aliases, entity.device or entity.name))),
                tuple(name for place in places for name in (place, *aliases.get(place, ()))),
                rank < domains.LAST or sisters[entity.source] == 1,
            )
        )
    return things


def _called(entity: Entity, *, is_ambiguous: bool) -> tuple[str, str]:
    """The name in a line, and the room behind it where the name does not hold it."""
    if entity.domain == "device_tracker":
        return entity.name, ""
    name, area = wording.called(entity.name), wording.called(entity.area)
    if noun := domains.noun(entity.domain, name):
        name = f"{name} {noun}"
    if not area or set(stems(area)) <= set(stems(name)):
        return name, ""
    if is_ambiguous or len(entity.name.split()) == 1:
        return f"{area} {name}", ""
    return name, f" in the {area}"


def _names(things: Sequence[Thing], areas: Sequence[Area]) -> list[str]:
    """Rooms and what people control before what is only measured; a device once."""
    spoken = sorted(
        (_rank_of(thing), _spoken(thing))
        for thing in things
        if thing.entity.domain not in ("button", "event")
        and thing.entity.device_class != "connectivity"
    )
    names = [wording.called(area.name) for area in areas]
    for _, name in spoken:
        if len(names) >= NAMES:
            break
        if not name.startswith("0x") and not any(one.startswith(name) for one in names):
            names.append(name)
    return names[:NAMES]


def _spoken(thing: Thing) -> str:
    """A device that only measures is spoken of as a whole."""
    is_measured = thing.entity.domain in ("sensor", "binary_sensor") and thing.entity.device
    return wording.called(thing.entity.device) if is_measured else thing.name


def _rank_of(thing: Thing) -> int:
    return domains.rank(thing.entity.domain, thing.entity.device_class or thing.entity.main)
