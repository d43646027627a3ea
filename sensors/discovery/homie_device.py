"""A Homie device and its properties, read from strangers' descriptions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from sensors import phrases, quantities
from sensors.areas import folded
from sensors.discovery import kinds
from sensors.discovery.generic import slug
from sensors.discovery.mapped import Said, Send, fixed, number, options, word
from sensors.entities import Entity, Publication

PROTOCOL = "homie"

_MAX_PROPERTIES = 64
"""Of one node."""

_state = word(
    ready="online", sleeping="online", alert="online", init="offline", disconnected="offline",
    lost="offline",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Homie:
    """One device.

    Attributes:
        source: of its readings.
        name: what people call it.
        usable: whether that is the name it gave itself.
        topic: its topics begin with.
        root: topic of the device that it is reached through, "" when there is none.
        origin: topic of the announcement.
    """

    source: str
    name: str
    usable: bool
    topic: str
    root: str
    origin: str

    @classmethod
    def of(cls, base: str, device: str, description: Mapping[str, object], origin: str) -> Self:
        """From its description."""
        name, usable = kinds.named(description.get("name"), "")
        called, tame = kinds.named(device, "homie device")
        root = description.get("root")
        above = f"{base}/{root}" if isinstance(root, str) and root and root != device else ""
        return cls(
            source=f"homie:{device if tame else slug(called)}",
            name=name or called,
            usable=tame and (usable or description.get("name") is None),
            topic=f"{base}/{device}",
            root=above,
            origin=origin,
        )

    @property
    def availability(self) -> Mapping[str, tuple[Said, ...]]:
        """What tells whether it can be reached."""
        told = {f"{self.topic}/$state": (Said("availability", (), _state),)}
        above = {f"{self.root}/$state": (Said("gateway", (), _state),)} if self.root else {}
        return {**told, **above}

    def entity(self, domain: str, name: str, main: str) -> Entity:
        """One of its entities."""
        return Entity(
            id=f"{domain}.{slug(name)}",
            name=name,
            domain=domain,
            device_class=kinds.told_by_name(domain, name),
            source=self.source,
            main=main,
            device=name if domain in ("switch", "light", "lock", "cover") else self.name,
            protocol=PROTOCOL,
            origin=self.origin,
        )


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a node.

    Attributes:
        key: last part of its readings' keys, unique in the device.
        topic: of its value.
        name: what people call it.
        words: what it is called in any way, for guessing what it is.
        datatype: "boolean", "float", "integer", "enum", "color", "string", ...
        form: what values it takes.
        unit: as people write it.
        settable: whether it takes commands.
    """

    key: str
    topic: str
    name: str
    words: frozenset[str]
    datatype: str
    form: str
    unit: str
    settable: bool

    @property
    def limits(self) -> tuple[float, float] | None:
        """Smallest and largest value: "0:100" and, in version 5, "0:100:1"."""
        ends = [number(part) for part in self.form.split(":")[:2]]
        if len(ends) < 2 or ends[0] is None or ends[1] is None or ends[0] >= ends[1]:
            return None
        return ends[0], ends[1]

    @property
    def choices(self) -> dict[str, str]:
        """The words of an enum by what people call them."""
        return options(self.form.split(",")) if self.datatype == "enum" else {}

    def sets(self, value: str) -> Send:
        """A service that always sets it to the same."""
        return fixed(f"{self.topic}/set", value)

    def set(self, value: str) -> list[Publication]:
        """The message that sets it."""
        return [Publication(f"{self.topic}/set", value)]

    def written(self, value: float) -> str:
        """A number as it wants to be told."""
        return str(round(value)) if self.datatype == "integer" else f"{value:g}"


def properties(device: Homie, node: str, about: Mapping[str, object]) -> Iterator[Property]:
    """The properties of a node that somebody can speak of."""
    listed = about.get("properties")
    for prop, raw in list(listed.items())[:_MAX_PROPERTIES] if isinstance(listed, Mapping) else ():
        topic = f"{device.topic}/{node}/{prop}"
        tame = kinds.named(prop, "")[1] and kinds.named(node, "")[1]
        if not isinstance(raw, Mapping) or not tame or set(topic) & set("+#\0"):
            continue
        form, unit = raw.get("format"), raw.get("unit")
        yield Property(
            key=slug(f"{node} {prop}"),
            topic=topic,
            name=kinds.named(raw.get("name"), "")[0] or phrases.spoken(prop),
            words=words(prop),
            datatype=str(raw.get("datatype")),
            form=form if isinstance(form, str) and len(form) < 1_024 else "",
            unit=quantities.unit(unit) if isinstance(unit, str) else "",
            settable=raw.get("settable") is True,
        )


def words(*texts: object) -> frozenset[str]:
    """All words of some texts, as they are compared."""
    return frozenset(
        found for text in texts if isinstance(text, str) for found in folded(text[:64]).split(" ")
    )
