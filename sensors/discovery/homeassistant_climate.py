"""Platforms that make the air or the water what people like: climate, humidifiers, fans."""

import math
from collections.abc import Callable, Iterable, Mapping

from sensors.discovery.homeassistant_commands import choice, commanded, measure, sends, services
from sensors.discovery.homeassistant_config import Config, Sender, Unusable, number
from sensors.discovery.homeassistant_driver import Arguments, Reader, Service, Traits, heard
from sensors.discovery.homeassistant_sensors import device_class, one_of
from sensors.discovery.homeassistant_switching import on_or_off
from sensors.entities import EntityState, Publication

_MODES = ("auto", "off", "cool", "heat", "dry", "fan_only")
_FAN_MODES = ("auto", "low", "medium", "high")
_WATER_MODES = ("off", "eco", "electric", "gas", "heat_pump", "high_demand", "performance")
"""What Home Assistant assumes where an announcement does not say."""

_ACTIONS = ("off", "heating", "cooling", "drying", "idle", "fan", "preheating", "defrosting")

_RUNNING = ("heat_cool", "auto", "heat", "cool")
"""What "turn it on" means where modes are all there is, likeliest first."""

_PERCENT = {"humidity": "%", "current_humidity": "%"}

_Row = tuple[str, str, Callable[[str], float | str | None]]
"""How the keys of a topic and its template begin, the attribute, the meaning of the texts."""


_HEATING: tuple[_Row, ...] = (
    ("temperature_state", "temperature", number),
    ("current_temperature", "current_temperature", number),
    ("current_humidity", "current_humidity", number),
    ("target_humidity_state", "humidity", number),
    ("action", "action", one_of(_ACTIONS)),
)


def climate(config: Config) -> Traits:
    """A thermostat or an air conditioner."""
    return _heating(config, _MODES, (7.0, 35.0))


def water_heater(config: Config) -> Traits:
    """A boiler."""
    return _heating(config, _WATER_MODES, (43.3, 60.0))


def _heating(config: Config, usual: tuple[str, ...], celsius: tuple[float, float]) -> Traits:
    modes = config.words("modes", usual)
    fan_modes = config.words("fan_modes", _FAN_MODES)
    presets = config.words("preset_modes")
    unit = "°F" if config.text("temperature_unit", "C").upper() == "F" else "°C"
    limits = _temperatures(config, celsius, unit)
    made = services(
        **_power(config, modes),
        set_temperature=_setting(config, "temperature", "temperature", limits),
        set_humidity=_setting(config, "target_humidity", "humidity", (0.0, 100.0)),
        set_mode=_choosing(config, "mode", modes),
        set_fan_mode=_choosing(config, "fan_mode", fan_modes),
        set_preset_mode=_choosing(config, "preset_mode", presets),
    )
    rows: tuple[_Row, ...] = (
        *_HEATING,
        ("mode_state", "", one_of((*modes, "off"))),
        ("fan_mode_state", "fan_mode", one_of(fan_modes)),
        ("preset_mode_state", "preset_mode", one_of(presets)),
    )
    return Traits(
        readers=_readers(config, rows),
        services=made,
        scale=unit,
        units={**_PERCENT, "temperature": unit, "current_temperature": unit},
        features=frozenset(modes) | _settable(made),
        options=modes,
        limits=limits,
    )


def _temperatures(config: Config, celsius: tuple[float, float], unit: str) -> tuple[float, float]:
    lowest, highest = (round(limit * 1.8 + 32, 1) if unit == "°F" else limit for limit in celsius)
    return config.number("min_temp", lowest), config.number("max_temp", highest)


def _readers(config: Config, rows: Iterable[_Row]) -> list[tuple[str, Reader]]:
    """Readers of all rows; their templates are called differently from platform to platform."""
    readers = []
    for key, attribute, meaning in rows:
        names = f"{key}_template", f"{key.removesuffix('_state')}_value_template"
        source = config.source(f"{key}_topic", *names, "value_template", main=not attribute)
        readers += heard(source, attribute, meaning)
    return readers


def _settable(made: Mapping[str, Service]) -> frozenset[str]:
    return frozenset(name.removeprefix("set_") for name in made if name.startswith("set_"))


def _power(config: Config, modes: tuple[str, ...]) -> Mapping[str, Service | None]:
    """Turning it on and off: by its own topic, else by a mode."""
    sender = config.sender("power_command_topic", "power_command_template")
    if sender is not None:
        on, off = config.text("payload_on", "ON"), config.text("payload_off", "OFF")
        return {"turn_on": sends(sender, on), "turn_off": sends(sender, off)}
    mode = config.sender("mode_command_topic", "mode_command_template")
    running = next((one for one in (*_RUNNING, *modes) if one in modes and one != "off"), None)
    return {
        "turn_on": sends(mode, running) if running else None,
        "turn_off": sends(mode, "off") if "off" in modes else None,
    }


