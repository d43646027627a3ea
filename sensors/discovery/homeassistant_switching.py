"""Platforms that are on or off, or happen once: switches, sirens, locks, buttons, scenes."""

import json
from collections.abc import Iterable, Mapping

from sensors.discovery.homeassistant_commands import commanded, payload, sends, services
from sensors.discovery.homeassistant_config import Config, Sender, Source
from sensors.discovery.homeassistant_driver import (
    Arguments,
    Fact,
    Reader,
    Service,
    Traits,
    heard,
)
from sensors.discovery.homeassistant_sensors import device_class
from sensors.discovery.templates import Message
from sensors.entities import CannotDo, EntityState, Publication


def on_or_off(config: Config, on: str = "ON", off: str = "OFF") -> Mapping[str, str]:
    """What a device's words for its state mean."""
    told_on = config.text("state_on") or config.text("payload_on", on)
    told_off = config.text("state_off") or config.text("payload_off", off)
    return {told_off: "off", told_on: "on"}


def switch(config: Config) -> Traits:
    """Something that is on or off."""
    sender = commanded(config, "command_template")
    return Traits(
        readers=heard(
            config.source("state_topic", "value_template", main=True),
            "",
            on_or_off(config).get,
        ),
        services=services(
            turn_on=sends(sender, config.text("payload_on", "ON")),
            turn_off=sends(sender, config.text("payload_off", "OFF")),
        ),
        device_class=device_class(config),
    )


def siren(config: Config) -> Traits:
    """A siren; without a template it is spoken to in JSON."""
    on, off = config.text("payload_on", "ON"), config.text("payload_off", "OFF")
    loud = commanded(config, "command_template")
    quiet = config.sender("command_topic", "command_off_template", "command_template") or loud

    def sending(sender: Sender, state: str) -> Service | None:
        plain = state if sender.template is not None else json.dumps({"state": state})
        return sends(sender, plain, state=state)

    return Traits(
        readers=_siren_reader(config),
        services=services(turn_on=sending(loud, on), turn_off=sending(quiet, off)),
    )


def _siren_reader(config: Config) -> list[tuple[str, Reader]]:
    source = config.source("state_topic", "state_value_template", "value_template", main=True)
    meaning = on_or_off(config)

    def read(of: Message, source: Source) -> Iterable[Fact]:
        text = source.text(of)
        if text is not None and text.startswith("{"):
            fields = Message(text).json
            text = str(fields.get("state")) if isinstance(fields, dict) else None
        state = meaning.get(text or "")
        return (("", state),) if state else ()

    return [(source.topic, lambda of: read(of, source))] if source is not None else []


def lock(config: Config) -> Traits:
    """A lock; one that wants a code is commanded only with one."""
    sender = commanded(config, "command_template")
    words = ("locked", "locking", "unlocked", "unlocking", "jammed", "open", "opening")
    states = {config.text(f"state_{word}", word.upper()): word for word in words}
    with_code = config.has("code_format")
    return Traits(
        readers=heard(config.source("state_topic", "value_template", main=True), "", states.get),
        services=services(
            lock=_turning(sender, payload(config, "payload_lock", "LOCK"), with_code=with_code),
            unlock=_turning(
                sender, payload(config, "payload_unlock", "UNLOCK"), with_code=with_code
            ),
            open=_turning(sender, config.text("payload_open") or None, with_code=with_code),
        ),
        features=frozenset({"open"} if config.has("payload_open") else ()),
    )


def _turning(sender: Sender, word: str | None, *, with_code: bool) -> Service | None:
    if word is None:
        return None

    def write(arguments: Arguments, _state: EntityState) -> list[Publication]:
        code = arguments.get("code")
        if with_code and not isinstance(code, str):
            raise CannotDo("the lock wants a code")
        return [sender(word, code=code)]

    return Service(write, frozenset({"code"} if with_code else ()))


def button(config: Config) -> Traits:
    """Something that happens when it is pressed."""
    sender = commanded(config, "command_template")
    word = config.text("payload_press", "PRESS")
    return Traits(
        services=services(activate=sends(sender, word)), device_class=device_class(config)
    )


def scene(config: Config) -> Traits:
    """A scene that some device keeps."""
    sender = commanded(config, "command_template")
    return Traits(services=services(activate=sends(sender, config.text("payload_on", "ON"))))
