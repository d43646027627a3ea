"""What may be named in a sentence: entities, rooms, floors and workflows, in all their names."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hassil.expression import TextChunk
from hassil.intents import SlotList, TextSlotList, TextSlotValue
from hassil.numbers import get_rbnf_engine
from hassil.trie import Trie
from hassil.util import normalize_text

from daemon.intents.grammar import HOUSE_LISTS, Named
from daemon.intents.words import any_of, tables
from sensors.areas import Area, Floor
from sensors.entities import Entity
from sensors.phrases import spoken

LIMIT: Final = 6_000
"""Names that are listened for; a house has hundreds. Strangers announcing more cost no time."""

_NUMBER: Final = re.compile(r"\d{1,2}(?!\d)")
_LARGEST: Final = 20
"""Numbers that are as likely heard as words as they are as digits."""


@dataclass(frozen=True, slots=True)
class Home:
    """What sentences may speak of.

    Attributes:
        entities: everything there is.
        areas: the rooms; those that only entities name are known all the same.
        floors: the storeys.
        workflows: names of what can be run.
        lists: names of lists of things to do or to buy that are no entities, without "list".
    """

    entities: Sequence[Entity] = ()
    areas: Sequence[Area] = ()
    floors: Sequence[Floor] = ()
    workflows: Sequence[str] = ()
    lists: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """One name of one thing.

    Attributes:
        said: as it is said.
        kind: list it belongs to: "name", "area", "floor" or "workflow".
        meant: the thing's own name, which becomes the slot's value.
        entity: what it names, if that is an entity.
    """

    said: str
    kind: str
    meant: str
    entity: Entity | None = None


class Names:
    """All names of a house, as hassil wants them. Immutable; 300 entities take some 10 ms."""

    def __init__(self, home: Home, language: str) -> None:
        """Take what is in the house.

        Args:
            home: at most `LIMIT` names of it are kept.
            language: whose number words stand for digits.
        """
        self.home = home
        self.domains = frozenset(entity.domain for entity in home.entities)
        self.all = list(_limited(_named(home), _Numbers(language), _Synonyms(language)))
        self.lists: Mapping[str, SlotList] = {
            kind: TextSlotList(kind, [_value(one) for one in self.all if one.kind == kind])
            for kind in HOUSE_LISTS
        }
        self._trie = Trie()
        for one in self.all:
            self._trie.insert(one.said.casefold(), one)

    def of(self, text: str) -> Named:
        """What of the house a text names."""
        folded = normalize_text(text).casefold()
        found = [name for _, _, name in self._trie.find(folded, unique=False)]
        if "-" in folded or "_" in folded:
            broken = folded.replace("-", " ").replace("_", " ")
            found += [name for _, _, name in self._trie.find(broken, unique=False)]
        kinds = {(name.entity.domain, name.entity.device_class) for name in found if name.entity}
        return Named(
            frozenset(name.kind for name in found),
            [{"domain": domain, "device_class": device_class} for domain, device_class in kinds],
        )


class _Numbers:
    """Writes the small numbers of a name the other way: "Lamp 2" is "Lamp two"."""

    def __init__(self, language: str) -> None:
        try:
            engine = get_rbnf_engine(language)
            self._words = {
                str(number): str(engine.format_number(number).text)
                for number in range(1, _LARGEST + 1)
            }
        except ValueError:
            # There are no number words of this language: digits are digits.
            self._words = {}
        self._digits = {word: digits for digits, word in self._words.items()}

    def swapped(self, name: str) -> str:
        """The name with words for digits and digits for words."""
        split = _NUMBER.sub(lambda match: f" {match[0]} ", name).split()
        return " ".join(
            self._words.get(word) or self._digits.get(word.casefold()) or word for word in split
        )


class _Synonyms:
    """Says parts of names in the other words that people have for them: "TV" is "television"."""

    def __init__(self, language: str) -> None:
        groups = tables(f"words_{language}").get("names", {}).get("same", ())
        self._others = {one: [way for way in ways if way != one] for ways in groups for one in ways}
        self._any = any_of(self._others)

    def ways(self, name: str) -> Iterator[str]:
        """The name with its first such word in each of the other ways."""
        if found := self._any.search(name):
            for other in self._others[found[0].casefold()]:
                yield f"{name[: found.start()]}{other}{name[found.end() :]}"


def _named(home: Home) -> Iterator[Name]:
    for entity in home.entities:
        for said in (entity.name, *entity.aliases):
            yield Name(said, "name", entity.name, entity)
    for title in home.lists:
        yield Name(title, "name", title, Entity(f"todo.{title}", title, "todo"))
    known = {area.name.casefold() for area in home.areas}
    loose = {entity.area for entity in home.entities if entity.area.casefold() not in known}
    for area in (*home.areas, *(Area(name) for name in sorted(loose - {""}))):
        for said in (area.name, *area.aliases):
            yield Name(said, "area", area.name)
    for floor in home.floors:
        for said in (floor.name, *floor.aliases):
            yield Name(said, "floor", floor.name)
    for workflow in home.workflows:
        yield Name(spoken(workflow), "workflow", workflow)


def _limited(names: Iterable[Name], numbers: _Numbers, synonyms: _Synonyms) -> Iterator[Name]:
    seen: set[tuple[str, str, str]] = set()
    for name in names:
        for said in _ways(name.said, numbers, synonyms):
            key = (said.casefold(), name.kind, name.entity.id if name.entity else name.meant)
            if said and key not in seen:
                if len(seen) == LIMIT:
                    return
                seen.add(key)
                yield Name(said, name.kind, name.meant, name.entity)


def _ways(name: str, numbers: _Numbers, synonyms: _Synonyms) -> Iterator[str]:
    """The ways in which a name may be heard and written: it comes back from ears, not from eyes."""
    plain = normalize_text(name).strip()
    yield plain
    for way in (plain.replace("'", ""), spoken(plain), plain.replace("&", "and")):
        yield way
        yield numbers.swapped(way)
        yield re.sub(r"^the\s+", "", way, flags=re.IGNORECASE)
    yield from synonyms.ways(plain)


def _value(name: Name) -> TextSlotValue:
    context = {}
    if name.entity is not None:
        context = {
            "domain": name.entity.domain,
            "device_class": name.entity.device_class,
            "entity": name.entity.id,
        }
    return TextSlotValue(TextChunk(name.said), name.meant, context)
