"""zigbee2mqtt's lights: brightness, white tones, colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sensors.discovery import colours
from sensors.discovery.mapped import Arguments, Said, amount, number, only, scaled
from sensors.discovery.zigbee2mqtt_device import Device, Expose
from sensors.discovery.zigbee2mqtt_part import Part, switch, values
from sensors.entities import Publication

_MEGA = 1_000_000.0
"""Kelvin times mired."""


def light(device: Device, expose: Expose) -> Part | None:
    """A lamp, with whatever it may look like."""
    part = switch(device, expose)
    if part is None:
        return None
    state = expose.features["state"]
    brightness = expose.features.get("brightness")
    temperature = expose.features.get("color_temp")
    colour = expose.features.get("color_xy") or expose.features.get("color_hs")
    if brightness:
        percent = partial(scaled, largest=brightness.largest)
        part.says.append(Said("brightness", (brightness.prop,), percent, "%"))
    if temperature:
        part.says.append(Said("color_temp", (temperature.prop,), _kelvin, "K"))
    if colour:
        part.says.append(Said("color", (colour.prop,), colours.components))
    able = {"brightness": brightness, "color_temp": temperature, "color": colour}
    part.features |= {name for name, feature in able.items() if feature}
    lit = _Lit(device, state, brightness, temperature, colour)
    part.services["turn_on"] = lit.turn_on
    return part


@dataclass(frozen=True, slots=True)
class _Lit:
    """How a lamp is switched on, with whatever it shall look like."""

    device: Device
    state: Expose
    brightness: Expose | None
    temperature: Expose | None
    colour: Expose | None

    def turn_on(self, arguments: Arguments) -> Sequence[Publication]:
        """One message, so that the lamp does not first flash in its old colour."""
        able = {
            "brightness": self.brightness, "color_temp": self.temperature, "color": self.colour,
        }  # fmt: skip
        only(arguments, *(name for name, feature in able.items() if feature))
        on, off = values(self.state)
        fields: dict[str, object] = {self.state.prop: on}
        if self.brightness and "brightness" in arguments:
            percent = amount(arguments, "brightness", 0, 100)
            fields[self.brightness.prop] = max(1, round(percent / 100 * self.brightness.largest))
            if percent == 0:
                fields = {self.state.prop: off}
        if self.temperature and "color_temp" in arguments:
            fields[self.temperature.prop] = self._mireds(
                amount(arguments, "color_temp", 500, 20_000)
            )
        if self.colour and "color" in arguments:
            wanted = colours.hexadecimal(colours.rgb(arguments["color"]))
            fields[self.colour.prop] = {"hex": wanted}
        return self.device.set(**fields)

    def _mireds(self, kelvin: float) -> int:
        lowest, largest = (self.temperature and self.temperature.limits()) or (153.0, 500.0)
        return round(min(max(_MEGA / kelvin, lowest), largest))


def _kelvin(raw: object) -> float | None:
    mired = number(raw)
    return float(round(_MEGA / mired)) if mired is not None and 10 <= mired <= 2_000 else None
