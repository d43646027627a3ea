"""Components of later Shelly devices: switch:0, cover:0, light:0, rgb:0, temperature:0, ..."""

import json
import re
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
    number,
    only,
    scaled,
    word,
)
from sensors.discovery.shelly_part import Shelly, counted, cover_state, opened
from sensors.entities import Publication
from sensors.events import Value

_PART = re.compile(
    r"(switch|cover|light|rgb|rgbw|cct|temperature|humidity|illuminance|devicepower|smoke|flood)"
    r":([0-9]{1,3})"
)

_LAMPS = ("light", "rgb", "rgbw", "cct")

_MEASURED: Mapping[str, tuple[tuple[tuple[str, ...], str, str], ...]] = {
    "temperature": ((("tC",), "temperature", "°C"),),
    "humidity": ((("rh",), "humidity", "%"),),
    "illuminance": ((("lux",), "illuminance", "lx"),),
    "devicepower": ((("battery", "percent"), "battery", "%"),),
    "smoke": ((("alarm",), "smoke", ""),),
    "flood": ((("alarm",), "water leak", ""),),
    "switch": ((("apower",), "power", "W"),),
    "cover": ((("apower",), "power", "W"),),
}
"""Path, quantity and unit of what a component measures."""

_CAPABLE = ("apower", "brightness", "ct", "current_pos", "rgb")
"""Fields that decide what a component can do."""

_on_off = word(true="on", false="off")
_yes = word(true=True, false=False)


def is_part(part: str) -> bool:
    """Whether it is a component that people speak of."""
    return _PART.fullmatch(part) is not None


def looks(part: str, content: Mapping[str, object]) -> str | None:
    """What a status shows that a component can do; None if it does not tell its state."""
    kind = part.partition(":")[0]
    if kind in ("switch", *_LAMPS):
        enough = "output" in content
    elif kind == "cover":
        enough = "state" in content
    else:
        return ""
    seen = [name for name in _CAPABLE if content.get(name) is not None]
    return " ".join(seen) if enough else None


def recalled(features: Collection[str], measured: Collection[str]) -> str:
    """What a component looked like that became entities with these features and main readings."""
    names = {"brightness": "brightness", "color": "rgb", "color_temp": "ct",
             "position": "current_pos"}  # fmt: skip
    seen = [names[one] for one in sorted(features) if one in names]
    return " ".join([*seen, *(["apower"] if any("power" in one for one in measured) else [])])


def drivers(device: Shelly, part: str, seen: str) -> list[MappedDriver]:
    """What drives a component.

    Args:
        device: it belongs to.
        part: "switch:0".
        seen: what it looks like.
    """
    kind, _, index = part.partition(":")
    found: list[MappedDriver] = []
    if kind == "switch":
        entity = device.entity("switch", f"switch{index}", counted(index))
        says = (Said("state", ("output",), _on_off),)
        found.append(MappedDriver(entity, _reads(device, part, says), _switching(device, part)))
    elif kind == "cover":
        found.append(_cover(device, part, index, seen))
    elif kind in _LAMPS:
        found.append(_lamp(device, part, seen))
    for path, quantity, unit in _MEASURED.get(kind, ()):
        if kind not in ("switch", "cover") or path[0] in seen.split():
            found.append(_sensor(device, part, path, quantity, unit))
    return found


def _reads(device: Shelly, part: str, says: Sequence[Said]) -> Mapping[str, tuple[Said, ...]]:
    """The same in the status and, deeper, in the notifications."""
    told = tuple(replace(one, path=("params", part, *one.path)) for one in says)
    return {f"{device.topic}/status/{part}": tuple(says), f"{device.topic}/events/rpc": told}


def _call(device: Shelly, part: str, method: str, **params: object) -> list[Publication]:
    kind, _, index = part.partition(":")
    name = {"rgb": "RGB", "rgbw": "RGBW", "cct": "CCT"}.get(kind, kind.capitalize())
    call = {
        "id": 1,
        "src": "auricle",
        "method": f"{name}.{method}",
        "params": {"id": int(index), **params},
    }
    return [Publication(f"{device.topic}/rpc", json.dumps(call))]


