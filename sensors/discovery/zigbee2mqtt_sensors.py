"""zigbee2mqtt's generic types: what a device measures, and what can be set beside."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from sensors import payload as payloads
from sensors import phrases, quantities
from sensors.discovery import kinds
from sensors.discovery.mapped import (
    Arguments,
    MappedDriver,
    Said,
    Send,
    amount,
    choice,
    number,
    only,
    options,
    plainly,
)
from sensors.discovery.zigbee2mqtt_device import Device, Expose, plain
from sensors.entities import Entity, Publication
from sensors.events import Value
from sensors.things import RADIO

_SELF_EVIDENT = frozenset({"contact", "opening", "state", "running"})
"""Properties that are what the device is called after: "front door" is open."""

_OF_A_DEVICE = frozenset({"battery", "battery_low"})
"""Properties that are "diagnostic" for zigbee2mqtt and that people ask for all the same."""


def driver(device: Device, expose: Expose) -> MappedDriver | None:
    """What drives it; None for what only an installer wants to know."""
    if not expose.published or not _is_wanted(expose):
        return None
    domain = _domain(expose)
    if not domain:
        return None
    understand = partial(_binary, expose=expose) if expose.kind == "binary" else _UNDERSTAND[domain]
    unit = quantities.unit(str(expose.raw.get("unit", "")))
    entity = _entity(device, expose, domain, unit)
    if domain == "switch":
        understand = partial(_on_off, expose=expose)
    said = Said(entity.main, (expose.prop,), understand, unit)
    return MappedDriver(
        entity, {device.topic: (said,)}, _services(device, expose, domain), device.alias
    )


def _is_wanted(expose: Expose) -> bool:
    words = phrases.spoken(expose.name).lower()
    if not expose.prop or words in RADIO:
        return False
    return expose.raw.get("category") not in ("config", "diagnostic") or expose.name in _OF_A_DEVICE


def _domain(expose: Expose) -> str:
    domains = {
        "binary": ("binary_sensor", "switch"),
        "numeric": ("sensor", "number"),
        "enum": ("sensor", "select"),
        "text": ("sensor", "sensor"),
    }
    return domains.get(expose.kind, ("", ""))[expose.settable]


def _entity(device: Device, expose: Expose, domain: str, unit: str) -> Entity:
    words, _ = kinds.named(expose.prop, "")
    what = (words or expose.label or "value").lower()
    named = expose.name in _SELF_EVIDENT or set(what.split()) <= set(device.name.lower().split())
    quantity = quantities.canonical(phrases.spoken(expose.name).lower())
    texts = (device.name, device.description)
    return replace(
        device.entity(domain, what, name=device.name if named else ""),
        device_class=kinds.of_property(expose.name, domain, *texts),
        unit=unit or (quantities.chosen(quantity, "") if domain == "sensor" else ""),
        options=tuple(options(expose.raw.get("values"))) if expose.kind == "enum" else (),
        limits=expose.limits() if domain == "number" else None,
        main=slug_of(expose.prop),
    )


def slug_of(prop: str) -> str:
    """A property as the last part of a key."""
    return prop.replace("/", "_")


def _services(device: Device, expose: Expose, domain: str) -> Mapping[str, Send]:
    if domain == "switch":
        on, off = expose.raw.get("value_on", True), expose.raw.get("value_off", False)
        return {"turn_on": device.sets(expose.prop, on), "turn_off": device.sets(expose.prop, off)}
    if domain == "number":
        return {"set_value": partial(_to_value, device, expose)}
    if domain == "select":
        words = options(expose.raw.get("values"))
        return {"select": partial(_to_option, device, expose, words)}
    return {}


def _to_value(device: Device, expose: Expose, arguments: Arguments) -> Sequence[Publication]:
    only(arguments, "value")
    amount(arguments, "value", *(expose.limits() or (-1e9, 1e9)))
    return device.set(**{expose.prop: plain(arguments, "value")})


def _to_option(
    device: Device, expose: Expose, words: Mapping[str, str], arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, "option")
    return device.set(**{expose.prop: choice(arguments, "option", words)})


def _binary(raw: object, expose: Expose) -> Value | None:
    """Yes or no. A contact is yes when it is closed: what is exposed as "on" is the open door."""
    on, off = plainly(expose.raw.get("value_on", True)), plainly(expose.raw.get("value_off", False))
    said = plainly(raw)
    if not said or said not in (on, off):
        return None
    return (said == on) != (expose.name == "contact")


def _on_off(raw: object, expose: Expose) -> Value | None:
    value = _binary(raw, expose)
    return None if value is None else ("on" if value else "off")


_UNDERSTAND = {
    "sensor": payloads.plain,
    "number": number,
    "select": payloads.plain,
}
