"""What a Tasmota device measures, from the example of a SENSOR message that it announces."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from sensors import phrases, quantities
from sensors.discovery import kinds
from sensors.discovery.generic import slug
from sensors.discovery.mapped import MappedDriver, Said, number, word
from sensors.discovery.tasmota_device import Tasmota

_MAX_SENSORS = 32

_ENERGY = {
    "Power": ("power", "W"),
    "Voltage": ("voltage", "V"),
    "Current": ("current", "A"),
    "Total": ("energy", "kWh"),
    "Today": ("energy today", "kWh"),
}
"""Of a metering plug; the rest is for electricians."""

_UNITS = {"temperature": "TempUnit", "pressure": "PressureUnit"}


def drivers(device: Tasmota, announced: Mapping[str, object]) -> list[MappedDriver]:
    """What reads the sensors."""
    example = announced.get("sn")
    if not isinstance(example, Mapping):
        return []
    found = list(_found(example))[:_MAX_SENSORS]
    names = [what for _, what, _ in found]
    return [
        # Two thermometers of one device are told apart by what they are.
        _driver(device, path, what, unit, alone=names.count(what) == 1)
        for path, what, unit in found
    ]


def _found(example: Mapping[str, object]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Path, quantity and unit of everything that people ask for."""
    for part, values in example.items():
        if part == "ENERGY" and isinstance(values, Mapping):
            for key, (what, unit) in _ENERGY.items():
                if isinstance(values.get(key), float):
                    yield (part, key), what, unit
        elif isinstance(values, Mapping):
            yield from _measured(part, values, example)
        elif part.startswith("Switch") and isinstance(values, str):
            yield (part,), phrases.spoken(part).lower(), ""


def _measured(
    part: str, values: Mapping[str, object], example: Mapping[str, object]
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    for key, value in values.items():
        what = quantities.canonical(phrases.spoken(key).lower())
        if isinstance(value, float) and quantities.is_known(what):
            unit = quantities.unit(str(example.get(_UNITS.get(what, ""), "")))
            yield (part, key), what, quantities.chosen(what, unit)


def _driver(
    device: Tasmota, path: tuple[str, ...], what: str, unit: str, *, alone: bool
) -> MappedDriver:
    switch = path[0].startswith("Switch")
    domain = "binary_sensor" if switch else "sensor"
    part = "" if alone else kinds.named(path[0], "")[0]
    name = " ".join(filter(None, (device.name, part, what)))
    entity = replace(
        device.entity(domain, name, main=slug(" ".join(path))),
        device_class=kinds.of_property(what.removesuffix(" today"), domain, device.name),
        unit=unit,
        device=device.name,
    )
    understand = word(on=True, off=False) if switch else number
    said = Said(entity.main, path, understand, unit, what)
    return MappedDriver(entity, {f"{device.tele}SENSOR": (said,)}, {}, device.alias)
