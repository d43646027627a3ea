"""Colours: names and "#rrggbb" as people use them, components as lamps do."""

import colorsys
from collections.abc import Mapping
from functools import lru_cache

from pydantic.color import COLORS_BY_NAME

from sensors.entities import CannotDo
from sensors.events import Value

_NAMES = {**COLORS_BY_NAME, "rebeccapurple": (102, 51, 153)}
"""CSS Color Module Level 4, of which the library's table lacks the last name."""

_BY_RGB = {rgb: name for name, rgb in reversed(_NAMES.items())}

RGB = tuple[int, int, int]
"""0..255 each."""


def rgb(colour: Value | None) -> RGB:
    """Components of a CSS name or "#rrggbb".

    Raises:
        CannotDo: it is neither.
    """
    text = str(colour).strip().lower().replace(" ", "")
    if text in _NAMES:
        red, green, blue = _NAMES[text]
        return red, green, blue
    digits = text.removeprefix("#")
    if len(digits) != 6 or not set(digits) <= set("0123456789abcdef"):
        raise CannotDo("the colour is not known")
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def hexadecimal(colour: RGB) -> str:
    """As it is written in hexadecimal: "#rrggbb" in digits."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def called(colour: RGB) -> str:
    """What people call it: a CSS name, else "#rrggbb"."""
    return _BY_RGB.get(colour) or hexadecimal(colour)


def hue_saturation(hue: float, saturation: float) -> RGB:
    """From 0..360 degrees and 0..100 percent, at full brightness."""
    return _bytes(colorsys.hsv_to_rgb(hue % 360 / 360, min(max(saturation, 0), 100) / 100, 1.0))


@lru_cache(maxsize=1_024)
def chromaticity(x: float, y: float) -> RGB | None:
    """From CIE 1931 xy at full brightness, by IEC 61966-2-1; None if it is no colour."""
    if not (0 <= x <= 1 and 0 < y <= 1):
        return None
    big_x, big_z = x / y, (1 - x - y) / y
    linear = (
        3.2406 * big_x - 1.5372 - 0.4986 * big_z,
        -0.9689 * big_x + 1.8758 + 0.0415 * big_z,
        0.0557 * big_x - 0.2040 + 1.0570 * big_z,
    )
    brightest = max(linear)
    if brightest <= 0:
        return None
    return _like(_bytes(tuple(_gamma(max(part / brightest, 0.0)) for part in linear)))


def components(raw: object) -> str | None:
    """The colour in an object of r/g/b, hue/saturation, h/s or x/y; None if there is none."""
    if not isinstance(raw, Mapping):
        return None
    found = {name: part for name, part in raw.items() if isinstance(part, float)}
    if found.keys() >= {"r", "g", "b"}:
        return called(_bytes(tuple(found[part] / 255 for part in "rgb")))
    for hue, saturation in (("hue", "saturation"), ("h", "s")):
        if found.keys() >= {hue, saturation}:
            return called(hue_saturation(found[hue], found[saturation]))
    if found.keys() >= {"x", "y"} and (colour := chromaticity(found["x"], found["y"])):
        return called(colour)
    return None


def _like(colour: RGB) -> RGB:
    """The colour of a name that four digits of x and y cannot tell from this one, else this."""
    return next((one for one in _BY_RGB if _distance(one, colour) <= _ROUNDED), colour)


_ROUNDED = 2
"""Of 255: how far a component may be off after x and y were rounded to four digits."""


def _distance(one: RGB, other: RGB) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def _gamma(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _bytes(parts: tuple[float, ...]) -> RGB:
    red, green, blue = (round(min(max(part, 0.0), 1.0) * 255) for part in parts)
    return red, green, blue


def hsv(colour: RGB) -> RGB:
    """Hue in degrees, saturation and value in percent."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
    return round(hue * 360), round(saturation * 100), round(value * 100)
