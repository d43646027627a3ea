"""A device of zigbee2mqtt and one thing that it exposes, read from strangers' JSON."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sensors.discovery import kinds
from sensors.discovery.generic import slug
from sensors.discovery.mapped import Arguments, MappedDriver, Send, fixed
from sensors.entities import Entity, Publication

PROTOCOL = "zigbee2mqtt"

_PUBLISHED, _SETTABLE = 1, 2
"""Bits of `access`: it is in the state messages; it can be set."""

_MAX_FEATURES = 32

_LARGEST = 2.0**32
"""Of a number that describes something: the largest that Zigbee can write is smaller."""

_ZIGBEE_MOST = 254.0
"""Of brightness and speed; 255 stands for unknown."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device or a group.

    Attributes:
        source: of its readings.
        name: what people call it.
        usable: whether that is the name it gave itself.
        topic: of its state.
        alias: stands for the topic in readings, "" for the topic itself.
        description: what its maker calls it; only its words are looked at, it is shown to nobody.
        origin: topic of the announcement.
    """

    source: str
    name: str
    usable: bool
    topic: str
    alias: str
    description: str
    origin: str

    def entity(self, domain: str, *what: str, name: str = "") -> Entity:
        """An entity of the device; `what` tells it from the device's others of the domain."""
        called = name or " ".join((self.name, *what))
        return Entity(
            id=f"{domain}.{slug(' '.join((self.name, *what)))}",
            name=called,
            domain=domain,
            source=self.source,
            device=self.name,
            protocol=PROTOCOL,
            origin=self.origin,
        )

    def set(self, **fields: object) -> list[Publication]:
        """The message that sets some properties."""
        return [Publication(f"{self.topic}/set", json.dumps(fields))]

    def sets(self, prop: str, value: object) -> Send:
        """A service that always sets one property to the same."""
        return fixed(f"{self.topic}/set", json.dumps({prop: value}))


@dataclass(frozen=True, slots=True)
class Expose:
    """One thing that a device exposes.

    Attributes:
        kind: "light", "switch", ..., or "binary", "numeric", "enum", "text", "composite", "list".
        name: "state", "temperature", ...
        prop: key in the state message.
        label: what people call it, "".
        endpoint: which part of the device, "" for the whole.
        raw: the rest.
        features: by name, of a specific kind or a composite.
    """

    kind: str
    name: str
    prop: str
    label: str
    endpoint: str
    raw: Mapping[str, object]
    features: Mapping[str, "Expose"]

    @classmethod
    def of(cls, raw: object, *, deep: bool = True) -> "Expose | None":
        """From JSON; None for what has neither a type nor a name."""
        if not isinstance(raw, Mapping) or not isinstance(raw.get("type"), str):
            return None
        parts = raw.get("features")
        listed = parts[:_MAX_FEATURES] if isinstance(parts, list) and deep else []
        found = [one for part in listed if (one := cls.of(part, deep=False))]
        name = _text(raw.get("name"))
        return cls(
            kind=str(raw["type"]),
            name=name,
            prop=_text(raw.get("property")) or name,
            label=kinds.named(raw.get("label"), "")[0],
            endpoint=kinds.named(raw.get("endpoint"), "")[0],
            raw=raw,
            features={one.name: one for one in found},
        )

    def only(self, names: Iterable[str]) -> "Expose":
        """With some of the features, for the whole of a group."""
        kept = {name: self.features[name] for name in sorted(names) if name in self.features}
        whole = {name: replace(one, prop=one.name, endpoint="") for name, one in kept.items()}
        return replace(self, endpoint="", features=whole)

    @property
    def published(self) -> bool:
        """Whether it is in the state messages."""
        return bool(self._access & _PUBLISHED)

    @property
    def settable(self) -> bool:
        """Whether it can be set."""
        return bool(self._access & _SETTABLE)

    @property
    def _access(self) -> int:
        access = self.raw.get("access")
        return int(access) if isinstance(access, float) and 0 <= access < 8 else 0

    def number(self, name: str) -> float | None:
        """A number that describes it, such as "value_max"; None for what no device counts to."""
        raw = self.raw.get(name)
        return raw if isinstance(raw, float) and abs(raw) <= _LARGEST else None

    @property
    def largest(self) -> float:
        """The number for the most of a level; Zigbee's own where it says what is none."""
        found = self.number("value_max")
        return found if found is not None and found >= 1.0 else _ZIGBEE_MOST

    def limits(self) -> tuple[float, float] | None:
        """Smallest and largest value, if both are told."""
        lowest, largest = self.number("value_min"), self.number("value_max")
        return None if lowest is None or largest is None or lowest >= largest else (lowest, largest)


def scene(group: Device, number: object, name: object) -> MappedDriver | None:
    """A scene of a group; None if nobody could say its name."""
    called, usable = kinds.named(name, "")
    if not usable or not isinstance(number, float):
        return None
    entity = group.entity("scene", called)
    entity = replace(entity, aliases=(called,), main=f"scene {number:g}")
    return MappedDriver(entity, {}, {"activate": group.sets("scene_recall", int(number))})


def plain(arguments: Arguments, name: str) -> object:
    """An argument as JSON wants it: whole numbers without a point."""
    value = arguments[name]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(raw: object) -> str:
    return raw if isinstance(raw, str) and len(raw) <= 64 else ""
