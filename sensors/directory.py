"""The house as its owner wants it called, ready to be searched; made anew when it changes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sensors.areas import Area, Floor, Rooms, folded
from sensors.entities import Entity
from sensors.owner import Correction, Owner

_NOTHING = Correction()


class Directory:
    """Immutable; of entities as they were announced and what the owner says of them."""

    def __init__(self, announced: Iterable[Entity], owner: Owner) -> None:
        found = list(announced)
        suggested = {entity.area for entity in found if entity.area}
        named = {area.name for area in owner.areas}
        rooms = Rooms(suggested | named | {one.area for one in owner.entities.values()})
        self._areas = _Places(owner.areas)
        self._floors = _Places(owner.floors)
        shown = (one for one in found if not owner.entities.get(one.id, _NOTHING).hidden)
        corrected = [_corrected(one, owner.entities.get(one.id, _NOTHING), rooms) for one in shown]
        # Upper case sorts first: of two spellings the one that was written with more care stays.
        for entity in sorted(corrected, key=lambda one: (one.area, one.floor)):
            self._areas.add(entity.area, entity.floor)
        self.entities: Sequence[Entity] = sorted(map(self._placed, corrected), key=_id)
        """By id."""
        self.by_id = {entity.id: entity for entity in self.entities}
        """The same, to look one up."""
        for entity in self.entities:
            self._floors.add(entity.floor)
        self._by_name: dict[str, list[Entity]] = {}
        for entity in self.entities:
            for name in {folded(name) for name in (entity.name, *entity.aliases)}:
                self._by_name.setdefault(name, []).append(entity)

    @property
    def areas(self) -> Sequence[Area]:
        """The rooms, by name."""
        return sorted(self._areas.all(), key=lambda area: area.name)

    @property
    def floors(self) -> Sequence[Floor]:
        """The storeys, by name."""
        return sorted((Floor(one.name, one.aliases) for one in self._floors.all()), key=_name)

    def find(
        self, name: str, area: str, floor: str, domain: str, device_class: str
    ) -> list[Entity]:
        """See `Registry.find`."""
        room, storey = self._areas.named(area), self._floors.named(floor)
        candidates = self._by_name.get(folded(name), []) if name else self.entities
        return [
            entity
            for entity in candidates
            if (not area or entity.area == room)
            and (not floor or entity.floor == storey)
            and domain in ("", entity.domain)
            and device_class in ("", entity.device_class)
        ]

    def _placed(self, entity: Entity) -> Entity:
        """With the room's and the floor's proper names."""
        area = self._areas.named(entity.area) or ""
        floor = self._floors.named(entity.floor or self._areas.floor(area)) or entity.floor
        floor = floor or self._areas.floor(area)
        if (area, floor) == (entity.area, entity.floor):
            return entity
        return replace(entity, area=area, floor=floor)


class _Places:
    """Rooms or storeys by every name they have; the first who names one wins."""

    def __init__(self, places: Iterable[Area | Floor]) -> None:
        self._all: dict[str, Area] = {}
        self._names: dict[str, str] = {}
        for place in places:
            floor = place.floor if isinstance(place, Area) else ""
            self._enter(Area(place.name, place.aliases, floor))

    def add(self, name: str, floor: str = "") -> None:
        if name and folded(name) not in self._names:
            self._enter(Area(name, (), floor))

    def named(self, name: str) -> str | None:
        return self._names.get(folded(name)) if name else None

    def floor(self, name: str) -> str:
        place = self._all.get(name)
        return place.floor if place else ""

    def all(self) -> list[Area]:
        return list(self._all.values())

    def _enter(self, place: Area) -> None:
        self._all[place.name] = place
        for name in (place.name, *place.aliases):
            self._names.setdefault(folded(name), place.name)


def _corrected(entity: Entity, said: Correction, rooms: Rooms) -> Entity:
    name = said.name or entity.name
    area = said.area or entity.area or rooms.beginning(name) or rooms.beginning(entity.device)
    if said == _NOTHING:
        return entity if area == entity.area else replace(entity, area=area)
    return replace(
        entity,
        name=name,
        area=area,
        aliases=tuple(dict.fromkeys((*said.aliases, *entity.aliases))),
        domain=said.domain or entity.domain,
    )


def _id(entity: Entity) -> str:
    return entity.id


def _name(place: Floor) -> str:
    return place.name
