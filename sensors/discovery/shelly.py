"""Shelly devices, which announce no list of what they have: each part is found when it speaks.

The first generation speaks on `shellies/<id>/relay/0` and its like; the later ones on
`<prefix>/status/switch:0` and, unless told otherwise, in the notifications of
`<prefix>/events/rpc`. Only whether a device can be reached is retained. The first generation
answers when it is asked (`GREETINGS`); the later ones may tell only what changes, so what was known
of them before a restart has to be announced on their behalf (`remembered`).
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sensors.discovery import kinds, shelly_gen1, shelly_gen2
from sensors.discovery.mapped import MappedDriver, parsed
from sensors.discovery.shelly_part import PROTOCOL, Shelly
from sensors.entities import Discovery, Entity, Publication
from sensors.topics import captured

GREETINGS = tuple(
    Publication("shellies/command", word) for word in ("announce", "update", "status_update")
)
"""What makes devices tell who they are and how they are; the last is for later generations."""

_MAX_PARTS = 1_024
"""Origins that are remembered; the oldest is found anew when it speaks again."""

_LARGEST = 16 * 1024
"""Bytes of a message that may tell of a new part."""

_FIRST = re.compile(
    r"(?P<id>[^/]+)/(?P<part>(?:relay|roller|light|white|color|sensor)/[a-z0-9_]+)(?P<rest>/status)?"
)


class _Parts:
    """Which parts are known already and what they can do, as far as was seen."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, frozenset[str]] = OrderedDict()

    def learn(self, origin: str, looks: str) -> str | None:
        """All that was ever seen of a part, if this adds to it; None if it is not news.

        A message may tell only of what changed, so a part never loses what it can do.
        """
        known = self._known.get(origin)
        seen = (known or frozenset()) | frozenset(looks.split())
        if seen == known:
            return None
        self._known[origin] = seen
        if len(self._known) > _MAX_PARTS:
            self._known.popitem(last=False)
        return " ".join(sorted(seen))


class ShellyFirst:
    """Dialect of the first generation."""

    def __init__(self, prefix: str = "shellies") -> None:
        """Listen to all of them.

        Args:
            prefix: first level of their topics.
        """
        self._prefix = prefix
        self._parts = _Parts()
        self.filters: Sequence[str] = (f"{prefix}/#",)
        """Topics in which they appear."""

    def announced(self, topic: str, payload: bytes) -> Sequence[Discovery] | None:
        """See `Dialect.announced`."""
        if not topic.startswith(f"{self._prefix}/"):
            return None
        match = _FIRST.fullmatch(topic.removeprefix(f"{self._prefix}/"))
        if match is None:
            return None
        origin = f"{self._prefix}/{match['id']}/{match['part']}"
        device = _device(match["id"], f"{self._prefix}/{match['id']}", origin)
        looks = shelly_gen1.looks(match["part"], match["rest"] or "", payload)
        seen = None if looks is None else self._parts.learn(origin, looks)
        if seen is None:
            return None
        driver = shelly_gen1.driver(device, match["part"], seen)
        return [_discovery(device, [driver] if driver else [])]


class ShellyLater:
    """Dialect of the second and later generations."""

    def __init__(self, prefix: str = "+") -> None:
        """Listen to all of them.

        Args:
            prefix: topic prefix of the devices, with a wildcard where they differ.
        """
        self._parts = _Parts()
        self._status, self._events = f"{prefix}/status/+", f"{prefix}/events/rpc"
        self.filters: Sequence[str] = (self._status, self._events)
        """Topics in which they appear."""

    def announced(self, topic: str, payload: bytes) -> Sequence[Discovery] | None:
        """See `Dialect.announced`."""
        if captured(self._status, topic) is not None:
            prefix, _, part = topic.rpartition("/status/")
            parts = {part: parsed(payload, _LARGEST)} if shelly_gen2.is_part(part) else {}
        elif captured(self._events, topic) is not None:
            prefix = topic.removesuffix("/events/rpc")
            content = parsed(payload, _LARGEST)
            params = content.get("params") if isinstance(content, Mapping) else None
            parts = dict(params) if isinstance(params, Mapping) else {}
        else:
            return None
        found = [
            one
            for part, content in parts.items()
            if isinstance(content, Mapping) and (one := self._part(prefix, part, content))
        ]
        return found or None

    def _part(self, prefix: str, part: str, content: Mapping[str, object]) -> Discovery | None:
        origin = f"{prefix}/status/{part}"
        if not shelly_gen2.is_part(part):
            return None
        looks = shelly_gen2.looks(part, content)
        seen = None if looks is None else self._parts.learn(origin, looks)
        if seen is None:
            return None
        device = _device(prefix.rpartition("/")[2], prefix, origin)
        return _discovery(device, shelly_gen2.drivers(device, part, seen))


def remembered(known: Iterable[Entity]) -> list[Discovery]:
    """Announcements on behalf of devices that were known before a restart and may stay silent.

    Args:
        known: entities; those of other dialects are left out.
    """
    origins: dict[str, list[Entity]] = {}
    for entity in known:
        if entity.protocol == PROTOCOL:
            origins.setdefault(entity.origin, []).append(entity)
    return [found for origin, parts in origins.items() if (found := _recalled(origin, parts))]


def _recalled(origin: str, entities: Sequence[Entity]) -> Discovery | None:
    features = frozenset[str]().union(*(entity.features for entity in entities))
    topic, separator, part = origin.rpartition("/status/")
    if separator and shelly_gen2.is_part(part):
        device = _device(topic.rpartition("/")[2], topic, origin)
        measured = {entity.main for entity in entities}
        seen = shelly_gen2.recalled(features, measured)
        return _discovery(device, shelly_gen2.drivers(device, part, seen))
    prefix, _, rest = origin.partition("/")
    match = _FIRST.fullmatch(rest)
    if match is None:
        return None
    device = _device(match["id"], f"{prefix}/{match['id']}", origin)
    driver = shelly_gen1.driver(
        device, match["part"], shelly_gen1.recalled(match["part"], features)
    )
    return _discovery(device, [driver] if driver else [])


def _device(identifier: str, topic: str, origin: str) -> Shelly:
    name, usable = kinds.named(identifier, "")
    return Shelly(f"shelly:{identifier}", name, usable, topic, origin)


def _discovery(device: Shelly, drivers: Sequence[MappedDriver]) -> Discovery:
    if not device.usable:
        return Discovery(device.origin, refused=("the name of a device cannot be used",))
    reachable = [
        replace(one, reads={**one.reads, **device.availability}) if index == 0 else one
        for index, one in enumerate(drivers)
    ]
    return Discovery(device.origin, tuple(reachable))
