"""What is said of each kind of thing: its states, the words that ask for it, what comes first.

States come from devices, and devices are strangers: a state that its domain does not have is told
to nobody. Domains that are missing in STATES say numbers or words of their own.
"""

from collections.abc import Mapping
from functools import lru_cache

from sensors.asking import stems
from sensors.quantities import QUANTITIES

_MODES = frozenset(
    {
        "off", "heat", "cool", "heat_cool", "heat cool", "auto", "dry", "fan_only", "fan only",
        "eco", "electric", "gas", "heat_pump", "high_demand", "performance", "sleep",
        "emergency heating", "emergency_heating",
    }
)  # fmt: skip
_SWITCHED = frozenset({"on", "off"})
_MOVED = frozenset({"open", "closed", "opening", "closing", "stopped"})

STATES: Mapping[str, frozenset[str]] = {
    "light": _SWITCHED,
    "switch": _SWITCHED,
    "siren": _SWITCHED,
    "fan": _SWITCHED,
    "humidifier": _SWITCHED,
    "binary_sensor": _SWITCHED,
    "cover": _MOVED,
    "valve": _MOVED,
    "lock": frozenset({"locked", "unlocked", "locking", "unlocking", "jammed", "open", "opening"}),
    "climate": _MODES,
    "water_heater": _MODES,
    "media_player": frozenset({"playing", "paused", "idle", "off", "on", "standby", "buffering"}),
    "vacuum": frozenset({"cleaning", "docked", "paused", "idle", "returning", "error"}),
    "lawn_mower": frozenset({"mowing", "docked", "paused", "returning", "error"}),
    "alarm_control_panel": frozenset(
        {
            "disarmed", "armed_home", "armed_away", "armed_night", "armed_vacation",
            "armed_custom_bypass", "pending", "triggered", "arming", "disarming",
        }
    ),
}  # fmt: skip
"""Home Assistant's; those of a lamp are all there is to say of one."""

ACTIONS = frozenset(
    {"heating", "cooling", "drying", "idle", "fan", "preheating", "defrosting", "off", "heat"}
)
"""What a thermostat may be doing; "heat" is zigbee2mqtt's word."""

WORKING = {"heat": "heating", "cool": "cooling"}
"""The same, as people say it."""

YES_OR_NO: Mapping[str, tuple[str, str]] = {
    "lock": ("unlocked", "locked"),
    "problem": ("problem", "fine"),
    "connectivity": ("connected", "disconnected"),
    "plug": ("plugged in", "unplugged"),
    "battery_charging": ("charging", "not charging"),
    "light": ("light detected", "dark"),
    "heat": ("hot", "normal"),
    "cold": ("cold", "normal"),
    "sound": ("sound detected", "quiet"),
    "safety": ("unsafe", "safe"),
    "moving": ("moving", "still"),
}
"""A binary sensor's "on" and "off" by device class, where no quantity has the words."""

_KINDS: Mapping[str, tuple[str, ...]] = {
    "light": ("light", "lamp", "bulb"),
    "fan": ("fan",),
    "lock": ("lock",),
    "climate": ("thermostat", "heating", "heater", "radiator"),
    "water_heater": ("boiler",),
    "cover": ("cover",),
    "valve": ("valve",),
    "vacuum": ("vacuum", "hoover"),
    "lawn_mower": ("mower", "lawnmower"),
    "switch": ("switch", "plug", "outlet", "socket"),
    "alarm_control_panel": ("alarm",),
    "siren": ("siren",),
    "humidifier": ("humidifier",),
}
"""What such things are called; in a question they stand beside any of their names."""

_OPEN = ("open", "opened", "closed", "shut")

_DOES: Mapping[str, tuple[str, ...]] = {
    "light": ("lit",),
    "cover": _OPEN,
    "valve": _OPEN,
    "media_player": ("music", "playing"),
    "vacuum": ("cleaning", "docked"),
    "lawn_mower": ("mowing",),
    "alarm_control_panel": ("armed", "disarmed"),
    "device_tracker": ("home",),
}
"""Words that ask what they do."""

