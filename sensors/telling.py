"""What is told of the house when somebody asks: a line for each thing, in people's words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sensors import domains, wording
from sensors.asking import Candidate, relevant, stems
from sensors.events import Reading
from sensors.house import House
from sensors.naming import Naming, Thing
from sensors.quantities import QUANTITIES
from sensors.registry import Registry
from sensors.spoken_states import attribute_said, state_said

_LINKS = ("availability", "gateway")
"""Quantities that say whether a device can be reached, and nothing of the house."""

_AWAY = frozenset({"offline", "away", "unreachable"})

_ACTIVE = frozenset({"on", "open", "unlocked", "playing", "cleaning", "heating", "detected"})

_RESTING = frozenset({"off", "closed", "shut", "locked", "idle"})
"""Whoever asks for one of these wants to hear of these first."""

_TOGETHER = {"light": "lights", "lock": "locks", "switch": "switches", "cover": "covers"}


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

    thing: Thing
    reading: Reading
    candidate: Candidate
    says: str
    online: bool


class Telling:
    """Lines for a prompt, and names for it and for the ear; belongs to the loop's task."""

    def __init__(self, house: House, registry: Registry) -> None:
        self._house = house
        self._naming = Naming(registry)

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
        rows = {row.candidate.key: row for row in self._rows()}
        found = relevant(question, [row.candidate for row in rows.values()])
        chosen = sorted((rows[one.key] for one in found), key=_rank)
        told = chosen[:limit]
        lines = []
        if len(chosen) > limit:
            told = sorted(chosen, key=lambda row: _eagerness(row, question))[:limit]
            lines = [(told[0].reading, line) for line in self._counted(chosen)]
        lines += [(row.reading, self._line(row, now)) for row in told]
        return lines[:limit]

    def names(self) -> Sequence[str]:
        """What rooms and things are called, first what people speak of most; no addresses."""
        return self._naming.names

    def _rows(self) -> Iterator[_Row]:
        for thing in self._naming.things:
            known = self._house.of(thing.entity.source)
            if known:
                yield from self._rows_of(thing, known)

    def _rows_of(self, thing: Thing, known: Mapping[str, Reading]) -> Iterator[_Row]:
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
                is_ours = (
                    reading.entity not in self._naming.mains and reading.quantity not in _LINKS
                )
                if is_ours and (says := attribute_said(reading)):
                    yield _Row(thing, reading, _attribute(thing, reading), says, online)

    def _counted(self, rows: Sequence[_Row]) -> list[str]:
        """One line for many things of a sort: "lights: 3 on, 17 off", "attic lights: all 9 off"."""
        sorts = {row.thing.entity.domain for row in rows}
        areas = {row.thing.entity.area for row in rows}
        if len(sorts) != 1 or (sort := min(sorts)) not in _TOGETHER:
            return []
        whole = sum(thing.entity.domain == sort for thing in self._naming.things)
        if len(rows) < whole and len(areas) != 1:
            return []
        where = f"{wording.called(min(areas))} ".lstrip() if len(rows) < whole else ""
        states = Counter(row.says.partition(",")[0] for row in rows if row.online and row.says)
        parts = [f"{count} {state}" for state, count in states.most_common()]
        every = "all " if len(parts) == 1 and states.total() == whole else ""
        return [f"{where}{_TOGETHER[sort]}: {every}{', '.join(parts)}"] if parts else []

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


def _state(thing: Thing, quantity: str, *, online: bool) -> Candidate:
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


def _attribute(thing: Thing, reading: Reading) -> Candidate:
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


def _rank(row: _Row) -> int:
    return domains.rank(row.thing.entity.domain, row.reading.quantity)


def _eagerness(row: _Row, question: str) -> tuple[int, bool]:
    """What comes first of too much: what people use, and of that what is on or open."""
    wanted = _ACTIVE if _RESTING.isdisjoint(stems(question)) else _RESTING
    return _rank(row), row.says.partition(",")[0] not in wanted
