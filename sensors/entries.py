"""Announced entities, and who wins when one thing was announced twice; see `sensors.registry`."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from sensors.discovery.generic import PROTOCOL as GENERIC
from sensors.entities import Driver, Entity
from sensors.owner import ORIGIN

OWNER, NATIVE, COPY, HEARD = range(4)
"""Ranks: the owner's own, the device's dialect, Home Assistant's words, made of mere readings."""


K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Entry:
    """One announced entity.

    Attributes:
        entity: as announced, with the id it was given and with a source.
        driver: None for what was only read, or is remembered from before a restart.
        origin: of its announcement; "" for what is remembered.
        topic: of its main state, "" when it has none.
    """

    entity: Entity
    driver: Driver | None
    origin: str
    topic: str

    @property
    def key(self) -> str:
        """The key of its main reading; no two entities have the same."""
        return self.entity.key()

    @property
    def rank(self) -> int:
        """Who wins; the lower."""
        if self.origin.startswith(ORIGIN):
            return OWNER
        return {"homeassistant": COPY, GENERIC: HEARD}.get(self.entity.protocol, NATIVE)

    @property
    def kind(self) -> tuple[str, str, str]:
        """What it is: the owner's description replaces another's of the same kind."""
        return self.topic, self.entity.domain, self.entity.device_class


@dataclass(frozen=True, slots=True)
class Changed:
    """What became different; false when nothing did.

    Attributes:
        added: ids of new entities, and of those that look different now.
        removed: ids of those that are gone.
        forgotten: keys of readings that went with them, for the store.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.forgotten)


class Entries:
    """The entries by key, topic, source and id."""

    def __init__(self) -> None:
        self._by_key: dict[str, Entry] = {}
        self._ids: dict[str, str] = {}
        self._sources: dict[str, set[str]] = {}
        self._topics: dict[str, set[str]] = {}
        self._ranks: Counter[tuple[int, str]] = Counter()
        self._owned: Counter[tuple[str, str, str]] = Counter()

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._by_key.values()))

    def get(self, key: str) -> Entry | None:
        """The entry of a main reading's key."""
        return self._by_key.get(key)

    def put(self, entry: Entry) -> None:
        """Enter it in place of another of its key."""
        self.drop(entry.key)
        self._by_key[entry.key] = entry
        self._ids[entry.entity.id] = entry.key
        self._sources.setdefault(entry.entity.source, set()).add(entry.key)
        self._topics.setdefault(entry.topic, set()).add(entry.key)
        self._ranks[entry.rank, entry.topic] += 1
        if entry.rank == OWNER:
            self._owned[entry.kind] += 1

    def drop(self, key: str) -> None:
        """Remove it, if it is there."""
        entry = self._by_key.pop(key, None)
        if entry is None:
            return
        del self._ids[entry.entity.id]
        _discard(self._sources, entry.entity.source, key)
        _discard(self._topics, entry.topic, key)
        _uncount(self._ranks, (entry.rank, entry.topic))
        if entry.rank == OWNER:
            _uncount(self._owned, entry.kind)

    def free(self, wish: str, key: str) -> str:
        """An id that nobody has: the wish, or the wish with digits that stay the same."""
        if wish not in self._ids:
            return wish
        digits = sha256(key.encode("utf-8", "replace")).hexdigest()
        candidates = (f"{wish}_{digits[:length]}" for length in range(4, len(digits)))
        return next(one for one in candidates if one not in self._ids)

    def of(self, source: str) -> list[Entry]:
        """Those of one device."""
        return [self._by_key[key] for key in self._sources.get(source, ())]

    def at(self, topic: str) -> list[Entry]:
        """Those whose main state comes from a topic; none for ""."""
        return [self._by_key[key] for key in self._topics.get(topic, ())] if topic else []

    def shown(self) -> Iterator[Entry]:
        """Those that are nobody's copy."""
        return (entry for entry in self if not self.is_copy(entry))

    def commanded(self) -> list[Entry]:
        """Those that have a driver; without copies that what they copy stands for."""
        stands = {(entry.topic, entry.entity.domain) for entry in self.shown()}
        driven = [entry for entry in self if entry.driver is not None]
        return [
            entry
            for entry in driven
            if not self.is_copy(entry) or (entry.topic, entry.entity.domain) not in stands
        ]

    def is_covered(self, topic: str) -> bool:
        """Whether somebody announced an entity on a topic."""
        return any(self._ranks[rank, topic] for rank in (OWNER, NATIVE, COPY))

    def is_copy(self, entry: Entry) -> bool:
        """Whether another entry is the same thing and wins."""
        if not entry.topic or entry.rank == OWNER:
            return False
        native = entry.rank == COPY and self._ranks[NATIVE, entry.topic] > 0
        return native or self._owned[entry.kind] > 0


def _discard(index: dict[str, set[str]], name: str, key: str) -> None:
    index[name].discard(key)
    if not index[name]:
        del index[name]


def _uncount(counter: Counter[K], item: K) -> None:
    """Count one less; a counter keeps zeros, and strangers come and go."""
    counter[item] -= 1
    if not counter[item]:
        del counter[item]
