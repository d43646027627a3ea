"""What zigbee2mqtt's specific types can do: lights, switches, locks, covers, fans, thermostats."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from sensors.discovery import kinds
from sensors.discovery.mapped import (
    Arguments,
    MappedDriver,
    Said,
    amount,
    number,
    only,
    options,
    plainly,
    scaled,
)
from sensors.discovery.zigbee2mqtt_climate import climate
from sensors.discovery.zigbee2mqtt_device import Device, Expose
from sensors.discovery.zigbee2mqtt_lights import light
from sensors.discovery.zigbee2mqtt_part import Build, Part, switch, two_states, values
from sensors.entities import Publication
from sensors.events import Value


def driver(device: Device, expose: Expose) -> MappedDriver | None:
    """What drives it; None when its main property is missing."""
    build = _BUILDERS.get(expose.kind)
    part = build(device, expose) if build else None
    if part is None:
        return None
    entity = device.entity(expose.kind, *([expose.endpoint] if expose.endpoint else []))
    source = f"{device.source}/{expose.endpoint}" if expose.endpoint else device.source
    entity = replace(
        entity,
        source=source,
        device_class=kinds.told_by_name(expose.kind, device.name, device.description),
        features=frozenset(part.features),
        options=tuple(part.options),
        limits=part.limits,
        unit=part.unit,
    )
    return MappedDriver(entity, {device.topic: tuple(part.says)}, part.services, device.alias)


def _lock(device: Device, expose: Expose) -> Part | None:
    state = expose.features.get("state")
    if state is None:
        return None
    lock, unlock = (str(value) for value in values(state))
    part = Part([two_states(state, "locked", "unlocked")])
    part.services = {
        "lock": device.sets(state.prop, lock),
        "unlock": device.sets(state.prop, unlock),
    }
    if bolt := expose.features.get("lock_state"):
        part.says = [Said("state", (bolt.prop,), _bolt)]
    return part


def _bolt(raw: object) -> Value | None:
    known = {"locked": "locked", "unlocked": "unlocked", "not_fully_locked": "jammed"}
    return known.get(plainly(raw))


def _cover(device: Device, expose: Expose) -> Part | None:
    state, position = expose.features.get("state"), expose.features.get("position")
    part = Part()
    if position:
        part.says += [
            Said("state", (position.prop,), _open_from),
            Said("position", (position.prop,), partial(scaled, largest=100.0), "%"),
        ]
        part.features.add("position")
        part.services["set_position"] = partial(_to_position, device, position)
    if state:
        if not position:
            part.says.append(Said("state", (state.prop,), _open_word))
        words = {"open": "OPEN", "close": "CLOSE", "stop": "STOP"}
        part.services |= {name: device.sets(state.prop, raw) for name, raw in words.items()}
    return part if state or position else None


def _open_from(raw: object) -> Value | None:
    percent = number(raw)
    return None if percent is None else ("open" if percent > 0 else "closed")


def _open_word(raw: object) -> Value | None:
    return {"open": "open", "close": "closed", "closed": "closed"}.get(plainly(raw))


def _to_position(device: Device, position: Expose, arguments: Arguments) -> Sequence[Publication]:
    only(arguments, "position")
    return device.set(**{position.prop: round(amount(arguments, "position", 0, 100))})


def _fan(device: Device, expose: Expose) -> Part | None:
    part = switch(device, expose)
    mode, speed = expose.features.get("mode"), expose.features.get("speed")
    if part is None and mode is None:
        return None
    part = part or Part()
    if mode:
        said = options(mode.raw.get("values"))
        levels = [raw for raw in said.values() if raw.lower() in _FAN_LEVELS]
        part.says.append(Said("preset_mode", (mode.prop,)))
        if "turn_on" not in part.services:
            part.says.insert(0, Said("state", (mode.prop,), _on_from_mode))
            part.services["turn_on"] = device.sets(mode.prop, "on" if "on" in said else "auto")
            part.services["turn_off"] = device.sets(mode.prop, "off")
        if levels and not speed:
            part.says.append(Said("percentage", (mode.prop,), partial(_level, levels=levels), "%"))
            part.features.add("set_speed")
            part.services["set_speed"] = partial(_to_level, device, mode, levels)
    if speed:
        largest = speed.largest
        part.says.append(Said("percentage", (speed.prop,), partial(scaled, largest=largest), "%"))
        part.features.add("set_speed")
        part.services["set_speed"] = partial(_to_speed, device, speed, largest)
    return part


_FAN_LEVELS = ("low", "medium", "high")


def _on_from_mode(raw: object) -> Value | None:
    said = plainly(raw)
    return None if not said else ("off" if said == "off" else "on")


def _level(raw: object, levels: Sequence[str]) -> Value | None:
    lowered = [one.lower() for one in levels]
    said = plainly(raw)
    if said in ("", "off"):
        return 0.0 if said else None
    return round((lowered.index(said) + 1) / len(levels) * 100, 1) if said in lowered else None


def _to_level(
    device: Device, mode: Expose, levels: Sequence[str], arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, "percentage")
    percent = amount(arguments, "percentage", 0, 100)
    if percent == 0:
        return device.set(**{mode.prop: "off"})
    step = min(int(percent / 100 * len(levels) - 1e-9), len(levels) - 1)
    return device.set(**{mode.prop: levels[step]})


def _to_speed(
    device: Device, speed: Expose, largest: float, arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, "percentage")
    percent = amount(arguments, "percentage", 0, 100)
    return device.set(**{speed.prop: round(percent / 100 * largest)})


_BUILDERS: Mapping[str, Build] = {
    "light": light,
    "switch": switch,
    "lock": _lock,
    "cover": _cover,
    "fan": _fan,
    "climate": climate,
}
