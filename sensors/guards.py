"""Locks, gates and alarms: nothing else may speak to what they listen to.

Whoever may announce a lamp says where its commands go. If they go to the lock of the front door,
"turn on the reading lamp" opens it, and nobody is asked, because a lamp is harmless. So a command
is not sent when it would go to a topic, or to one below it, that a lock, a gate or an alarm panel
of another device is commanded on.

What belongs to the same announcement shares its topics: a lock of zigbee2mqtt and its child lock.
So does what another dialect than Home Assistant's finds in one device; in Home Assistant's words
anybody may claim to belong to any device. What the owner describes, or has said anything of about
asking (`confirm` of this very entity), is the owner's business. And a thing that was announced
twice is spoken to in the same words.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from sensors.discovery import kinds
from sensors.entities import CannotDo, Command, Entity, EntityState, Publication
from sensors.entries import Entry
from sensors.owner import ORIGIN, Correction
from sensors.registry import Registry

_log = logging.getLogger(__name__)

_ENTRANCES: Final = frozenset({"garage", "gate", "door"})
"""Device classes of covers that people come in by."""

_SHADES: Final = frozenset({"awning", "blind", "curtain", "shade"})
"""Those of covers that nobody comes in by, wherever they hang."""


def is_entrance(entity: Entity) -> bool:
    """Whether something lets people in, or guards against it."""
    if entity.domain == "cover":
        names = f"{entity.name} {entity.device}"
        said = {kinds.told_by_name("cover", word) for word in names.split()}
        told = said & _ENTRANCES and entity.device_class not in _SHADES
        return entity.device_class in _ENTRANCES or bool(told)
    if entity.domain == "valve":
        return entity.device_class == "gas"
    return entity.domain in ("lock", "alarm_control_panel")


class Guards:
    """What guards the house at one moment, by the topics that it is commanded on."""

    def __init__(self, registry: Registry, guarded: Callable[[Entity], bool] = is_entrance) -> None:
        """Look through the house.

        Args:
            registry: what there is.
            guarded: whether an entity is none that others may command.
        """
        self._registry = registry
        self._by_topic: dict[str, list[Entry]] = {}
        for entry in registry.commanded():
            # As its owner corrected it; what is hidden is guarded all the same.
            if entry.driver and guarded(registry.get(entry.entity.id) or entry.entity):
                for topic in dict.fromkeys(entry.driver.commands):
                    self._by_topic.setdefault(topic, []).append(entry)

    def check(self, entity: Entity, command: Command, sent: Sequence[Publication]) -> None:
        """Refuse a command that would be one for something guarded.

        Args:
            entity: that is commanded.
            command: for it.
            sent: what its driver would send.

        Raises:
            CannotDo: it must not be sent.
        """
        said = self._registry.owner.entities.get(entity.id, Correction())
        if entity.origin.startswith(ORIGIN) or said.confirm is not None:
            return
        for one in sent:
            for guard in self._listening(one.topic):
                if not _is_one_device(entity, guard.entity) and not _is_the_same(
                    guard, command, one
                ):
                    _log.warning("A %s would command a %s", entity.domain, guard.entity.domain)
                    raise CannotDo("it would command a lock, a gate or an alarm")

    def _listening(self, topic: str) -> Iterator[Entry]:
        """What is guarded on a topic and on those above it: a device reads what is below."""
        levels = topic.split("/")
        for count in range(1, len(levels) + 1):
            yield from self._by_topic.get("/".join(levels[:count]), ())


def _is_the_same(guard: Entry, command: Command, sent: Publication) -> bool:
    """Whether a guard would send that too: it is the same thing, announced once more."""
    if guard.driver is None:
        return False
    try:
        told = guard.driver.write(replace(command, entity=guard.entity.id), EntityState(None))
    except Exception:  # noqa: BLE001 - task border: what breaks for this command says otherwise
        return False
    return (sent.topic, sent.payload) in {(one.topic, one.payload) for one in told}


def _is_one_device(one: Entity, other: Entity) -> bool:
    if one.origin and one.origin == other.origin:
        return True
    # A source of Home Assistant's is never shared: what it says of its device is not looked at.
    ours, theirs = (entity.source.partition("/")[0] for entity in (one, other))
    return one.protocol == other.protocol and ours == theirs
