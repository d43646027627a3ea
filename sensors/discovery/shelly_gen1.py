"""Parts of first generation Shelly devices, by their topics: relay/0, roller/0, light/0, ..."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sensors.discovery import colours, kinds
from sensors.discovery.mapped import (
    Arguments,
    MappedDriver,
    Said,
    Send,
    amount,
    fixed,
    number,
    only,
    parsed,
    scaled,
    word,
)
from sensors.discovery.shelly_part import Shelly, counted, opened
from sensors.entities import Publication
from sensors.events import Value

_SENSORS: Mapping[str, tuple[str, str]] = {
    "temperature": ("temperature", "°C"),
    "humidity": ("humidity", "%"),
    "battery": ("battery", "%"),
    "lux": ("illuminance", "lx"),
    "motion": ("motion", ""),
    "flood": ("water leak", ""),
    "smoke": ("smoke", ""),
    "gas": ("gas", ""),
    "vibration": ("vibration", ""),
    "state": ("opening", ""),
}
"""Quantity and unit; what has no unit is yes or no."""

_yes = word(**{"true": True, "1": True, "false": False, "0": False, "-1": False},
            open=True, close=False, mild=True, heavy=True, test=False, none=False)  # fmt: skip
_on_off = word(on="on", off="off")
_lit = word(true="on", false="off")
_moving = word(open="opening", close="closing")


def looks(part: str, rest: str, payload: bytes) -> str | None:
    """What a message shows of a part: the names of what it can be told; None if it is too early.

    A lamp's switch is told before what else it can do; relays and sensors are what they are.
    """
    kind, _, index = part.partition("/")
    if kind == "sensor":
        return index if index in _SENSORS and not rest else None
    if not index.isdigit():
        return None
    if kind not in ("light", "white", "color"):
        return "" if not rest else None
    content = parsed(payload) if rest == "/status" else None
    if not isinstance(content, Mapping):
        return None
    return " ".join(
        sorted(name for name in ("brightness", "gain", "red", "temp") if name in content)
    )


def recalled(part: str, features: Collection[str]) -> str:
    """What a part looked like that became an entity with these features."""
    level = "gain" if part.startswith("color") else "brightness"
    names = {"brightness": level, "color": "red", "color_temp": "temp"}
    return " ".join(sorted(names[one] for one in features if one in names))


def driver(device: Shelly, part: str, seen: str) -> MappedDriver | None:
    """What drives a part; None for what is none.

    Args:
        device: it belongs to.
        part: "relay/0".
        seen: what it looks like.
    """
    kind, _, index = part.partition("/")
    if kind == "sensor":
        return _sensor(device, index)
    topic = f"{device.topic}/{part}"
    if kind == "relay":
        entity = device.entity("switch", part.replace("/", ""), counted(index))
        services = _switching(topic)
        return MappedDriver(entity, {topic: (Said("state", (), _on_off),)}, services)
    return _roller(device, topic, index) if kind == "roller" else _light(device, topic, part, seen)


def _switching(topic: str) -> dict[str, Send]:
    return {name: fixed(f"{topic}/command", name.removeprefix("turn_")) for name in _SWITCHING}


_SWITCHING = ("turn_on", "turn_off")


def _roller(device: Shelly, topic: str, index: str) -> MappedDriver:
    entity = device.entity("cover", f"roller{index}", counted(index))
    entity = replace(
        entity, device_class=entity.device_class or "shutter", features=frozenset({"position"})
    )
    reads = {
        # "stop" says nothing of where it stands; the position that comes with it does.
        topic: (Said("state", (), _moving),),
        f"{topic}/pos": (Said("state", (), opened), Said("position", (), _percent, "%")),
    }
    services: dict[str, Send] = {
        name: fixed(f"{topic}/command", name) for name in ("open", "close", "stop")
    }
    services["set_position"] = partial(_to_position, topic)
    return MappedDriver(entity, reads, services)


def _percent(raw: object) -> float | None:
    value = number(raw)
    return value if value is not None and 0 <= value <= 100 else None


def _to_position(topic: str, arguments: Arguments) -> Sequence[Publication]:
    only(arguments, "position")
    percent = round(amount(arguments, "position", 0, 100))
    return [Publication(f"{topic}/command/pos", str(percent))]


def _light(device: Shelly, topic: str, part: str, seen: str) -> MappedDriver:
    kind, _, index = part.partition("/")
    fields = set(seen.split())
    level = "gain" if kind == "color" and "gain" in fields else "brightness"
    says = [Said("state", ("ison",), _lit)]
    features = set()
    if level in fields:
        features.add("brightness")
        says.append(Said("brightness", (level,), partial(scaled, largest=100.0), "%"))
    if "temp" in fields:
        features.add("color_temp")
        says.append(Said("color_temp", ("temp",), number, "K"))
    if "red" in fields:
        features.add("color")
        says.append(Said("color", (), _colour))
    entity = device.entity("light", f"{kind}{index}", counted(index))
    entity = replace(entity, features=frozenset(features))
    services = _switching(topic)
    if features:
        services["turn_on"] = partial(_turn_on, topic, level, tuple(sorted(features)))
    reads = {f"{topic}/status": tuple(says), topic: (Said("state", (), _on_off),)}
    return MappedDriver(entity, reads, services)


def _colour(raw: object) -> Value | None:
    if not isinstance(raw, Mapping):
        return None
    return colours.components({name[0]: raw.get(name) for name in ("red", "green", "blue")})


def _turn_on(
    topic: str, level: str, features: Sequence[str], arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, *features)
    fields: dict[str, object] = {"turn": "on"}
    if "brightness" in arguments:
        percent = round(amount(arguments, "brightness", 0, 100))
        fields = {"turn": "on", level: percent} if percent else {"turn": "off"}
    if "color_temp" in arguments:
        fields |= {"mode": "white", "temp": round(amount(arguments, "color_temp", 500, 20_000))}
    if "color" in arguments:
        red, green, blue = colours.rgb(arguments["color"])
        fields |= {"mode": "color", "red": red, "green": green, "blue": blue}
    return [Publication(f"{topic}/set", json.dumps(fields))]


def _sensor(device: Shelly, kind: str) -> MappedDriver:
    quantity, unit = _SENSORS[kind]
    domain = "sensor" if unit else "binary_sensor"
    entity = device.entity(domain, "", "" if kind == "state" else quantity, main=kind)
    entity = replace(
        entity, device_class=kinds.of_property(quantity, domain, device.name), unit=unit
    )
    said = Said(kind, (), number if unit else _yes, unit, quantity)
    return MappedDriver(entity, {f"{device.topic}/sensor/{kind}": (said,)})
