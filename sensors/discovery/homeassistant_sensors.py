"""Platforms that say something or may be set to something: sensors, numbers, selects, ..."""

import re
from collections.abc import Callable
from typing import Final

from sensors import phrases, quantities
from sensors.discovery.homeassistant_commands import choice, commanded, measure, services
from sensors.discovery.homeassistant_config import Config, Source, Unusable, number
from sensors.discovery.homeassistant_driver import Arguments, Service, Traits, heard
from sensors.entities import EntityState, Publication
from sensors.events import Value

_QUANTITIES: Final = {
    "atmospheric_pressure": "pressure", "carbon_dioxide": "co2", "enum": "state",
    "moisture": "soil moisture",
    "volatile_organic_compounds": "voc", "volatile_organic_compounds_parts": "voc",
}  # fmt: skip
"""Quantities of device classes that are called otherwise."""

_YES_OR_NO: Final = {
    "battery": "battery low", "carbon_monoxide": "carbon monoxide", "door": "opening",
    "garage_door": "opening", "gas": "gas", "lock": "state", "moisture": "water leak",
    "motion": "motion", "occupancy": "occupancy", "opening": "opening", "presence": "presence",
    "running": "running", "smoke": "smoke", "tamper": "tamper", "vibration": "vibration",
    "window": "opening",
}  # fmt: skip
"""The same where the answer is yes or no; a lock that is "on" is open, unlike our quantity."""

_NEVER_SPOKEN = frozenset({"timestamp", "date"})
"""Device classes whose values are for tables: "2026-11-20T09:22:07+00:00"."""


_CLASS = re.compile(r"[a-z][a-z0-9_]*")


def device_class(config: Config) -> str:
    """A device class, "" for none or for what cannot be one."""
    text = config.text("device_class")
    return text if _CLASS.fullmatch(text) and phrases.name(phrases.spoken(text)) else ""


def unit(config: Config) -> str:
    """A unit as people write it, "" for none or for what cannot be one."""
    text = config.text("unit_of_measurement").strip()
    known = quantities.unit(text)
    return known or (text if len(text) <= 8 and phrases.name(text) and " " not in text else "")


def sensor(config: Config) -> Traits:
    """Something that is measured, or a word."""
    kind = device_class(config)
    if kind in _NEVER_SPOKEN:
        raise Unusable("times and dates are not understood")
    source = _said(config)
    written = unit(config)
    quantity = _QUANTITIES.get(kind) or quantities.canonical(kind.replace("_", " "))
    written = quantities.chosen(quantity, written) if kind else written
    measured = bool(written) or config.has("state_class") or quantities.is_measured(quantity, "")
    if not kind:
        quantity = _by_name(config, measured=measured)
    return Traits(
        readers=heard(source, "", number if measured else _number_or_word),
        quantity=quantity,
        unit=written,
        device_class=kind,
        options=config.words("options"),
    )


def _said(config: Config) -> Source:
    """Where the state is heard of.

    Raises:
        Unusable: nowhere.
    """
    source = config.source("state_topic", "value_template", main=True)
    if source is None:
        raise Unusable("it has no state topic")
    return source


def _by_name(config: Config, *, measured: bool) -> str:
    """The quantity of a sensor without device class: what it is called, if that is one."""
    called = phrases.spoken(config.text("name")).lower()
    if quantities.is_known(called):
        return quantities.canonical(called)
    return "value" if measured else "state"


def _number_or_word(text: str) -> Value | None:
    found = number(text)
    return phrases.state(text) if found is None else found


def binary_sensor(config: Config) -> Traits:
    """Something that is so or not."""
    source = _said(config)
    kind = device_class(config)
    meaning = {config.text("payload_off", "OFF"): "off", config.text("payload_on", "ON"): "on"}
    return Traits(
        readers=heard(source, "", meaning.get),
        quantity=_YES_OR_NO.get(kind, "state"),
        device_class=kind,
    )


def number_to_set(config: Config) -> Traits:
    """A number that may be set."""
    sender = commanded(config, "command_template")
    lowest, highest = config.number("min", 1.0), config.number("max", 100.0)
    written, kind = unit(config), device_class(config)

    def set_value(arguments: Arguments, _state: EntityState) -> list[Publication]:
        return [sender(measure(arguments, "value", lowest, highest))]

    return Traits(
        readers=heard(config.source("state_topic", "value_template", main=True), "", number),
        services=services(set_value=Service(set_value, frozenset({"value"}))),
        quantity=quantities.canonical(kind.replace("_", " ")) if kind else "value",
        unit=written,
        device_class=kind,
        limits=(lowest, highest),
    )


def select(config: Config) -> Traits:
    """One word of a list."""
    sender = commanded(config, "command_template")
    options = config.words("options")
    if not options:
        raise Unusable("it has no options that may be shown")

    def choose(arguments: Arguments, _state: EntityState) -> list[Publication]:
        return [sender(choice(arguments, "option", options))]

    return Traits(
        readers=heard(
            config.source("state_topic", "value_template", main=True), "", one_of(options)
        ),
        services=services(select=Service(choose, frozenset({"option"}))),
        options=options,
    )


def one_of(options: tuple[str, ...]) -> Callable[[str], str | None]:
    """Meaning of texts that must be among the options."""
    known = frozenset(options)
    return lambda text: text if text in known else None


def text(config: Config) -> Traits:
    """A text that a device shows or keeps. It is read and never written."""
    return Traits(readers=heard(_said(config), "", phrases.state))


def device_tracker(config: Config) -> Traits:
    """Whether somebody or something is at home, or in which zone."""
    source = _said(config)
    words = {
        config.text("payload_home", "home"): "home",
        config.text("payload_not_home", "not_home"): "not_home",
    }
    reset = config.text("payload_reset", "None")

    def meaning(said: str) -> str | None:
        return None if said == reset else words.get(said) or phrases.state(said)

    return Traits(readers=heard(source, "", meaning))


def alarm_control_panel(config: Config) -> Traits:
    """An alarm system's state. It is never commanded: nobody disarms a house by talking to it."""
    config.sender("command_topic")  # Which nothing else may be commanded on either.
    states = (
        "disarmed", "armed_home", "armed_away", "armed_night", "armed_vacation",
        "armed_custom_bypass", "pending", "triggered", "arming", "disarming",
    )  # fmt: skip
    return Traits(readers=heard(_said(config), "", one_of(states)))
