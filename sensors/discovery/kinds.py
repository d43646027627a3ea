"""What a thing is, from what it is called: device classes that its protocol does not tell."""

import re
from collections.abc import Mapping

from sensors import phrases, quantities
from sensors.areas import folded

_COVERS = {
    "garage": "garage", "gate": "gate", "curtain": "curtain", "curtains": "curtain",
    "drape": "curtain", "drapes": "curtain", "blind": "blind", "blinds": "blind",
    "venetian": "blind", "shade": "shade", "shades": "shade", "awning": "awning",
    "shutter": "shutter", "shutters": "shutter", "roller": "shutter", "window": "window",
    "door": "door", "damper": "damper",
}  # fmt: skip

_OPENINGS = {"garage": "garage_door", "window": "window", "windows": "window", "door": "door"}

_OUTLETS = dict.fromkeys(("plug", "outlet", "socket"), "outlet")

_BY_DOMAIN: Mapping[str, Mapping[str, str]] = {
    "cover": _COVERS,
    "switch": _OUTLETS,
    "binary_sensor": _OPENINGS,
}

_CLASSES = {
    "battery low": "battery", "carbon monoxide": "carbon_monoxide", "co2": "carbon_dioxide",
    "contact": "opening", "voc": "volatile_organic_compounds", "water leak": "moisture",
}  # fmt: skip
"""Home Assistant's device classes where they are not the quantity's own name."""

_NUMBERS = frozenset(
    {
        "battery", "carbon_dioxide", "current", "energy", "humidity", "illuminance", "pm25",
        "power", "pressure", "temperature", "volatile_organic_compounds", "voltage",
    }
)  # fmt: skip

_YES_OR_NO = frozenset(
    {
        "battery", "carbon_monoxide", "gas", "moisture", "motion", "occupancy", "opening",
        "presence", "running", "smoke", "tamper", "vibration",
    }
)  # fmt: skip

_OF = {"sensor": _NUMBERS, "number": _NUMBERS, "binary_sensor": _YES_OR_NO}

_SPACES = re.compile(r"\s+")


def told_by_name(domain: str, *texts: str) -> str:
    """The device class that the first of the texts gives away by one of its words, else ""."""
    words = _BY_DOMAIN.get(domain, {})
    for text in texts:
        for word in folded(text[:200]).split(" "):
            if word in words:
                return words[word]
    return ""


def of_property(prop: str, domain: str, *texts: str) -> str:
    """The device class of a sensor's property: "soil_moisture" has none, a contact is a door's."""
    quantity = quantities.canonical(phrases.spoken(prop).lower())
    if domain == "binary_sensor" and quantity in ("contact", "opening"):
        return told_by_name(domain, *texts) or "opening"
    found = _CLASSES.get(quantity, quantity)
    return found if found in _OF.get(domain, frozenset()) else ""


def named(text: object, otherwise: str) -> tuple[str, bool]:
    """A stranger's name on one line, and whether it may be used; else `otherwise`."""
    usable = phrases.name(_SPACES.sub(" ", text)) if isinstance(text, str) else None
    return (phrases.spoken(usable), True) if usable else (otherwise, False)
