"""A lamp of several Homie properties: power, brightness, colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sensors.discovery import colours
from sensors.discovery.generic import slug
from sensors.discovery.homie_device import Homie, Property
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
from sensors.entities import Publication
from sensors.events import Value

_LAMPS = frozenset({"light", "lights", "lamp", "bulb", "dimmer", "led"})
_LEVELS = frozenset({"brightness", "dimmer", "level", "dim", "intensity"})

_on_off = word(true="on", false="off")


def lamp(
    device: Homie, node: str, name: str, kind: frozenset[str], properties: Sequence[Property]
) -> tuple[MappedDriver, frozenset[str]] | None:
    """A lamp made of several properties, and which; None when the node is none."""
    settable = [prop for prop in properties if prop.settable]
    power = next((prop for prop in settable if prop.datatype == "boolean"), None)
    numeric = [prop for prop in settable if prop.datatype in ("float", "integer")]
    level = next((prop for prop in numeric if prop.words & _LEVELS), None)
    colour = next((prop for prop in settable if prop.datatype == "color"), None)
    parts = [prop for prop in (power, level, colour) if prop is not None]
    if not parts or not (kind & _LAMPS or (power and colour)) or not (power or level):
        return None
    lit = _Lit(power, level, colour)
    source = f"{device.source}/{slug(node)}"
    entity = replace(device.entity("light", name, "state"), source=source, features=lit.features)
    services: dict[str, Send] = {"turn_on": lit.turn_on, "turn_off": lit.turn_off}
    return MappedDriver(entity, lit.reads, services), frozenset(prop.key for prop in parts)


@dataclass(frozen=True, slots=True)
class _Lit:
    """How a lamp is switched and what it says; it has power or a level at least."""

    power: Property | None
    level: Property | None
    colour: Property | None

    @property
    def features(self) -> frozenset[str]:
        return frozenset(
            name
            for name, prop in (("brightness", self.level), ("color", self.colour))
            if prop is not None
        )

    @property
    def reads(self) -> Mapping[str, tuple[Said, ...]]:
        reads: dict[str, tuple[Said, ...]] = {}
        if self.power:
            reads[self.power.topic] = (Said("state", (), _on_off),)
        if self.level:
            percent = Said("brightness", (), partial(scaled, largest=self._largest), "%")
            shines = (Said("state", (), _shines),) if self.power is None else ()
            reads[self.level.topic] = (*shines, percent)
        if self.colour:
            said = partial(_colour, form=self.colour.form)
            reads[self.colour.topic] = (Said("color", (), said),)
        return reads

    @property
    def _largest(self) -> float:
        limits = self.level.limits if self.level else None
        return limits[1] if limits and limits[1] >= 0.01 else 100.0

    def turn_on(self, arguments: Arguments) -> Sequence[Publication]:
        only(arguments, *self.features)
        sent: list[Publication] = []
        if self.colour and "color" in arguments:
            sent += self.colour.set(_written(colours.rgb(arguments["color"]), self.colour.form))
        if self.level and ("brightness" in arguments or self.power is None):
            percent = amount({"brightness": 100.0, **arguments}, "brightness", 0, 100)
            if percent == 0:
                return self.turn_off({})
            sent += self.level.set(self.level.written(percent / 100 * self._largest))
        return sent + (self.power.set("true") if self.power else [])

    def turn_off(self, arguments: Arguments) -> Sequence[Publication]:
        only(arguments)
        if self.power:
            return self.power.set("false")
        return self.level.set("0") if self.level else []


def _shines(raw: object) -> Value | None:
    level = number(raw)
    return None if level is None else ("on" if level > 0 else "off")


def _colour(raw: object, form: str) -> Value | None:
    """Three numbers in the form's space; version 5 says the space first: "rgb,255,0,0"."""
    if not isinstance(raw, str):
        return None
    space, _, rest = raw.partition(",")
    if not space.isalpha():
        space, rest = form.partition(",")[0], raw
    parts = [number(part) for part in rest.split(",")]
    if len(parts) != 3:
        return None
    names = {"rgb": ("r", "g", "b"), "hsv": ("h", "s", "v")}.get(space, ())
    return colours.components(dict(zip(names, parts, strict=False)))


def _written(colour: colours.RGB, form: str) -> str:
    spaces = form.split(",")
    prefix = f"{spaces[0]}," if len(spaces) > 1 or "xyz" in spaces else ""
    if "rgb" in spaces:
        prefix = prefix and "rgb,"
        return prefix + ",".join(map(str, colour))
    hue, saturation, value = colours.hsv(colour)
    return f"{prefix and 'hsv,'}{hue},{saturation},{value}"
