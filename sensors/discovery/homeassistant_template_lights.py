"""Lights whose messages only their templates understand."""

from collections.abc import Iterable, Mapping

from sensors.discovery import colours
from sensors.discovery import homeassistant_tints as tints
from sensors.discovery.homeassistant_commands import choice, commanded, services
from sensors.discovery.homeassistant_config import Config, Sender, Source, Unusable
from sensors.discovery.homeassistant_driver import (
    Arguments,
    Fact,
    Reader,
    Service,
    Traits,
    heard,
)
from sensors.discovery.homeassistant_light_levels import (
    UNITS,
    brightness,
    coolness,
    limits,
    raw_brightness,
    warmth,
)
from sensors.discovery.homeassistant_sensors import one_of
from sensors.discovery.templates import BrokenTemplate, Message, Template
from sensors.entities import CannotDo, EntityState, Publication


def template_light(config: Config) -> Traits:
    """A light in the template schema."""
    sender = commanded(config)
    try:
        on = config.template("command_on_template")
        off = config.template("command_off_template")
    except BrokenTemplate as error:
        raise Unusable(str(error)) from error
    if on is None or off is None:
        raise Unusable("it has no command templates")
    found = {
        "brightness": config.has("brightness_template"),
        "color_temp": config.has("color_temp_template"),
        "color": all(config.has(f"{part}_template") for part in ("red", "green", "blue")),
        "effect": config.has("effect_list"),
    }
    features = frozenset(name for name, there in found.items() if there)
    effects = config.words("effect_list")
    return Traits(
        readers=_template_readers(config, effects),
        services=_template_services(config, sender, on, off, features),
        units=UNITS,
        features=features,
        options=effects,
        limits=limits(config),
    )


def _template_readers(config: Config, effects: tuple[str, ...]) -> list[tuple[str, Reader]]:
    source = config.source
    parts = [source("state_topic", f"{part}_template") for part in ("red", "green", "blue")]

    def read(of: Message, told: list[Source]) -> Iterable[Fact]:
        found = tints.colour("rgb", [part.text(of) for part in told])
        return (("color", found),) if found else ()

    made = [
        (attribute, template, meaning)
        for attribute, template, meaning in (
            ("", "state_template", {"on": "on", "off": "off"}.get),
            ("brightness", "brightness_template", brightness(255)),
            ("color_temp", "color_temp_template", warmth(config)),
            ("effect", "effect_template", one_of(effects)),
        )
        if config.has(template)
    ]
    readers = [
        reader
        for attribute, template, meaning in made
        for reader in heard(source("state_topic", template, main=not attribute), attribute, meaning)
    ]
    told = [part for part in parts if part is not None]
    if len(told) == 3 and config.has("red_template"):
        readers.append((told[0].topic, lambda of: read(of, told)))
    return readers


def _template_services(
    config: Config, sender: Sender, on: Template, off: Template, takes: frozenset[str]
) -> Mapping[str, Service]:
    temperature = coolness(config)
    effects = config.words("effect_list")

    def published(template: Template, names: Mapping[str, object]) -> list[Publication]:
        payload = template.write({**sender.names, **names})
        if payload is None:
            raise CannotDo("the template of this command fails")
        return [Publication(sender.topic, payload, sender.qos, sender.retain)]

    def turn_on(arguments: Arguments, _state: EntityState) -> list[Publication]:
        names: dict[str, object] = {"state": "on"}
        if "brightness" in arguments:
            names["brightness"] = int(raw_brightness(arguments, 255))
        if "color_temp" in arguments:
            names["color_temp"] = int(temperature(arguments))
        if "color" in arguments:
            rgb = colours.rgb(arguments["color"])
            names |= dict(zip(("red", "green", "blue"), rgb, strict=True))
            names |= dict(zip(("hue", "sat"), tints.values("hs", rgb), strict=True))
        if "effect" in arguments:
            names["effect"] = choice(arguments, "effect", effects)
        return published(on, names)

    def turn_off(_arguments: Arguments, _state: EntityState) -> list[Publication]:
        return published(off, {"state": "off"})

    return services(turn_on=Service(turn_on, takes), turn_off=Service(turn_off))
