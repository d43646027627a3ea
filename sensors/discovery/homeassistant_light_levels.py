"""Brightness and warmth of lights: people's scales and the devices'."""

from collections.abc import Callable, Mapping

from sensors.discovery.homeassistant_commands import measure
from sensors.discovery.homeassistant_config import Config, number
from sensors.discovery.homeassistant_driver import Arguments

UNITS: Mapping[str, str] = {"brightness": "%", "color_temp": "K"}

_WARMEST, _COOLEST = 2_000.0, 6_535.0
"""Kelvin of lamps that do not say; Home Assistant's defaults."""

_KELVIN = 500.0, 20_000.0
"""Colour temperatures that exist: below any glowing wire, above any blue sky."""

_FINEST = 65_535.0
"""Steps of the finest brightness that any lamp has: sixteen bits."""


def kelvin(mired: float) -> float | None:
    """Of a colour temperature in mired; None for what is none."""
    coolest, warmest = 1e6 / _KELVIN[1], 1e6 / _KELVIN[0]
    return float(round(1e6 / mired)) if coolest <= mired <= warmest else None


def limits(config: Config) -> tuple[float, float] | None:
    """Kelvin that a light can be set to, None when it does not say, or says what is none."""
    if config.has("min_kelvin") or config.has("max_kelvin"):
        warmest, coolest = _stated(config, "min_kelvin"), _stated(config, "max_kelvin")
    else:
        warmest = kelvin(config.number("max_mireds", 0.0))
        coolest = kelvin(config.number("min_mireds", 0.0))
    if warmest is None and coolest is None:
        return None
    found = warmest or _WARMEST, coolest or _COOLEST
    return found if found[0] <= found[1] else None


def _stated(config: Config, key: str) -> float | None:
    found = config.number(key, 0.0)
    return found if _KELVIN[0] <= found <= _KELVIN[1] else None


def brightest(config: Config) -> float:
    """The number for full brightness; that of most lamps where it says what is none."""
    scale = config.number("brightness_scale", 255.0)
    return scale if 1.0 <= scale <= _FINEST else 255.0


def brightness(scale: float) -> Callable[[str], float | None]:
    """Meaning of texts on a device's scale: 0..100."""

    def percent(text: str) -> float | None:
        found = number(text)
        return None if found is None else share(found, scale)

    return percent


def share(raw: float, scale: float) -> float:
    """A number on a device's scale as 0..100."""
    return float(round(100 * min(max(raw / scale, 0.0), 1.0)))


def warmth(config: Config) -> Callable[[str], float | None]:
    """Meaning of colour temperatures: kelvin."""
    already = config.flag("color_temp_kelvin")

    def meaning(text: str) -> float | None:
        found = number(text)
        return found if found is None or already else kelvin(found)

    return meaning


def raw_brightness(arguments: Arguments, scale: float) -> float:
    """Brightness on a device's scale; anything above nothing is at least one."""
    percent = measure(arguments, "brightness")
    return float(max(round(percent / 100 * scale), 1 if percent else 0))


def coolness(config: Config) -> Callable[[Arguments], float]:
    """How a colour temperature is written: in mired or kelvin, within what the lamp can do."""
    warmest, coolest = limits(config) or (1_000.0, 10_000.0)
    in_kelvin = config.flag("color_temp_kelvin")

    def raw(arguments: Arguments) -> float:
        wanted = measure(arguments, "color_temp", 1_000.0, _KELVIN[1])
        wanted = min(max(wanted, warmest), coolest)
        return float(round(wanted)) if in_kelvin else float(round(1e6 / wanted))

    return raw
