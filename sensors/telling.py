"""What is told of the house when somebody asks: a line for each thing, in people's words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sensors import domains, wording
from sensors.areas import Area, Floor, folded
from sensors.asking import Candidate, relevant, stems
from sensors.entities import Entity
from sensors.events import Reading
from sensors.house import House
from sensors.quantities import QUANTITIES
from sensors.registry import Registry
from sensors.spoken_states import attribute_said, state_said

NAMES = 160
"""Names at the most; more than either a prompt or the ear's vocabulary has room for."""

_LINKS = ("availability", "gateway")
"""Quantities that say whether a device can be reached, and nothing of the house."""

_AWAY = frozenset({"offline", "away", "unreachable"})

_ACTIVE = frozenset({"on", "open", "unlocked", "playing", "cleaning", "heating", "detected"})

_RESTING = frozenset({"off", "closed", "shut", "locked", "idle"})
"""Whoever asks for one of these wants to hear of these first."""

_TOGETHER = {"light": "lights", "lock": "locks", "switch": "switches", "cover": "covers"}


@dataclass(frozen=True, slots=True)
class _Thing:
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


@dataclass(frozen=True, slots=True)
class _Row:
    """Something that may be told.

    Attributes:
        thing: of what.
        reading: what is known.
        candidate: how it is found.
        says: in people's words, "" for nothing but that it is away.
        online: whether its device can be reached.
    """

    thing: _Thing
    reading: Reading
    candidate: Candidate
    says: str
    online: bool


class Telling:
    """Lines for a prompt, and names for it and for the ear; belongs to the loop's task."""

    def __init__(self, house: House, registry: Registry) -> None:
        self._house = house
        self._registry = registry
        self._version = -1
        self._things: Sequence[_Thing] = ()
        self._mains: frozenset[str] = frozenset()
        self._names: Sequence[str] = ()

    def about(self, question: str, now: float, limit: int = 8) -> list[tuple[Reading, str]]:
        """What is known about the things, rooms and quantities that a question mentions.

        Args:
            question: what was asked, in words.
            now: Unix seconds.
            limit: lines at the most.

        Returns:
            Lines like "bedroom temperature: 21.5 °C (3 minutes ago)", each with the reading that it
            rests on, the most relevant first; none if the question mentions nothing that is known.
        """
        self._look()
        rows = {row.candidate.key: row for row in self._rows()}
        found = relevant(question, [row.candidate for row in rows.values()])
        chosen = sorted((rows[one.key] for one in found), key=_rank)
        told = chosen[:limit]
        lines = []
        if len(chosen) > limit:
            told = sorted(chosen, key=lambda row: _eagerness(row, question))[:limit]
            lines = [(told[0].reading, line) for line in _counted(chosen)]
        lines += [(row.reading, self._line(row, now)) for row in told]
        return lines[:limit]

    def names(self) -> Sequence[str]:
        """What rooms and things are called, first what people speak of most; no addresses."""
        self._look()
        return self._names

    def _look(self) -> None:
        """Follow the house, if it changed."""
        if self._version == self._registry.version:
            return
        self._version = self._registry.version
        entities, areas = self._registry.entities(), self._registry.areas()
        self._things = _things(entities, areas, self._registry.floors())
        self._mains = frozenset(entity.key() for entity in entities)
        self._names = _names(self._things, areas)

    def _rows(self) -> Iterator[_Row]:
        for thing in self._things:
            known = self._house.of(thing.entity.source)
            if known:
                yield from self._rows_of(thing, known)

    def _rows_of(self, thing: _Thing, known: Mapping[str, Reading]) -> Iterator[_Row]:
        entity = thing.entity
        online = self._house.is_online(entity.source)
        main = known.get(entity.main)
        if main and (says := state_said(entity, main, known)):
            yield _Row(thing, main, _state(thing, main.quantity, online=online), says, online)
        elif not online:
            link = next(known[name] for name in _LINKS if name in known)
            yield _Row(thing, link, _state(thing, "state", online=online), "", online)
        if entity.domain in domains.STATES and entity.domain != "binary_sensor":
            for reading in known.values():
                is_ours = reading.entity not in self._mains and reading.quantity not in _LINKS
                if is_ours and (says := attribute_said(reading)):
                    yield _Row(thing, reading, _attribute(thing, reading), says, online)

    def _line(self, row: _Row, now: float) -> str:
        thing, reading = row.thing, row.reading
        if not row.says:
            return f"{thing.name}{thing.where}: away"
        subject = wording.subject(replace(reading, name=thing.name)) + thing.where
        age = wording.age(reading, now)
        if not row.online:
            return f"{subject}: away, was {row.says} ({age})"
        stale = self._house.is_stale(reading, now)
        return f"{subject}: {row.says} ({age}{', may have changed since' if stale else ''})"


