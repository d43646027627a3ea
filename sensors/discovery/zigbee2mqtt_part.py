"""What all specific types of zigbee2mqtt have in common: two states, and services that set them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sensors.discovery.mapped import Said, Send, plainly
from sensors.discovery.zigbee2mqtt_device import Device, Expose
from sensors.events import Value


@dataclass(slots=True)
class Part:
    """What one specific expose adds up to."""

    says: list[Said] = field(default_factory=list)
    services: dict[str, Send] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)
    options: list[str] = field(default_factory=list)
    limits: tuple[float, float] | None = None
    unit: str = ""


def two_states(state: Expose, on: str, off: str) -> Said:
    """The main state of what has two, in people's words."""
    truth = plainly(state.raw.get("value_on", "ON")), plainly(state.raw.get("value_off", "OFF"))
    return Said("state", (state.prop,), partial(_either, truth=truth, words=(on, off)))


def _either(raw: object, truth: tuple[str, str], words: tuple[str, str]) -> Value | None:
    said = plainly(raw)
    return words[truth.index(said)] if said and said in truth else None


def values(state: Expose) -> tuple[object, object]:
    """What it is told to be on and to be off."""
    on, off = state.raw.get("value_on", "ON"), state.raw.get("value_off", "OFF")
    told = isinstance(on, (str, bool)) and isinstance(off, (str, bool))
    return (on, off) if told else ("ON", "OFF")


def switch(device: Device, expose: Expose) -> Part | None:
    """What can be switched on and off."""
    state = expose.features.get("state")
    if state is None:
        return None
    on, off = values(state)
    services = {"turn_on": device.sets(state.prop, on), "turn_off": device.sets(state.prop, off)}
    return Part([two_states(state, "on", "off")], services)


Build = Callable[[Device, Expose], Part | None]
"""Makes a part of a specific expose; None when its main property is missing."""
