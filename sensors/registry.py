"""All entities of the house: who announced them, what the owner says of them, how they are found.

The same thing may be announced more than once: zigbee2mqtt speaks for itself and, if it is told to,
in Home Assistant's words too. Two entities are one thing when their main states come from the same
topic (the first of `Driver.topics`). Then the device's own dialect wins over a copy in Home
Assistant's words, and both over what was made of mere readings. The owner's own description wins
over all others of its kind (domain and device class): a lamp and the power it draws speak on one
topic.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace

from sensors.areas import Area, Floor, Rooms
from sensors.directory import Directory
from sensors.discovery import generic
from sensors.entities import Discovery, Driver, Entity, EntityState
from sensors.entries import HEARD, NATIVE, OWNER, Changed, Entries, Entry
from sensors.events import Reading, Value
from sensors.house import House
from sensors.owner import Owner
from sensors.slices import SLICE, exhausted, sliced

CAPACITY = 4_096
"""Entities; a large house has a few hundred. A stranger announcing more must not fill memory."""

UNRETAINED = frozenset({"shelly"})
"""Dialects whose devices announce themselves by speaking alone; no broker keeps it for us."""

_SILENT_S = 30 * 86_400.0
"""Seconds; sensors on batteries speak every day, and people go on holidays."""


class Registry:
    """The entities of one house; belongs to the loop's task."""

    def __init__(self, house: House, owner: Owner | None = None, capacity: int = CAPACITY) -> None:
        self._house = house
        self._owner = owner or Owner()
        self._capacity = capacity
        self._entries = Entries()
        self._origins: dict[str, tuple[str, ...]] = {}
        self._made: Directory | None = None
        self._rooms = Rooms(area.name for area in self._owner.areas)
        self.version = 0
        """Grows whenever any answer of this registry, but for states, may have become another."""
        self.overflowed = 0
        """Entities refused because of `capacity`."""

    @property
    def owner(self) -> Owner:
        """What the owner's file says."""
        return self._owner

    def load(self, known: Iterable[Entity]) -> None:
        """Start from `known` of the last run: these can be asked for, but not commanded yet.

        They keep their ids, whoever announces himself first, and what announces itself takes their
        place. Call once, after `House.load` and before the first announcement.
        """
        for entity in known:
            self._admit(Entry(entity, None, "", ""))
        self.observe(self._house.latest())

    def known(self) -> list[Entity]:
        """What `load` wants after a restart: all that was announced, without corrections."""
        announced = (entry for entry in self._entries.shown() if entry.rank not in (OWNER, HEARD))
        kept = (entry for entry in announced if not self._is_silent(entry))
        return sorted((entry.entity for entry in kept), key=lambda entity: entity.id)

    def settle(self) -> Changed:
        """Drop what is remembered from the last run and was announced by nobody since.

        Call when devices have had time to speak: what they retain comes within a second of
        connecting, but some have to be asked (`sensors.discovery.dialects.GREETINGS`). Those
        whose announcements are never retained are kept for a month after they last spoke.
        """
        old = [entry for entry in self._entries if entry.driver is None and entry.rank != HEARD]
        gone = [one for one in old if one.entity.protocol not in UNRETAINED or self._is_silent(one)]
        return exhausted(self._exchange(gone, ()))

    def correct(self, owner: Owner) -> None:
        """Take what the owner's file says now. Its devices are announcements, see `Owner`."""
        self._owner = owner
        self._rooms = Rooms(area.name for area in owner.areas)
        self._touch()

    def apply(self, discovery: Discovery) -> Changed:
        """Take an announcement in place of its origin's last one; the same again changes nothing.

        What is new beyond `capacity` is refused and counted until it is announced again.
        """
        return exhausted(self.applying(discovery))

    def applying(self, discovery: Discovery) -> Generator[None, None, Changed]:
        """`apply` with pauses, for announcements of thousands; has to be run to its end."""
        made = (_entry(discovery.origin, driver) for driver in reversed(discovery.drivers))
        kept = {entry.key: entry for entry in made}
        entries = list(reversed(kept.values()))
        before = self._origins.pop(discovery.origin, ())
        gone = [entry for key in before if key not in kept and (entry := self._entries.get(key))]
        gone = [one for one in gone if one.origin == discovery.origin]
        changed = yield from self._exchange(gone, entries)
        ours = [entry.key for entry in entries if self._is_ours(entry)]
        if ours:
            self._origins[discovery.origin] = tuple(ours)
        return changed

    def observe(self, readings: Iterable[Reading]) -> list[Reading]:
        """Those readings that belong to the house, for `House.apply`; makes entities of new things.

        What a copy of another entity says is left out: nothing in the house is told twice.
        """
        return [reading for reading in readings if self._belongs(reading)]

    def entities(self) -> Sequence[Entity]:
        """All there are, by id, as the owner wants them called; without what is hidden."""
        return self._directory.entities

    def get(self, entity_id: str) -> Entity | None:
        """One of `entities`."""
        return self._directory.by_id.get(entity_id)

    def driver(self, entity_id: str) -> Driver | None:
        """What commands it; None when nothing can. Its own `entity` may have another id."""
        entry = self._entry(entity_id)
        return entry.driver if entry else None

    def commanded(self) -> list[Entry]:
        """All that can be commanded, also what is hidden; copies only of what is no such thing."""
        return self._entries.commanded()

    def is_remembered(self, entity_id: str) -> bool:
        """Whether it is known from the last run alone: nobody has announced it since."""
        entry = self._entry(entity_id)
        return entry is not None and entry.driver is None and entry.rank != HEARD

    def state(self, entity_id: str) -> EntityState:
        """What is known of an entity now; nothing, of one that does not exist."""
        entity = self.get(entity_id)
        if entity is None:
            return EntityState(None, available=False)
        readings = self._house.of(entity.source)
        available = self._house.is_online(entity.source)
        attributes = {
            prop: reading.value
            for prop, reading in readings.items()
            if reading.quantity not in ("availability", "gateway")
            and self._entries.get(reading.entity) is None
        }
        main = readings.get(entity.main)
        if main is None:
            return EntityState(None, attributes, available)
        stale = self._house.is_old(main)
        return EntityState(_said(entity, main), attributes, available, main.at, main.late, stale)

    def areas(self) -> Sequence[Area]:
        """The rooms, by name: those of the owner and those that things are in."""
        return self._directory.areas

    def floors(self) -> Sequence[Floor]:
        """The storeys, by name."""
        return self._directory.floors

    def find(
        self,
        name: str = "",
        area: str = "",
        floor: str = "",
        domain: str = "",
        device_class: str = "",
    ) -> list[Entity]:
        """The entities that fit everything that is said of them, by id.

        Args:
            name: name or alias, in any case.
            area: name or alias of a room, in any case.
            floor: name or alias of a storey, in any case.
            domain: exactly.
            device_class: exactly.
        """
        return self._directory.find(name, area, floor, domain, device_class)

    def confirm(self, entity_id: str) -> bool | None:
        """Whether the owner wants to be asked before it does anything; None: did not say."""
        entity = self.get(entity_id)
        return self._owner.confirm(entity) if entity else None

    @property
    def _directory(self) -> Directory:
        if self._made is None:
            self._made = Directory((entry.entity for entry in self._entries.shown()), self._owner)
        return self._made

    def _entry(self, entity_id: str) -> Entry | None:
        entity = self.get(entity_id)
        return self._entries.get(entity.key()) if entity else None

    def _touch(self) -> None:
        self._made = None
        self.version += 1

    def _exchange(
        self, gone: Sequence[Entry], entries: Sequence[Entry]
    ) -> Generator[None, None, Changed]:
        """Drop some entities and admit others; what is known of a device that stays is kept."""
        for entry in gone:
            self._entries.drop(entry.key)
            self._touch()
        added, outdone = list[str](), list[Entry]()
        for some in sliced(entries):
            added += [entity_id for entry in some if (entity_id := self._admit(entry))]
            if len(some) == SLICE:
                yield
        for some in sliced(entries):
            outdone += [other for entry in some for other in self._outdone(entry)]
            if len(some) == SLICE:
                yield
        for entry in outdone:
            if entry.rank == HEARD:
                self._entries.drop(entry.key)
        sources = {entry.entity.source for entry in (*gone, *outdone)}
        forgotten = [
            key
            for source in sorted(sources)
            if all(map(self._entries.is_copy, self._entries.of(source)))
            for key in self._house.forget(source)
        ]
        return Changed(tuple(added), tuple(one.entity.id for one in gone), tuple(forgotten))

    def _admit(self, entry: Entry) -> str:
        """Enter one entity; its id if that changed anything."""
        known = self._entries.get(entry.key)
        if known is None and len(self._entries) >= self._capacity:
            self.overflowed += 1
            return ""
        if known and known.driver and known.origin != entry.origin and known.rank <= entry.rank:
            return ""  # two origins speak of one reading: the first is believed
        wish = entry.entity.id
        entity_id = known.entity.id if known else self._entries.free(wish, entry.key)
        if entity_id != wish:
            entry = replace(entry, entity=replace(entry.entity, id=entity_id))
        self._entries.put(entry)
        if known and _looks(known) == _looks(entry):
            return ""
        self._touch()
        return entity_id

    def _is_ours(self, entry: Entry) -> bool:
        there = self._entries.get(entry.key)
        return there is not None and there.origin == entry.origin

    def _is_silent(self, entry: Entry) -> bool:
        """Whether nothing was heard for long of what announces itself by speaking."""
        spoken = self._house.silence(entry.entity.source) <= _SILENT_S
        return entry.entity.protocol in UNRETAINED and not spoken

    def _outdone(self, entry: Entry) -> list[Entry]:
        """Those that say the same as a new entry in a worse way; itself, if it is the worse."""
        others = self._entries.at(entry.topic) if entry.rank <= NATIVE else []
        copies = [one for one in (entry, *others) if self._entries.is_copy(one)]
        return copies + [one for one in self._entries.at(entry.topic) if one.rank == HEARD]

    def _belongs(self, reading: Reading) -> bool:
        siblings = self._entries.of(reading.entity.rpartition("/")[0])
        if siblings and siblings[0].rank != HEARD:
            return not all(map(self._entries.is_copy, siblings))
        if self._entries.get(reading.entity) is not None:
            return True
        heard = generic.entity(reading, self._rooms)
        if heard is None:
            return True
        if self._entries.is_covered(reading.topic):
            return False
        self._admit(Entry(heard, None, reading.topic, reading.topic))
        return True


def _entry(origin: str, driver: Driver) -> Entry:
    entity = driver.entity
    if not entity.source:
        entity = replace(entity, source=entity.id)
    # The topic of a bridge's availability is no sign that two things are one.
    return Entry(entity, driver, origin, driver.topics[0] if driver.tells else "")


def _looks(entry: Entry) -> tuple[Entity, bool, str]:
    return entry.entity, entry.driver is None, entry.topic


def _said(entity: Entity, main: Reading) -> Value:
    """A state in Home Assistant's words; readings keep yes or no, which is how they are worded."""
    if not isinstance(main.value, bool):
        return main.value
    if entity.domain == "lock":
        return "locked" if main.value else "unlocked"
    # A contact is closed when it is true, whereas a binary sensor of a door is on when it is open.
    return "on" if main.value != (main.quantity == "contact") else "off"
