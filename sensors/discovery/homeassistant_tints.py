"""Colours as Home Assistant's lights write them: in which of five ways, and what each means."""

import colorsys
from collections.abc import Mapping, Sequence

from sensors.discovery import colours
from sensors.discovery.colours import RGB
from sensors.discovery.homeassistant_config import number

MODES = ("rgb", "hs", "xy", "rgbw", "rgbww")
"""Ways of writing a colour, the most exact first; the last two know white as well."""

_COMPONENTS: Mapping[str, Sequence[str]] = {
    "rgb": "rgb", "hs": "hs", "xy": "xy", "rgbw": "rgbw", "rgbww": "rgbcw",
}  # fmt: skip


def values(mode: str, rgb: RGB) -> list[float]:
    """A colour's numbers in one of MODES."""
    if mode == "hs":
        hue, saturation, _ = colorsys.rgb_to_hsv(*(part / 255 for part in rgb))
        return [round(hue * 360, 2), round(saturation * 100, 2)]
    if mode == "xy":
        return chromaticity(rgb)
    white = [0.0] * (len(mode) - 3)
    return [*map(float, rgb), *white]


def named(mode: str, rgb: RGB) -> dict[str, float]:
    """The same by the names that JSON lights use: r, g, b, w, c, h, s, x, y."""
    return dict(zip(_COMPONENTS[mode], values(mode, rgb), strict=True))


def chromaticity(rgb: RGB) -> list[float]:
    """CIE 1931 xy of an sRGB colour (IEC 61966-2-1); black is as white."""
    red, green, blue = (_linear(part / 255) for part in rgb)
    x = 0.4124 * red + 0.3576 * green + 0.1805 * blue
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = 0.0193 * red + 0.1192 * green + 0.9505 * blue
    total = x + y + z
    return [round(x / total, 4), round(y / total, 4)] if total else [0.3127, 0.329]


def colour(mode: str, parts: Sequence[object]) -> str | None:
    """What a colour of one of MODES is called, None if it is none."""
    numbers = [found for part in parts if (found := number(part)) is not None]
    if len(numbers) != len(parts) or len(parts) < len(_COMPONENTS[mode]):
        return None
    if mode == "hs":
        return colours.called(colours.hue_saturation(numbers[0], numbers[1]))
    if mode == "xy":
        rgb = colours.chromaticity(numbers[0], numbers[1])
        return colours.called(rgb) if rgb else None
    red, green, blue = (round(min(max(part, 0.0), 255.0)) for part in numbers[:3])
    return colours.called((red, green, blue))


def in_json(fields: Mapping[str, object], mode: str = "") -> str | None:
    """The colour in an object of components; in a known mode, else in the first that fits."""
    for kind in (mode,) if mode in _COMPONENTS else MODES[:3]:
        names = _COMPONENTS[kind]
        if all(name in fields for name in names):
            return colour(kind, [fields[name] for name in names])
    return None


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
