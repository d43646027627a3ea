"""What the nodes of a Homie device are: lamps, locks, covers; else one entity for each property."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sensors import payload as payloads
from sensors import phrases, quantities
from sensors.areas import folded
from sensors.discovery import homie_lamps, kinds
from sensors.discovery.homie_device import Homie, Property, properties, words
from sensors.discovery.mapped import (
    Arguments,
    MappedDriver,
    Said,
    Send,
    Understand,
    amount,
    choice,
    number,
    only,
    word,
)
from sensors.entities import Entity, Publication
from sensors.topics import is_valid_filter

_MAX_ENTITIES = 64
"""Of one device."""

_LOCKS = frozenset({"lock", "locked"})

_yes = word(true=True, false=False)
_on_off = word(true="on", false="off")
_bolt = word(true="locked", false="unlocked")
_covering = word(
    open="open", opened="open", up="open", opening="opening", closed="closed", close="closed",
    down="closed", closing="closing",
)  # fmt: skip


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
    found = list(properties(device, node, about))
    name = device.name if alone else _joined(device.name, node_name)
    kind = words(about.get("type"), node, node_name, device.name)
    lamp = homie_lamps.lamp(device, node, name, kind, found)
    if lamp is not None:
        driver, used = lamp
        yield driver
        found = [prop for prop in found if prop.key not in used]
    for prop in found:
        # What a node does is called like the node, what it measures is a part of its name.
        only_one = prop.settable and len(found) == 1 and lamp is None
        made = _single(device, prop, name if only_one else _joined(name, prop.name))
        if made is not None:
            yield made


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
        entity = replace(device.entity("select", name, prop.key), options=tuple(choices))
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
        return _made(device.entity("sensor", name, prop.key), prop, payloads.plain, {})
    return None


def _two_states(device: Homie, prop: Property, name: str) -> MappedDriver:
    """A lock is a lock whatever its convention calls it: it must not pass for a mere switch."""
    true, false = prop.sets("true"), prop.sets("false")
    if prop.words & _LOCKS:
        entity = device.entity("lock", name, prop.key)
        return _made(entity, prop, _bolt, {"lock": true, "unlock": false})
    entity = device.entity("switch", name, prop.key)
    return _made(entity, prop, _on_off, {"turn_on": true, "turn_off": false})


def _cover(device: Homie, prop: Property, name: str, choices: Mapping[str, str]) -> MappedDriver:
    raw = {one.lower(): one for one in choices.values()}
    services: dict[str, Send] = {
        one: prop.sets(raw[one]) for one in ("open", "close", "stop") if one in raw
    }
    return _made(device.entity("cover", name, prop.key), prop, _covering, services)


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
    return replace(device.entity(domain, name, prop.key), unit=unit, device_class=device_class)


def _to_option(
    prop: Property, choices: Mapping[str, str], arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, "option")
    return prop.set(choice(arguments, "option", choices))


def _to_value(prop: Property, arguments: Arguments) -> Sequence[Publication]:
    only(arguments, "value")
    return prop.set(prop.written(amount(arguments, "value", *(prop.limits or (-1e9, 1e9)))))


def _quantity(prop: Property) -> str:
    return quantities.canonical(phrases.spoken(prop.name).lower())


def _joined(name: str, more: str) -> str:
    """Two names as one, without saying a word twice."""
    return name if folded(more) in folded(name) else f"{name} {more}"
