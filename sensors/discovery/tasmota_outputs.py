"""What a Tasmota device switches: relays, lights, shutters, a ceiling fan.

The numbers come from Tasmota's own code (xdrv_12_discovery.ino): `rl` lists what each output is
(1 relay, 2 light, 3 shutter), `lt_st` the channels of the light (1 dimmer, 2 white tones, 3 and
more colour), `so` the options that decide what a relay is shown as (30: a light).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from sensors.discovery import colours
from sensors.discovery.mapped import (
    Arguments,
    MappedDriver,
    Said,
    Send,
    amount,
    fixed,
    number,
    only,
    scaled,
    word,
)
from sensors.discovery.tasmota_device import Tasmota
from sensors.entities import Publication
from sensors.events import Value

_RELAY, _LIGHT, _SHUTTER = 1.0, 2.0, 3.0

_MEGA = 1_000_000.0
"""Kelvin times mired."""

_COLDEST, _WARMEST = 153, 500
"""Mireds that Tasmota's lights take."""

_SPEEDS = 3
"""Of Sonoff's iFan."""

_on_off = word(on="on", off="off")


def drivers(device: Tasmota) -> list[MappedDriver]:
    """What drives the outputs."""
    outputs = device.listed("rl")
    found: list[MappedDriver] = []
    if device.config.get("if") == 1.0:
        found.append(_fan(device))
        outputs = outputs[:1]
    lights = [index for index, kind in enumerate(outputs) if kind == _LIGHT]
    if lights:
        found.append(_light(device, lights[0]))
    shutters = [index for index, kind in enumerate(outputs) if kind == _SHUTTER]
    found += [_shutter(device, index) for index in range((len(shutters) + 1) // 2)]
    return found + [_relay(device, index) for index, kind in enumerate(outputs) if kind == _RELAY]


def _power(device: Tasmota, index: int, attribute: str) -> Mapping[str, tuple[Said, ...]]:
    """Where an output's state is told; the first is POWER or POWER1, as options say."""
    names = [f"POWER{index + 1}"] + (["POWER"] if index == 0 else [])
    says = tuple(Said(attribute, (name,), _on_off, "", "state") for name in names)
    plain = {f"{device.stat}{name}": (Said(attribute, (), _on_off, "", "state"),) for name in names}
    return {f"{device.tele}STATE": says, f"{device.stat}RESULT": says, **plain}


def _switching(device: Tasmota, index: int) -> dict[str, Send]:
    command = f"{device.cmnd}POWER{index + 1}"
    return {"turn_on": fixed(command, "ON"), "turn_off": fixed(command, "OFF")}


def _relay(device: Tasmota, index: int) -> MappedDriver:
    domain = "light" if device.option("30") else "switch"
    attribute = f"power{index + 1}"
    entity = device.entity(domain, device.called(index), main=attribute)
    reads = _power(device, index, attribute)
    return MappedDriver(entity, reads, _switching(device, index), device.alias)


def _light(device: Tasmota, index: int) -> MappedDriver:
    channels = number(device.config.get("lt_st")) or 0.0
    says = [Said("brightness", ("Dimmer",), partial(scaled, largest=100.0), "%")]
    features = {"brightness"}
    if channels in (2.0, 5.0):
        features.add("color_temp")
        says.append(Said("color_temp", ("CT",), _kelvin, "K"))
    if channels >= 3.0:
        features.add("color")
        says.append(Said("color", ("HSBColor",), _colour))
    power = _power(device, index, "state")
    reads = {
        topic: (*said, *says) if topic.endswith(("STATE", "RESULT")) else said
        for topic, said in power.items()
    }
    entity = replace(
        device.entity("light", device.called(index), "/light"), features=frozenset(features)
    )
    services = _switching(device, index)
    services["turn_on"] = partial(_turn_on, device, index, tuple(sorted(features)))
    return MappedDriver(entity, reads, services, device.alias)


def _turn_on(
    device: Tasmota, index: int, features: Sequence[str], arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, *features)
    sent = []
    if "color" in arguments:
        # Color2 keeps the brightness, Color would set it.
        digits = colours.hexadecimal(colours.rgb(arguments["color"]))
        sent.append(device.send("Color2", digits))
    if "color_temp" in arguments:
        mired = round(_MEGA / amount(arguments, "color_temp", 500, 20_000))
        sent.append(device.send("CT", min(max(mired, _COLDEST), _WARMEST)))
    if "brightness" in arguments:
        percent = round(amount(arguments, "brightness", 0, 100))
        if percent == 0:
            return [device.send(f"POWER{index + 1}", "OFF")]
        sent.append(device.send("Dimmer", percent))
    return [*sent, device.send(f"POWER{index + 1}", "ON")]


def _kelvin(raw: object) -> float | None:
    mired = number(raw)
    return float(round(_MEGA / mired)) if mired is not None and 10 <= mired <= 2_000 else None


def _colour(raw: object) -> Value | None:
    parts = [number(part) for part in raw.split(",")] if isinstance(raw, str) else []
    if len(parts) != 3 or parts[0] is None or parts[1] is None:
        return None
    return colours.called(colours.hue_saturation(parts[0], parts[1]))


def _shutter(device: Tasmota, index: int) -> MappedDriver:
    options = device.listed("sho")
    option = options[index] if index < len(options) else 0.0
    inverted = isinstance(option, float) and 0 <= option < 256 and int(option) % 2 == 1
    name = f"Shutter{index + 1}"
    says = (
        Said("state", (name,), partial(_shutter_state, inverted=inverted)),
        Said("position", (name, "Position"), partial(_position, inverted=inverted), "%"),
    )
    entity = device.entity("cover", device.called(index), f"/shutter{index + 1}")
    entity = replace(
        entity,
        device_class=entity.device_class or "shutter",
        features=frozenset({"position"}),
    )
    services: dict[str, Send] = {
        service: fixed(f"{device.cmnd}Shutter{word_}{index + 1}", "")
        for service, word_ in (("open", "Open"), ("close", "Close"), ("stop", "Stop"))
    }
    services["set_position"] = partial(_to_position, device, index, inverted)
    reads = {f"{device.tele}SENSOR": says, f"{device.stat}RESULT": says}
    return MappedDriver(entity, reads, services, device.alias)


def _shutter_state(raw: object, *, inverted: bool) -> Value | None:
    if not isinstance(raw, Mapping):
        return None
    direction = number(raw.get("Direction")) or 0.0
    if direction:
        return "opening" if direction > 0 else "closing"
    position = _position(raw.get("Position"), inverted=inverted)
    return None if position is None else ("open" if position > 0 else "closed")


def _position(raw: object, *, inverted: bool) -> float | None:
    percent = scaled(raw, 100.0)
    return percent if percent is None or not inverted else 100.0 - percent


def _to_position(
    device: Tasmota,
    index: int,
    inverted: bool,
    arguments: Arguments,
) -> Sequence[Publication]:
    only(arguments, "position")
    percent = round(amount(arguments, "position", 0, 100))
    return [device.send(f"ShutterPosition{index + 1}", 100 - percent if inverted else percent)]


def _fan(device: Tasmota) -> MappedDriver:
    says = (
        Said("state", ("FanSpeed",), _turning),
        Said("percentage", ("FanSpeed",), partial(scaled, largest=float(_SPEEDS)), "%"),
    )
    entity = device.entity("fan", f"{device.name} fan", "/fan")
    entity = replace(entity, features=frozenset({"set_speed"}))
    command = f"{device.cmnd}FanSpeed"
    services: dict[str, Send] = {
        "turn_on": fixed(command, str(_SPEEDS - 1)),
        "turn_off": fixed(command, "0"),
        "set_speed": partial(_to_speed, device),
    }
    reads = {f"{device.tele}STATE": says, f"{device.stat}RESULT": says}
    return MappedDriver(entity, reads, services, device.alias)


def _turning(raw: object) -> Value | None:
    speed = number(raw)
    return None if speed is None else ("on" if speed else "off")


def _to_speed(device: Tasmota, arguments: Arguments) -> Sequence[Publication]:
    only(arguments, "percentage")
    percent = amount(arguments, "percentage", 0, 100)
    return [device.send("FanSpeed", -int(-percent * _SPEEDS // 100))]
