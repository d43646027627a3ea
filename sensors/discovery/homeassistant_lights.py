"""Lights; here those with a topic for each property."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sensors.discovery import colours
from sensors.discovery import homeassistant_tints as tints
from sensors.discovery.homeassistant_commands import choice, commanded, services
from sensors.discovery.homeassistant_config import Config, Sender, Unusable
from sensors.discovery.homeassistant_driver import Arguments, Reader, Service, Traits, heard
from sensors.discovery.homeassistant_json_lights import json_light
from sensors.discovery.homeassistant_light_levels import (
    UNITS,
    brightest,
    brightness,
    coolness,
    limits,
    raw_brightness,
    warmth,
)
from sensors.discovery.homeassistant_sensors import one_of
from sensors.discovery.homeassistant_switching import on_or_off
from sensors.discovery.homeassistant_template_lights import template_light
from sensors.entities import EntityState, Publication


def light(config: Config) -> Traits:
    """A light in one of the three schemas."""
    schema = config.text("schema", "default").lower()
    if schema == "json":
        return json_light(config)
    if schema == "template":
        return template_light(config)
    if schema not in ("default", "basic"):
        raise Unusable("its schema is none of default, json and template")
    return _plain_light(config)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Where the properties of a light are commanded; None or empty for what it does not have."""

    brightness: Sender | None
    warmth: Sender | None
    effect: Sender | None
    tints: Mapping[str, Sender]


def _plain_light(config: Config) -> Traits:
    switching = commanded(config)
    parts = _Parts(
        config.sender("brightness_command_topic", "brightness_command_template"),
        config.sender("color_temp_command_topic", "color_temp_command_template"),
        config.sender("effect_command_topic", "effect_command_template"),
        {
            mode: sender
            for mode in tints.MODES
            if (sender := config.sender(f"{mode}_command_topic", f"{mode}_command_template"))
        },
    )
    features = {
        "brightness": parts.brightness, "color_temp": parts.warmth, "effect": parts.effect,
        "color": parts.tints,
    }  # fmt: skip
    offered = frozenset(name for name, there in features.items() if there)
    effects = config.words("effect_list")
    return Traits(
        readers=_plain_readers(config, effects),
        services=_plain_services(config, switching, parts, offered),
        units=UNITS,
        features=offered,
        options=effects,
        limits=limits(config),
    )


def _plain_readers(config: Config, effects: tuple[str, ...]) -> list[tuple[str, Reader]]:
    scale = brightest(config)
    source = config.source
    return [
        *heard(
            source("state_topic", "state_value_template", "value_template", main=True),
            "",
            on_or_off(config).get,
        ),
        *heard(
            source("brightness_state_topic", "brightness_value_template"),
            "brightness",
            brightness(scale),
        ),
        *heard(
            source("color_temp_state_topic", "color_temp_value_template"),
            "color_temp",
            warmth(config),
        ),
        *heard(source("color_mode_state_topic", "color_mode_value_template"), "color_mode", _mode),
        *heard(source("effect_state_topic", "effect_value_template"), "effect", one_of(effects)),
        *(
            reader
            for mode in tints.MODES
            for reader in heard(
                source(f"{mode}_state_topic", f"{mode}_value_template"), "color", _listed(mode)
            )
        ),
    ]


def _mode(text: str) -> str | None:
    return text if text in (*tints.MODES, "color_temp", "brightness", "onoff", "white") else None


def _listed(mode: str) -> Callable[[str], str | None]:
    return lambda text: tints.colour(mode, text.strip("[]()").split(","))


def _plain_services(
    config: Config, switching: Sender, parts: _Parts, takes: frozenset[str]
) -> Mapping[str, Service]:
    on, off = config.text("payload_on", "ON"), config.text("payload_off", "OFF")
    first = config.text("on_command_type", "last")
    write = _plain_writer(config, parts)

    def turn_on(arguments: Arguments, _state: EntityState) -> list[Publication]:
        if first == "brightness" and parts.brightness is not None:
            return write({"brightness": 100.0, **arguments})
        switched, rest = [switching(on)], write(arguments)
        return [*switched, *rest] if first == "first" else [*rest, *switched]

    def turn_off(_arguments: Arguments, _state: EntityState) -> list[Publication]:
        return [switching(off)]

    return services(turn_on=Service(turn_on, takes), turn_off=Service(turn_off))


def _plain_writer(config: Config, parts: _Parts) -> Callable[[Arguments], list[Publication]]:
    scale = brightest(config)
    effects = config.words("effect_list")
    temperature = coolness(config)

    def write(arguments: Arguments) -> list[Publication]:
        made = []
        if "color" in arguments:
            made.append(_tinted(parts.tints, arguments))
        if "color_temp" in arguments and parts.warmth is not None:
            made.append(parts.warmth(temperature(arguments)))
        if "effect" in arguments and parts.effect is not None:
            made.append(parts.effect(choice(arguments, "effect", effects)))
        if "brightness" in arguments and parts.brightness is not None:
            made.append(parts.brightness(raw_brightness(arguments, scale)))
        return made

    return write


_NAMES: Mapping[str, tuple[str, ...]] = {
    "rgb": ("red", "green", "blue"),
    "hs": ("hue", "sat"),
    "xy": ("x", "y"),
    "rgbw": ("red", "green", "blue", "white"),
    "rgbww": ("red", "green", "blue", "cold_white", "warm_white"),
}
"""Variables of the command templates."""


def _tinted(senders: Mapping[str, Sender], arguments: Arguments) -> Publication:
    mode, sender = next(iter(senders.items()))
    parts = tints.values(mode, colours.rgb(arguments["color"]))
    texts = [str(int(part)) if part.is_integer() else str(part) for part in parts]
    whole = [int(part) if part.is_integer() else part for part in parts]
    return sender(",".join(texts), **dict(zip(_NAMES[mode], whole, strict=True)))
