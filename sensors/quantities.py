"""What houses measure: the units, other spellings and everyday words of each quantity."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from sensors.events import Value


@dataclass(frozen=True, slots=True)
class Quantity:
    """How one quantity is written and asked for.

    Attributes:
        unit: assumed when a payload names none, "" when there is none.
        spellings: other property names for the same thing, as in payloads.
        words: what people say when they ask for it, lower case and singular.
        true: how a true value is spoken, e.g. "closed"; "" for quantities that are not yes or no.
        false: likewise.
    """

    unit: str = ""
    spellings: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    true: str = ""
    false: str = ""


_HEAT = (
    "warm", "warmer", "warmest", "hot", "hotter", "hottest", "cold", "colder", "coldest", "cool",
    "cooler", "coolest", "chilly", "degree", "heat", "freezing",
)  # fmt: skip
_PEOPLE = ("motion", "movement", "moved", "anyone", "anybody", "somebody", "someone", "presence")
_OPEN = ("open", "opened", "closed", "shut", "door", "window")

QUANTITIES: Mapping[str, Quantity] = {
    "temperature": Quantity("°C", ("temp", "local temperature", "room temperature"), _HEAT),
    "humidity": Quantity("%", ("hum", "relative humidity"), ("humid", "damp", "moist", "dry")),
    "pressure": Quantity("hPa", ("air pressure", "barometer"), ("barometric", "barometer")),
    "illuminance": Quantity("lx", ("illuminance lux", "lux"), ("bright", "brightness", "dark")),
    "co2": Quantity("ppm", ("carbon dioxide",), ("air", "stuffy", "carbon", "dioxide")),
    "voc": Quantity("ppb", (), ("air",)),
    "pm25": Quantity("µg/m³", ("pm2 5",), ("air", "dust", "pollution")),
    "soil moisture": Quantity("%", (), ("soil", "moisture", "watering", "dry")),
    "power": Quantity("W", ("watts", "active power"), ("watt", "electricity", "consuming", "draw")),
    "energy": Quantity("kWh", (), ("electricity", "consumption", "consumed", "kwh")),
    "current": Quantity("A", (), ("ampere", "amp")),
    "voltage": Quantity("", (), ("volt",)),
    "battery": Quantity("%", ("battery level", "battery percent"), ("charge",)),
    "battery low": Quantity("", (), ("battery",), "low", "fine"),
    "position": Quantity("%", (), ("open", "closed", "blind", "shutter", "curtain")),
    "contact": Quantity("", (), _OPEN, "closed", "open"),
    "opening": Quantity("", ("door", "window"), _OPEN, "open", "closed"),
    "lock": Quantity("", ("lock state",), ("lock",), "locked", "unlocked"),
    "occupancy": Quantity("", (), (*_PEOPLE, "occupied"), "detected", "none"),
    "motion": Quantity("", (), _PEOPLE, "detected", "none"),
    "presence": Quantity("", (), (*_PEOPLE, "home"), "detected", "none"),
    "water leak": Quantity("", ("leak", "flood"), ("water", "leak", "wet", "flood"), "yes", "no"),
    "smoke": Quantity("", (), ("fire",), "detected", "none"),
    "gas": Quantity("", (), ("leak",), "detected", "none"),
    "carbon monoxide": Quantity("", ("co",), ("monoxide", "fume"), "detected", "none"),
    "tamper": Quantity("", (), ("tampered",), "yes", "no"),
    "vibration": Quantity("", (), ("vibrating", "shaking"), "yes", "no"),
    "running": Quantity("", ("active", "in use"), ("state", "status"), "running", "finished"),
    "state": Quantity(
        "", ("status", "machine state", "job state"), ("status", "running"), "on", "off"
    ),
    "availability": Quantity("", (), ("online", "offline", "reachable", "available")),
}

_CANONICAL = {name: name for name in QUANTITIES} | {
    spelling: name for name, quantity in QUANTITIES.items() for spelling in quantity.spellings
}

_UNITS = {
    "c": "°C", "°c": "°C", "degc": "°C", "celsius": "°C", "f": "°F", "°f": "°F", "fahrenheit": "°F",
    "k": "K", "%": "%", "percent": "%", "%rh": "%", "w": "W", "watt": "W", "watts": "W", "kw": "kW",
    "wh": "Wh", "kwh": "kWh", "hpa": "hPa", "mbar": "hPa", "pa": "Pa", "kpa": "kPa", "lx": "lx",
    "lux": "lx", "ppm": "ppm", "ppb": "ppb", "v": "V", "mv": "mV", "a": "A", "ma": "mA",
    "\u03bcg/m3": "µg/m³", "ug/m3": "µg/m³", "l": "l", "m3": "m³", "min": "min", "s": "s",
}  # fmt: skip

_FITTING = {
    "temperature": {"°C", "°F", "K"},
    "pressure": {"hPa", "Pa", "kPa"},
    "power": {"W", "kW"},
    "energy": {"Wh", "kWh"},
    "voltage": {"V", "mV"},
    "current": {"A", "mA"},
}


_YES = ("on", "true", "yes", "detected", 1.0)
_NO = ("off", "false", "no", "clear", "none", 0.0)


def canonical(prop: str) -> str:
    """The quantity that a property name means; unknown names stand for themselves."""
    return _CANONICAL.get(prop, prop)


def is_known(prop: str) -> bool:
    """Whether a property name, in any spelling, is one of QUANTITIES."""
    return prop in _CANONICAL


def unit(text: str) -> str:
    """A unit as people write it, or "" for one that is not known."""
    return _UNITS.get(unicodedata.normalize("NFKC", text.strip()).lower(), "")


def fits(name: str, written: str) -> bool:
    """Whether a unit can belong to a known quantity."""
    default = QUANTITIES[name].unit if name in QUANTITIES else ""
    return bool(written) and written in _FITTING.get(name, {default})


def chosen(name: str, written: str) -> str:
    """The unit to believe: the written one where it can be right, else the customary one."""
    if name not in QUANTITIES or fits(name, written):
        return written
    return QUANTITIES[name].unit


def is_measured(name: str, written: str) -> bool:
    """Whether only a number makes sense: a quantity that has units, or a value that came in one."""
    quantity = QUANTITIES.get(name)
    return bool(written) or name in _FITTING or (quantity is not None and bool(quantity.unit))


def measured_in(written: str) -> str:
    """The one quantity that a unit gives away, "" when there are several or none."""
    names = [name for name in QUANTITIES if fits(name, written)]
    return names[0] if len(names) == 1 else ""


def settled(name: str, value: Value) -> Value:
    """One value for its many spellings: ON, 1, "true" and "detected" are the same occupancy."""
    if isinstance(value, str):
        value = value.lower() if value.isupper() or name == "availability" else value
    quantity = QUANTITIES.get(name)
    if quantity is None or not quantity.true:
        return value
    if name == "state":
        spoken = quantity.true if value else quantity.false
        return spoken if isinstance(value, bool) else value
    word = value.lower() if isinstance(value, str) else value
    if word in (quantity.true, *_YES):
        return True
    return False if word in (quantity.false, *_NO) else value