_BY_CLASS: Mapping[str, tuple[str, ...]] = {
    "awning": ("awning",),
    "blind": ("blind", "shade", "shutter"),
    "curtain": ("curtain", "drape"),
    "door": ("door",),
    "garage": ("garage", "door", "gate"),
    "garage_door": ("garage", "door"),
    "gate": ("gate",),
    "shade": ("blind", "shade", "shutter"),
    "shutter": ("blind", "shade", "shutter"),
    "window": ("window",),
    "lock": ("lock", "door"),
    "plug": ("plug",),
    "problem": ("problem",),
}

_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "brightness": ("bright", "brighter", "brightness", "dim", "dimmed"),
    "position": ("position", "far", "percent"),
    "tilt": ("tilt",),
    "target temperature": ("set", "target", "setpoint"),
    "target humidity": ("target", "setpoint"),
    "color": ("color", "colour"),
    "volume": ("volume", "loud"),
    "title": ("song", "track", "title", "listening"),
    "artist": ("artist", "band", "singer", "song"),
    "percentage": ("speed", "fast"),
}
"""Words that ask for more than a state; a thermostat's own temperature has its quantity's."""

_NOUNS: Mapping[str, tuple[str, ...]] = {
    "light": ("light", "lights", "lamp", "lamps", "bulb", "bulbs"),
    "fan": ("fan",),
    "climate": ("thermostat", "heating", "heater", "radiator", "conditioner", "conditioning", "ac"),
}
"""One of these is in what people call such a thing; the first is added where none is."""

_FIRST = (
    ("light", "lock", "cover", "climate", "alarm_control_panel"),
    ("media_player", "fan", "vacuum", "lawn_mower", "switch", "water_heater", "humidifier"),
    ("valve", "siren", "device_tracker", "select", "number", "scene", "script"),
)
_SPOKEN_OF = frozenset(
    {
        "contact", "opening", "temperature", "humidity", "occupancy", "motion", "presence", "lock",
        "smoke", "water leak", "gas", "carbon monoxide", "co2", "carbon_dioxide", "running",
        "state",
    }
)  # fmt: skip
_TECHNICAL = frozenset(
    {"battery", "battery low", "voltage", "current", "power", "energy", "tamper", "vibration"}
)

LAST = 5
"""Rank of what nobody means who asks for a room."""


def rank(domain: str, what: str) -> int:
    """How likely people speak of it: 0 what they use every day ... LAST what installers look at.

    Args:
        domain: of the entity.
        what: its quantity, or its device class where no reading is at hand.
    """
    for place, those in enumerate(_FIRST):
        if domain in those:
            return place
    if what in _TECHNICAL:
        return LAST
    if domain == "binary_sensor" or what in _SPOKEN_OF:
        return 1
    return 3 if what in QUANTITIES else LAST


def noun(domain: str, name: str) -> str:
    """What is to be added to a name that does not say what the thing is: "ceiling" of a light."""
    nouns = _NOUNS.get(domain, ())
    return nouns[0] if nouns and set(nouns).isdisjoint(name.lower().split()) else ""


@lru_cache(maxsize=1_024)
def kind(domain: str, device_class: str) -> frozenset[str]:
    """Stems of the words for such things."""
    return _stemmed(*_KINDS.get(domain, ()), *_BY_CLASS.get(device_class, ()))


@lru_cache(maxsize=1_024)
def words(domain: str, device_class: str, quantity: str) -> frozenset[str]:
    """Stems of the words that ask for the state of such things."""
    known = QUANTITIES.get(quantity)
    plain = known.words if known and not (quantity == "state" and domain in STATES) else ()
    return kind(domain, device_class) | _stemmed(*_DOES.get(domain, ()), *plain)


@lru_cache(maxsize=256)
def attribute_words(quantity: str) -> frozenset[str]:
    """Stems of the words that ask for an attribute; none of one that has to be named."""
    known = QUANTITIES.get(quantity)
    plain = known.words if known and quantity != "position" else ()
    return _stemmed(*_ATTRIBUTES.get(quantity, ()), *plain)


def _stemmed(*texts: str) -> frozenset[str]:
    return frozenset(stem for text in texts for stem in stems(text))
