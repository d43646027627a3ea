"""Lights that speak JSON: zigbee2mqtt's, ESPHome's, and most others of today."""

import json
from collections.abc import Callable, Iterable, Mapping

from sensors.discovery import colours
from sensors.discovery import homeassistant_tints as tints
from sensors.discovery.homeassistant_commands import choice, commanded, services
from sensors.discovery.homeassistant_config import Config, number
from sensors.discovery.homeassistant_driver import Arguments, Fact, Reader, Service, Traits
from sensors.discovery.homeassistant_light_levels import (
    UNITS,
    brightest,
    coolness,
    limits,
    raw_brightness,
    share,
    warmth,
)
from sensors.discovery.templates import Message
from sensors.entities import EntityState, Publication

_STATES = {"ON": "on", "OFF": "off"}


def json_light(config: Config) -> Traits:
    """A light that speaks JSON."""
    modes = _modes(config)
    tinted = next((mode for mode in tints.MODES if mode in modes), "")
    found = {
        "brightness": config.flag("brightness") or bool(modes - {"onoff"}),
        "color_temp": "color_temp" in modes,
        "color": bool(tinted),
        "effect": config.flag("effect") and config.has("effect_list"),
    }
    features = frozenset(name for name, there in found.items() if there)
    return Traits(
        readers=_readers(config, features),
        services=_services(config, tinted, features),
        units=UNITS,
        features=features,
        options=config.words("effect_list") if "effect" in features else (),
        limits=limits(config) if "color_temp" in features else None,
    )


def _modes(config: Config) -> set[str]:
    """The colour modes of a light; older announcements have a flag for each instead."""
    listed = set(config.words("supported_color_modes"))
    return listed or {mode for mode in (*tints.MODES[:3], "color_temp") if config.flag(mode)}


def _readers(config: Config, features: frozenset[str]) -> list[tuple[str, Reader]]:
    source = config.source("state_topic")
    scale = brightest(config)
    temperature = warmth(config)
    effects = frozenset(config.words("effect_list"))

    def read(of: Message) -> Iterable[Fact]:
        fields = of.json
        if not isinstance(fields, dict):
            return
        if state := _STATES.get(str(fields.get("state")).upper()):
            yield "", state
        raw = number(fields.get("brightness"))
        if raw is not None and "brightness" in features:
            yield "brightness", share(raw, scale)
        effect = fields.get("effect")
        if isinstance(effect, str) and effect in effects:
            yield "effect", effect
        yield from _tint(fields, features, temperature)

    return [(source.topic, read)] if source is not None else []


def _tint(
    fields: Mapping[str, object],
    features: frozenset[str],
    temperature: Callable[[str], float | None],
) -> Iterable[Fact]:
    said = fields.get("color_mode")
    mode = said if isinstance(said, str) and said in (*tints.MODES, "color_temp") else ""
    if mode:
        yield "color_mode", mode
    parts = fields.get("color")
    if "color" in features and mode != "color_temp" and isinstance(parts, dict):
        colour = tints.in_json(parts, mode)
        if colour:
            yield "color", colour
    # Lamps go on telling the warmth of their last white while they show a colour.
    if "color_temp" in features and mode in ("", "color_temp"):
        kelvin = temperature(str(fields.get("color_temp")))
        if kelvin is not None:
            yield "color_temp", kelvin


def _services(config: Config, tinted: str, takes: frozenset[str]) -> Mapping[str, Service]:
    sender = commanded(config)
    scale = brightest(config)
    temperature = coolness(config)
    effects = config.words("effect_list")

    def turn_on(arguments: Arguments, _state: EntityState) -> list[Publication]:
        fields: dict[str, object] = {"state": "ON"}
        if "brightness" in arguments:
            fields["brightness"] = int(raw_brightness(arguments, scale))
        if "color" in arguments:
            parts = tints.named(tinted, colours.rgb(arguments["color"]))
            fields["color"] = {name: _short(part) for name, part in parts.items()}
        if "color_temp" in arguments:
            fields["color_temp"] = int(temperature(arguments))
        if "effect" in arguments:
            fields["effect"] = choice(arguments, "effect", effects)
        return [sender(json.dumps(fields))]

    def turn_off(_arguments: Arguments, _state: EntityState) -> list[Publication]:
        return [sender('{"state": "OFF"}')]

    return services(turn_on=Service(turn_on, takes), turn_off=Service(turn_off))


def _short(part: float) -> float:
    return int(part) if part.is_integer() else part
