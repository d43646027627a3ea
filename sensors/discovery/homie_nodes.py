"""What the nodes of a Homie device are: lamps, locks, covers; else one entity for each property."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

from sensors import payload as payloads
from sensors import phrases, quantities
from sensors.areas import folded
from sensors.discovery import colours, kinds
from sensors.discovery.generic import slug
from sensors.discovery.mapped import (
    Arguments,
    MappedDriver,
    Said,
    Send,
    Understand,
    amount,
    choice,
    fixed,
    number,
    only,
    options,
    scaled,
    word,
)
from sensors.entities import Entity, Publication
from sensors.events import Value
from sensors.topics import is_valid_filter

PROTOCOL = "homie"

_MAX_ENTITIES = 64
"""Of one device."""

_LAMPS = frozenset({"light", "lights", "lamp", "bulb", "dimmer", "led"})
_LOCKS = frozenset({"lock", "locked"})
_LEVELS = frozenset({"brightness", "dimmer", "level", "dim", "intensity"})

_yes = word(true=True, false=False)
_on_off = word(true="on", false="off")
_bolt = word(true="locked", false="unlocked")
_state = word(
    ready="online", sleeping="online", alert="online", init="offline", disconnected="offline",
    lost="offline",
)  # fmt: skip
_covering = word(
    open="open", opened="open", up="open", opening="opening", closed="closed", close="closed",
    down="closed", closing="closing",
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


def drivers(device: Homie, description: Mapping[str, object]) -> list[MappedDriver]:
    """What drives the device."""
    nodes = description.get("nodes")
    if not device.usable or not isinstance(nodes, Mapping) or not is_valid_filter(device.topic):
        return []
    found: list[MappedDriver] = []
    for node, about in list(nodes.items())[:_MAX_ENTITIES]:
        if isinstance(about, Mapping):
            found += _node(device, node, about, alone=len(nodes) == 1)
    found = found[:_MAX_ENTITIES]
    seen: set[str] = set()
    for index, driver in enumerate(found):
        if driver.entity.source not in seen:
            seen.add(driver.entity.source)
            found[index] = replace(driver, reads={**driver.reads, **device.availability})
    return found


def _node(
    device: Homie, node: str, about: Mapping[str, object], *, alone: bool
) -> Iterator[MappedDriver]:
    named, _ = kinds.named(about.get("name"), "")
    node_name = named or kinds.named(node, "")[0]
    properties = list(_properties(device, node, about))
    name = device.name if alone else _joined(device.name, node_name)
    kind = _words(about.get("type"), node, node_name, device.name)
    lamp = _lamp(device, node, name, kind, properties)
    if lamp is not None:
        driver, used = lamp
        yield driver
        properties = [prop for prop in properties if prop.key not in used]
    for prop in properties:
        # What a node does is called like the node, what it measures is a part of its name.
        only_one = prop.settable and len(properties) == 1 and lamp is None
        made = _single(device, prop, name if only_one else _joined(name, prop.name))
        if made is not None:
            yield made


def _properties(device: Homie, node: str, about: Mapping[str, object]) -> Iterator[Property]:
    listed = about.get("properties")
    for prop, raw in list(listed.items())[:_MAX_ENTITIES] if isinstance(listed, Mapping) else ():
        topic = f"{device.topic}/{node}/{prop}"
        tame = kinds.named(prop, "")[1] and kinds.named(node, "")[1]
        if not isinstance(raw, Mapping) or not tame or set(topic) & set("+#\0"):
            continue
        form, unit = raw.get("format"), raw.get("unit")
        yield Property(
            key=slug(f"{node} {prop}"),
            topic=topic,
            name=kinds.named(raw.get("name"), "")[0] or phrases.spoken(prop),
            words=_words(prop),
            datatype=str(raw.get("datatype")),
            form=form if isinstance(form, str) and len(form) < 1_024 else "",
            unit=quantities.unit(unit) if isinstance(unit, str) else "",
            settable=raw.get("settable") is True,
        )


def _lamp(
    device: Homie, node: str, name: str, kind: frozenset[str], properties: Sequence[Property]
) -> tuple[MappedDriver, frozenset[str]] | None:
    """A lamp made of several properties, and which; None when the node is none."""
    settable = [prop for prop in properties if prop.settable]
    power = next((prop for prop in settable if prop.datatype == "boolean"), None)
    numeric = [prop for prop in settable if prop.datatype in ("float", "integer")]
    level = next((prop for prop in numeric if prop.words & _LEVELS), None)
    colour = next((prop for prop in settable if prop.datatype == "color"), None)
    parts = [prop for prop in (power, level, colour) if prop is not None]
    if not parts or not (kind & _LAMPS or (power and colour)) or not (power or level):
        return None
    lit = _Lit(power, level, colour)
    source = f"{device.source}/{slug(node)}"
    entity = replace(_entity(device, "light", name, "state"), source=source, features=lit.features)
    services: dict[str, Send] = {"turn_on": lit.turn_on, "turn_off": lit.turn_off}
    return MappedDriver(entity, lit.reads, services), frozenset(prop.key for prop in parts)


@dataclass(frozen=True, slots=True)
class _Lit:
    """How a lamp is switched and what it says; it has power or a level at least."""

    power: Property | None
    level: Property | None
    colour: Property | None

    @property
    def features(self) -> frozenset[str]:
        return frozenset(
            name
            for name, prop in (("brightness", self.level), ("color", self.colour))
            if prop is not None
        )

    @property
    def reads(self) -> Mapping[str, tuple[Said, ...]]:
        reads: dict[str, tuple[Said, ...]] = {}
        if self.power:
            reads[self.power.topic] = (Said("state", (), _on_off),)
        if self.level:
            percent = Said("brightness", (), partial(scaled, largest=self._largest), "%")
            shines = (Said("state", (), _shines),) if self.power is None else ()
            reads[self.level.topic] = (*shines, percent)
        if self.colour:
            said = partial(_colour, form=self.colour.form)
            reads[self.colour.topic] = (Said("color", (), said),)
        return reads

    @property
    def _largest(self) -> float:
        limits = self.level.limits if self.level else None
        return limits[1] if limits and limits[1] > 0 else 100.0

    def turn_on(self, arguments: Arguments) -> Sequence[Publication]:
        only(arguments, *self.features)
        sent: list[Publication] = []
        if self.colour and "color" in arguments:
            sent += self.colour.set(_written(colours.rgb(arguments["color"]), self.colour.form))
        if self.level and ("brightness" in arguments or self.power is None):
            percent = amount({"brightness": 100.0, **arguments}, "brightness", 0, 100)
            if percent == 0:
                return self.turn_off({})
            sent += self.level.set(_level(percent / 100 * self._largest, self.level))
        return sent + (self.power.set("true") if self.power else [])

    def turn_off(self, arguments: Arguments) -> Sequence[Publication]:
        only(arguments)
        if self.power:
            return self.power.set("false")
        return self.level.set("0") if self.level else []


def _single(device: Homie, prop: Property, name: str) -> MappedDriver | None:
    """One entity of one property; None for what nobody can use."""
    return _settable(device, prop, name) if prop.settable else _readable(device, prop, name)


def _settable(device: Homie, prop: Property, name: str) -> MappedDriver | None:
    choices = prop.choices
    if prop.datatype == "boolean":
        return _two_states(device, prop, name)
    if {"open", "close"} <= {one.lower() for one in choices.values()}:
        return _cover(device, prop, name, choices)
    if prop.datatype == "enum":
        entity = replace(_entity(device, "select", name, prop.key), options=tuple(choices))
        services = {"select": partial(_to_option, prop, choices)}
        return _made(entity, prop, payloads.plain, services)
    if prop.datatype in ("float", "integer"):
        entity = replace(_measuring(device, "number", name, prop), limits=prop.limits)
        return _made(entity, prop, number, {"set_value": partial(_to_value, prop)})
    return None


def _readable(device: Homie, prop: Property, name: str) -> MappedDriver | None:
    if prop.datatype == "boolean":
        return _made(_measuring(device, "binary_sensor", name, prop), prop, _yes, {})
    if prop.datatype in ("float", "integer"):
        return _made(_measuring(device, "sensor", name, prop), prop, number, {})
    if prop.datatype in ("enum", "string"):
        return _made(_entity(device, "sensor", name, prop.key), prop, payloads.plain, {})
    return None


def _two_states(device: Homie, prop: Property, name: str) -> MappedDriver:
    """A lock is a lock whatever its convention calls it: it must not pass for a mere switch."""
    true, false = prop.sets("true"), prop.sets("false")
    if prop.words & _LOCKS:
        entity = _entity(device, "lock", name, prop.key)
        return _made(entity, prop, _bolt, {"lock": true, "unlock": false})
    entity = _entity(device, "switch", name, prop.key)
    return _made(entity, prop, _on_off, {"turn_on": true, "turn_off": false})


def _cover(device: Homie, prop: Property, name: str, choices: Mapping[str, str]) -> MappedDriver:
    raw = {one.lower(): one for one in choices.values()}
    services: dict[str, Send] = {
        one: prop.sets(raw[one]) for one in ("open", "close", "stop") if one in raw
    }
    return _made(_entity(device, "cover", name, prop.key), prop, _covering, services)


def _made(
    entity: Entity, prop: Property, understand: Understand, services: Mapping[str, Send]
) -> MappedDriver:
    quantity = "state" if entity.domain in ("switch", "lock", "cover") else _quantity(prop)
    said = Said(prop.key, (), understand, entity.unit, quantity)
    return MappedDriver(entity, {prop.topic: (said,)}, services)


def _measuring(device: Homie, domain: str, name: str, prop: Property) -> Entity:
    quantity = _quantity(prop)
    unit = prop.unit or (quantities.chosen(quantity, "") if domain == "sensor" else "")
    device_class = kinds.of_property(quantity, domain, name, device.name)
    return replace(_entity(device, domain, name, prop.key), unit=unit, device_class=device_class)


def _entity(device: Homie, domain: str, name: str, main: str) -> Entity:
    return Entity(
        id=f"{domain}.{slug(name)}",
        name=name,
        domain=domain,
        device_class=kinds.told_by_name(domain, name),
        source=device.source,
        main=main,
        device=name if domain in ("switch", "light", "lock", "cover") else device.name,
        protocol=PROTOCOL,
        origin=device.origin,
    )


def _to_option(
    prop: Property, choices: Mapping[str, str], arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, "option")
    return prop.set(choice(arguments, "option", choices))


def _to_value(prop: Property, arguments: Arguments) -> Sequence[Publication]:
    only(arguments, "value")
    return prop.set(_level(amount(arguments, "value", *(prop.limits or (-1e9, 1e9))), prop))


def _level(value: float, prop: Property) -> str:
    return str(round(value)) if prop.datatype == "integer" else f"{value:g}"


def _shines(raw: object) -> Value | None:
    level = number(raw)
    return None if level is None else ("on" if level > 0 else "off")


def _colour(raw: object, form: str) -> Value | None:
    """Three numbers in the form's space; version 5 says the space first: "rgb,255,0,0"."""
    if not isinstance(raw, str):
        return None
    space, _, rest = raw.partition(",")
    if not space.isalpha():
        space, rest = form.partition(",")[0], raw
    parts = [number(part) for part in rest.split(",")]
    if len(parts) != 3:
        return None
    names = {"rgb": ("r", "g", "b"), "hsv": ("h", "s", "v")}.get(space, ())
    return colours.components(dict(zip(names, parts, strict=False)))


def _written(colour: colours.RGB, form: str) -> str:
    spaces = form.split(",")
    prefix = f"{spaces[0]}," if len(spaces) > 1 or "xyz" in spaces else ""
    if "rgb" in spaces:
        prefix = prefix and "rgb,"
        return prefix + ",".join(map(str, colour))
    hue, saturation, value = colours.hsv(colour)
    return f"{prefix and 'hsv,'}{hue},{saturation},{value}"


def _quantity(prop: Property) -> str:
    return quantities.canonical(phrases.spoken(prop.name).lower())


def _joined(name: str, more: str) -> str:
    """Two names as one, without saying a word twice."""
    return name if folded(more) in folded(name) else f"{name} {more}"


def _words(*texts: object) -> frozenset[str]:
    return frozenset(
        found for text in texts if isinstance(text, str) for found in folded(text[:64]).split(" ")
    )
