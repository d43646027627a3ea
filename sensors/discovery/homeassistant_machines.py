"""Machines that work on their own: vacuum cleaners, lawn mowers, media players.

Home Assistant itself has no media players over MQTT. What exists is the vocabulary of a widely
installed integration (hass-mqtt-mediaplayer), which announces itself on the same topics: a topic
for each thing that is said ("state_volume_topic") and for each command ("command_play_topic").
Owners may describe a player in the same words.
"""

import json
from collections.abc import Callable, Iterable
from typing import Final

from sensors import phrases
from sensors.discovery.homeassistant_commands import measure, payload, sends, services
from sensors.discovery.homeassistant_config import Config, Unusable, number
from sensors.discovery.homeassistant_driver import (
    Arguments,
    Fact,
    Reader,
    Service,
    Traits,
    heard,
)
from sensors.discovery.homeassistant_sensors import one_of
from sensors.discovery.templates import Message
from sensors.entities import CannotDo, EntityState, Publication

_CLEANING = ("cleaning", "docked", "paused", "idle", "returning", "error")
_MOWING = ("mowing", "docked", "paused", "returning", "error")

_USUAL: Final = ("start", "stop", "return_home", "status", "battery", "clean_spot")
"""What a vacuum cleaner can do that does not say."""

_VACUUM: Final = {
    "start": "payload_start", "pause": "payload_pause", "stop": "payload_stop",
    "return_home": "payload_return_to_base", "locate": "payload_locate",
}  # fmt: skip

_PLAYING: Final = {
    "playing": "playing", "paused": "paused", "idle": "idle", "stopped": "idle", "off": "off",
    "on": "on", "standby": "off", "buffering": "playing",
}  # fmt: skip

_PLAYER: Final = {
    "play": "Play", "pause": "Pause", "stop": "Stop", "next": "Next", "previous": "Previous",
    "turn_on": "ON", "turn_off": "OFF", "mute": "Mute", "unmute": "Unmute",
}  # fmt: skip
"""Services of a media player and the payloads of those that name none."""


def vacuum(config: Config) -> Traits:
    """A vacuum cleaner."""
    sender = config.sender("command_topic", "command_template", main=True)
    able = config.words("supported_features", _USUAL)
    made = {
        name: sends(sender, config.text(key, key.removeprefix("payload_")))
        for name, key in _VACUUM.items()
        if name in able
    }
    return Traits(
        readers=_vacuum_readers(config),
        services=services(**made),
        units={"battery": "%"},
        features=frozenset(made),
    )


def _vacuum_readers(config: Config) -> list[tuple[str, Reader]]:
    source = config.source("state_topic", "value_template", main=True)
    speeds = frozenset(config.words("fan_speed_list"))

    def read(of: Message) -> Iterable[Fact]:
        fields = Message(source.text(of) or "").json if source is not None else None
        if not isinstance(fields, dict):
            return
        if fields.get("state") in _CLEANING:
            yield "", fields["state"]
        battery = number(fields.get("battery_level"))
        if battery is not None:
            yield "battery", min(max(battery, 0.0), 100.0)
        if isinstance(fields.get("fan_speed"), str) and fields["fan_speed"] in speeds:
            yield "fan_speed", fields["fan_speed"]

    return [(source.topic, read)] if source is not None else []


def lawn_mower(config: Config) -> Traits:
    """A lawn mower."""

    def doing(name: str, word: str) -> Service | None:
        sender = config.sender(f"{name}_command_topic", f"{name}_command_template")
        return sends(sender, word)

    made = services(
        start=doing("start_mowing", "start_mowing"),
        pause=doing("pause", "pause"),
        return_home=doing("dock", "dock"),
    )
    source = config.source("activity_state_topic", "activity_value_template", main=True)
    if not made and source is None:
        raise Unusable("it has no topics")
    return Traits(
        readers=heard(source, "", one_of(_MOWING)), services=made, features=frozenset(made)
    )


def media_player(config: Config) -> Traits:
    """A media player in the words of hass-mqtt-mediaplayer."""
    scale = config.number("volume_scale", 1.0)
    loudest = scale if 0.01 <= scale <= 65_535.0 else 1.0
    made = services(
        **{name: _player_service(config, name, usual) for name, usual in _PLAYER.items()},
        set_volume=_volume(config, loudest),
        play_media=_searching(config),
    )
    readers = _player_readers(config, loudest)
    if not made and not readers:
        raise Unusable("it has no topics")
    features = set(made) & {"set_volume", "mute", "next", "previous"}
    return Traits(
        readers=readers,
        services=made,
        units={"volume": "%"},
        features=frozenset(features | ({"search"} if "play_media" in made else set())),
    )


def _player_service(config: Config, name: str, usual: str) -> Service | None:
    key = f"command_{name}_payload"
    own = config.sender(f"command_{name}_topic", f"command_{name}_template")
    shared = config.sender("command_topic", "command_template") if config.has(key) else None
    word = payload(config, key, usual)
    return sends(own or shared, word) if word is not None else None


def _player_readers(config: Config, loudest: float) -> list[tuple[str, Reader]]:
    def volume(text: str) -> float | None:
        raw = number(text)
        return None if raw is None else float(round(100 * min(max(raw / loudest, 0.0), 1.0)))

    def state(text: str) -> str | None:
        return _PLAYING.get(text.lower())

    main = "state_state" if config.has("state_state_topic") else "state"
    rows: tuple[tuple[str, str, Callable[[str], float | str | None]], ...] = (
        (main, "", state),
        ("state_volume", "volume", volume),
        ("state_title", "title", phrases.name),
        ("state_artist", "artist", phrases.name),
        ("state_album", "album", phrases.name),
    )
    readers = []
    for key, attribute, meaning in rows:
        also = () if attribute else ("value_template",)
        source = config.source(f"{key}_topic", f"{key}_template", *also, main=not attribute)
        readers += heard(source, attribute, meaning)
    return readers


def _volume(config: Config, loudest: float) -> Service | None:
    sender = config.sender("command_volume_topic", "command_volume_template")
    if sender is None:
        return None

    def write(arguments: Arguments, _state: EntityState) -> list[Publication]:
        return [sender(measure(arguments, "volume") / 100 * loudest)]

    return Service(write, frozenset({"volume"}))


def _searching(config: Config) -> Service | None:
    sender = config.sender("command_playmedia_topic", "command_playmedia_template")
    if sender is None:
        return None

    def write(arguments: Arguments, _state: EntityState) -> list[Publication]:
        query, kind = arguments.get("query"), str(arguments.get("media_class") or "music")
        if not isinstance(query, str) or not query:
            raise CannotDo("query is missing")
        wanted = {"media_type": kind, "media_id": query}
        whole = json.dumps(wanted, ensure_ascii=False) if sender.template is None else query
        return [sender(whole, **wanted)]

    return Service(write, frozenset({"query", "media_class"}))