def _calls(device: Shelly, part: str, method: str, **params: object) -> Send:
    def send(arguments: Arguments) -> Sequence[Publication]:
        only(arguments)
        return _call(device, part, method, **params)

    return send


def _switching(device: Shelly, part: str) -> dict[str, Send]:
    return {
        "turn_on": _calls(device, part, "Set", on=True),
        "turn_off": _calls(device, part, "Set", on=False),
    }


def _cover(device: Shelly, part: str, index: str, seen: str) -> MappedDriver:
    says = [Said("state", ("state",), _covering)]
    services = {
        service: _calls(device, part, service.capitalize()) for service in ("open", "close", "stop")
    }
    entity = device.entity("cover", f"cover{index}", counted(index))
    entity = replace(entity, device_class=entity.device_class or "shutter")
    if "current_pos" in seen.split():
        # Where it stands, also when it was stopped half way.
        says = [
            Said("state", (), _standing),
            Said("position", ("current_pos",), partial(scaled, largest=100.0), "%"),
        ]
        services["set_position"] = partial(_to_position, device, part)
        entity = replace(entity, features=frozenset({"position"}))
    return MappedDriver(entity, _reads(device, part, says), services)


def _covering(raw: object) -> Value | None:
    return "open" if raw == "open" else cover_state(raw)


def _standing(raw: object) -> Value | None:
    if not isinstance(raw, Mapping):
        return None
    state = raw.get("state")
    return _covering(state) if state != "stopped" else opened(raw.get("current_pos"))


def _to_position(device: Shelly, part: str, arguments: Arguments) -> Sequence[Publication]:
    only(arguments, "position")
    percent = round(amount(arguments, "position", 0, 100))
    return _call(device, part, "GoToPosition", pos=percent)


def _lamp(device: Shelly, part: str, seen: str) -> MappedDriver:
    kind, _, index = part.partition(":")
    fields = seen.split()
    says = [Said("state", ("output",), _on_off)]
    features = set()
    if "brightness" in fields:
        features.add("brightness")
        says.append(Said("brightness", ("brightness",), partial(scaled, largest=100.0), "%"))
    if "ct" in fields:
        features.add("color_temp")
        says.append(Said("color_temp", ("ct",), number, "K"))
    if "rgb" in fields:
        features.add("color")
        says.append(Said("color", ("rgb",), _colour))
    entity = device.entity("light", f"{kind}{index}", counted(index))
    entity = replace(entity, features=frozenset(features))
    services = _switching(device, part)
    services["turn_on"] = partial(_turn_on, device, part, tuple(sorted(features)))
    return MappedDriver(entity, _reads(device, part, says), services)


def _colour(raw: object) -> Value | None:
    parts = raw if isinstance(raw, list) and len(raw) == 3 else []
    return colours.components(dict(zip("rgb", parts, strict=False)))


def _turn_on(
    device: Shelly, part: str, features: Sequence[str], arguments: Arguments
) -> Sequence[Publication]:
    only(arguments, *features)
    params: dict[str, object] = {"on": True}
    if "brightness" in arguments:
        percent = round(amount(arguments, "brightness", 0, 100))
        params = {"on": True, "brightness": percent} if percent else {"on": False}
    if "color_temp" in arguments:
        params["ct"] = round(amount(arguments, "color_temp", 500, 20_000))
    if "color" in arguments:
        params["rgb"] = list(colours.rgb(arguments["color"]))
    return _call(device, part, "Set", **params)


def _sensor(
    device: Shelly, part: str, path: tuple[str, ...], quantity: str, unit: str
) -> MappedDriver:
    domain = "sensor" if unit else "binary_sensor"
    index = counted(part.partition(":")[2])
    main = f"{quantity}{index}".replace(" ", "_")
    entity = device.entity(domain, "", f"{quantity} {index}".strip(), main=main)
    entity = replace(
        entity, device_class=kinds.of_property(quantity, domain, device.name), unit=unit
    )
    said = Said(main, path, number if unit else _yes, unit, quantity)
    return MappedDriver(entity, _reads(device, part, [said]))