def _setting(
    config: Config, key: str, argument: str, limits: tuple[float, float]
) -> Service | None:
    sender = config.sender(f"{key}_command_topic", f"{key}_command_template")
    if sender is None:
        return None

    def write(arguments: Arguments, _state: EntityState) -> list[Publication]:
        return [sender(measure(arguments, argument, *limits))]

    return Service(write, frozenset({argument}))


def _choosing(config: Config, key: str, options: tuple[str, ...]) -> Service | None:
    sender = config.sender(f"{key}_command_topic", f"{key}_command_template")
    if sender is None or not options:
        return None

    def write(arguments: Arguments, _state: EntityState) -> list[Publication]:
        return [sender(choice(arguments, "mode", options))]

    return Service(write, frozenset({"mode"}))


def humidifier(config: Config) -> Traits:
    """A humidifier or a dehumidifier."""
    limits = config.number("min_humidity", 0.0), config.number("max_humidity", 100.0)
    modes = config.words("modes")
    sender = commanded(config, "command_template")
    made = services(
        turn_on=sends(sender, config.text("payload_on", "ON")),
        turn_off=sends(sender, config.text("payload_off", "OFF")),
        set_humidity=_setting(config, "target_humidity", "humidity", limits),
        set_mode=_choosing(config, "mode", modes),
    )
    rows: tuple[_Row, ...] = (
        ("target_humidity_state", "humidity", number),
        ("current_humidity", "current_humidity", number),
        ("mode_state", "mode", one_of(modes)),
        ("action", "action", one_of(("off", "humidifying", "drying", "idle"))),
    )
    return Traits(
        readers=[*_switched(config), *_readers(config, rows)],
        services=made,
        units=_PERCENT,
        device_class=device_class(config),
        features=_settable(made),
        options=modes,
        limits=limits,
    )


def _switched(config: Config) -> list[tuple[str, Reader]]:
    source = config.source("state_topic", "state_value_template", "value_template", main=True)
    return heard(source, "", on_or_off(config).get)


class _Speeds:
    """A fan's range of speeds and people's: 0 is off, 1..100 its slowest to its fastest."""

    def __init__(self, config: Config) -> None:
        self.slowest = round(config.number("speed_range_min", 1))
        self.fastest = round(config.number("speed_range_max", 100))
        if not 0 < self.slowest < self.fastest:
            raise Unusable("its range of speeds is none")

    def percent(self, text: str) -> float | None:
        """0..100 of a device's text, None if it is no speed."""
        raw = number(text)
        if raw is None or not 0 <= raw <= self.fastest:
            return None
        share = (raw - self.slowest + 1) / (self.fastest - self.slowest + 1)
        return float(math.floor(100 * max(share, 0.0)))

    def raw(self, percent: float) -> float:
        """The device's number for a percentage above zero."""
        steps = self.fastest - self.slowest + 1
        return float(max(math.ceil(percent / 100 * steps) + self.slowest - 1, self.slowest))


def fan(config: Config) -> Traits:
    """A fan; oscillating and turning about are read and not commanded."""
    sender = commanded(config, "command_template")
    speeds = _Speeds(config)
    pace = config.sender("percentage_command_topic", "percentage_command_template")
    presets = config.words("preset_modes")
    on, off = config.text("payload_on", "ON"), config.text("payload_off", "OFF")
    made = services(
        turn_on=_starting(sender, on, pace, speeds),
        turn_off=sends(sender, off),
        set_speed=_blowing(sender, off, pace, speeds) if pace else None,
        set_mode=_choosing(config, "preset_mode", presets),
    )
    turning = {config.text("payload_oscillation_on", "oscillate_on"): True}
    still = {config.text("payload_oscillation_off", "oscillate_off"): False}
    rows: tuple[_Row, ...] = (
        ("percentage_state", "percentage", speeds.percent),
        ("preset_mode_state", "preset_mode", one_of(presets)),
        ("oscillation_state", "oscillating", {**still, **turning}.get),
    )
    return Traits(
        readers=[*_switched(config), *_readers(config, rows)],
        services=made,
        units={"percentage": "%"},
        features=frozenset(name for name in ("set_speed", "set_mode") if name in made),
        options=presets,
    )


def _starting(sender: Sender, on: str, pace: Sender | None, speeds: _Speeds) -> Service:
    def write(arguments: Arguments, _state: EntityState) -> list[Publication]:
        made = [sender(on)]
        if "percentage" in arguments and pace is not None:
            made.append(pace(speeds.raw(measure(arguments, "percentage", 1.0))))
        return made

    return Service(write, frozenset({"percentage"} if pace else ()))


def _blowing(sender: Sender, off: str, pace: Sender, speeds: _Speeds) -> Service:
    def write(arguments: Arguments, _state: EntityState) -> list[Publication]:
        percent = measure(arguments, "percentage")
        return [pace(speeds.raw(percent))] if percent else [sender(off)]

    return Service(write, frozenset({"percentage"}))