def _state(thing: _Thing, quantity: str, *, online: bool) -> Candidate:
    entity = thing.entity
    asked = domains.words(entity.domain, entity.device_class, quantity)
    return Candidate(
        entity.id,
        thing.names,
        quantity,
        thing.places,
        kind=domains.kind(entity.domain, entity.device_class),
        asked_by=asked if online else asked | _AWAY,
        main=thing.is_main,
    )


def _attribute(thing: _Thing, reading: Reading) -> Candidate:
    return Candidate(
        f"{thing.entity.id} {reading.entity}",
        thing.names,
        reading.quantity,
        thing.places,
        kind=domains.kind(thing.entity.domain, thing.entity.device_class),
        asked_by=domains.attribute_words(reading.quantity),
        main=False,
        anywhere=reading.quantity in QUANTITIES,
    )


def _things(
    entities: Sequence[Entity], areas: Sequence[Area], floors: Sequence[Floor]
) -> list[_Thing]:
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
            _Thing(
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
    name, area = wording.called(entity.name), wording.called(entity.area)
    if noun := domains.noun(entity.domain, name):
        name = f"{name} {noun}"
    if not area or set(stems(area)) <= set(stems(name)):
        return name, ""
    if is_ambiguous or len(entity.name.split()) == 1:
        return f"{area} {name}", ""
    return name, f" in the {area}"


def _names(things: Sequence[_Thing], areas: Sequence[Area]) -> list[str]:
    """Rooms and what people control before what is only measured; a device once."""
    spoken = [
        (_rank_of(thing), thing.name if thing.entity.domain in domains.STATES else _device(thing))
        for thing in things
        if thing.entity.domain not in ("button", "event")
    ]
    ordered = [wording.called(area.name) for area in areas]
    ordered += [name for _, name in sorted(spoken) if not name.startswith("0x")]
    return list(dict.fromkeys(ordered))[:NAMES]


def _device(thing: _Thing) -> str:
    return wording.called(thing.entity.device) or thing.name


def _rank_of(thing: _Thing) -> int:
    return domains.rank(thing.entity.domain, thing.entity.device_class or thing.entity.main)


def _rank(row: _Row) -> int:
    return domains.rank(row.thing.entity.domain, row.reading.quantity)


def _eagerness(row: _Row, question: str) -> tuple[int, bool]:
    """What comes first of too much: what people use, and of that what is on or open."""
    wanted = _ACTIVE if _RESTING.isdisjoint(stems(question)) else _RESTING
    return _rank(row), row.says.partition(",")[0] not in wanted


def _counted(rows: Sequence[_Row]) -> list[str]:
    """One line for many things of a sort: "lights: 3 on, 17 off"."""
    sorts = {row.thing.entity.domain for row in rows}
    if len(sorts) != 1 or (sort := min(sorts)) not in _TOGETHER:
        return []
    states = Counter(row.says.partition(",")[0] for row in rows if row.online and row.says)
    parts = [f"{count} {state}" for state, count in states.most_common()]
    return [f"{_TOGETHER[sort]}: {'all ' if len(parts) == 1 else ''}{', '.join(parts)}"]
