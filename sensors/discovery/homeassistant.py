"""Home Assistant's MQTT discovery: what thousands of devices and programs announce themselves in.

A message on "homeassistant/<platform>/<id>/config" (or with a node between) describes one entity,
one on "homeassistant/device/<id>/config" a device with all of its entities. An empty message takes
it back. Described at https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery.

What nobody speaks to (images, events, updates, ...) and what is for installers (radio quality,
calibration, restart buttons) is passed over without a word; what cannot be used is told in
`Discovery.refused`. Words of a device that reach people are bounded as `homeassistant_names` says.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sensors.discovery import (
    homeassistant_climate,
    homeassistant_covers,
    homeassistant_lights,
    homeassistant_machines,
    homeassistant_sensors,
    homeassistant_switching,
)
from sensors.discovery.abbreviations import base_of, expanded
from sensors.discovery.homeassistant_availability import Availability, availability
from sensors.discovery.homeassistant_config import Config, Unusable
from sensors.discovery.homeassistant_driver import HomeAssistantDriver, Traits, driver
from sensors.discovery.homeassistant_names import identity
from sensors.entities import Discovery, Entity
from sensors.topics import captured

MAX_PAYLOAD = 262_144
"""Bytes of an announcement; a device with a hundred entities has about 50 KiB."""

MAX_COMPONENTS = 256
"""Entities of one device."""

_MAX_ORIGINS = 4_096
"""Announcements whose availability by several topics outlives a change of them."""

_MAX_REFUSED = 32
"""Reasons that are told of one announcement; nobody reads more of them."""

PROTOCOL = "homeassistant"

PLATFORMS: Mapping[str, Callable[[Config], Traits]] = {
    "alarm_control_panel": homeassistant_sensors.alarm_control_panel,
    "binary_sensor": homeassistant_sensors.binary_sensor,
    "button": homeassistant_switching.button,
    "climate": homeassistant_climate.climate,
    "cover": homeassistant_covers.cover,
    "device_tracker": homeassistant_sensors.device_tracker,
    "fan": homeassistant_climate.fan,
    "humidifier": homeassistant_climate.humidifier,
    "lawn_mower": homeassistant_machines.lawn_mower,
    "light": homeassistant_lights.light,
    "lock": homeassistant_switching.lock,
    "media_player": homeassistant_machines.media_player,
    "number": homeassistant_sensors.number_to_set,
    "scene": homeassistant_switching.scene,
    "select": homeassistant_sensors.select,
    "sensor": homeassistant_sensors.sensor,
    "siren": homeassistant_switching.siren,
    "switch": homeassistant_switching.switch,
    "text": homeassistant_sensors.text,
    "vacuum": homeassistant_machines.vacuum,
    "valve": homeassistant_covers.valve,
    "water_heater": homeassistant_climate.water_heater,
}

_PASSED_OVER = frozenset(
    {
        "camera", "date", "datetime", "device_automation", "event", "image", "infrared", "notify",
        "remote", "tag", "time", "update",
    }
)  # fmt: skip
"""Platforms that nobody speaks to."""

_FOR_INSTALLERS = frozenset({"config", "diagnostic"})
"""Categories that Home Assistant keeps from its own assistant too; but people ask for batteries."""

_OF_THE_DEVICE = (
    "availability", "availability_mode", "availability_template", "availability_topic",
    "command_topic", "encoding", "payload_available", "payload_not_available", "qos",
    "state_topic", "device",
)  # fmt: skip
"""What a device says once for all of its entities."""

_SAFE_LEVEL = re.compile(r"[A-Za-z0-9_-]{1,128}")

_JSON = json.JSONDecoder(parse_constant=lambda _: None)

_PLATFORM_GONE = frozenset({"platform"})

Fields = Mapping[str, object]


class HomeAssistant:
    """See `sensors.entities.Dialect`; for one thread.

    Attributes:
        prefix: first levels of the topics.
    """

    def __init__(self, prefix: str = "homeassistant") -> None:
        self.prefix = prefix
        self._heard: dict[str, dict[str, Availability]] = {}

    @property
    def filters(self) -> Sequence[str]:
        """With and without a node between."""
        return f"{self.prefix}/+/+/config", f"{self.prefix}/+/+/+/config"

    def announced(self, topic: str, payload: bytes) -> Sequence[Discovery] | None:
        """See `Dialect.announced`."""
        levels = next(filter(None, (captured(pattern, topic) for pattern in self.filters)), None)
        if levels is None:
            return None
        discovery = self._new(topic, levels, payload)
        self._succeed(discovery)
        return [discovery]

    def _new(self, topic: str, levels: list[str], payload: bytes) -> Discovery:
        platform, *ids = levels
        if not payload.strip():
            return Discovery(topic)
        if platform in _PASSED_OVER:
            return Discovery(topic)
        if not all(map(_SAFE_LEVEL.fullmatch, ids)):
            return Discovery(topic, refused=("its topic has signs that Home Assistant forbids",))
        fields = _object(payload)
        if fields is None:
            return Discovery(topic, refused=("no JSON object of a sensible size",))
        found = _Found(topic)
        if platform == "device":
            found.add_device(expanded(fields), base_of(fields), ids[-1])
        else:
            found.add(platform, expanded(fields), " ".join(ids))
        return found.discovery

    def _succeed(self, discovery: Discovery) -> None:
        """Let the drivers know what those before them have heard of availability."""
        before = self._heard.pop(discovery.origin, {})
        several = {
            driver.entity.id: driver.availability
            for driver in discovery.drivers
            if isinstance(driver, HomeAssistantDriver) and len(driver.availability.signs) > 1
        }
        for name in several.keys() & before.keys():
            several[name].succeed(before[name])
        if several and len(self._heard) < _MAX_ORIGINS:
            self._heard[discovery.origin] = several


def manual(platform: str, config: Mapping[str, object], origin: str) -> Discovery:
    """An entity that its owner describes in the same words, short or long.

    Args:
        platform: "light", "cover", ...; one of PLATFORMS.
        config: what an announcement on that platform would hold.
        origin: stands for the topic of the announcement.
    """
    found = _Found(origin)
    found.add(platform, expanded(config), str(config.get("name") or platform))
    return found.discovery


class _Found:
    """The drivers and refusals of one announcement, while it is read."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._drivers: list[HomeAssistantDriver] = []
        self._refused: list[str] = []

    @property
    def discovery(self) -> Discovery:
        refused = tuple(self._refused[:_MAX_REFUSED])
        return Discovery(self._origin, tuple(self._drivers), refused)

    def add_device(self, fields: Fields, base: str, fallback: str) -> None:
        """All entities of a device."""
        components = fields.get("components")
        if fields.get("migrate_discovery") is True:
            return
        if not isinstance(components, Mapping):
            self._refused.append("no components")
            return
        if len(components) > MAX_COMPONENTS:
            self._refused.append(f"more than {MAX_COMPONENTS} components")
        shared = {key: fields[key] for key in _OF_THE_DEVICE if key in fields}
        for number, (name, component) in enumerate(components.items()):
            if number == MAX_COMPONENTS:
                return
            if not isinstance(component, Mapping):
                self._refused.append(f"component {number + 1}: no object")
                continue
            whole = expanded(component, base)
            platform = whole.get("platform")
            if whole.keys() != _PLATFORM_GONE:
                self.add(platform, {**shared, **whole}, f"{fallback} {name}"[:128])

    def add(self, platform: object, fields: Fields, fallback: str) -> None:
        """One entity; what nobody speaks to is passed over."""
        name = platform if isinstance(platform, str) else ""
        make = PLATFORMS.get(name)
        if fields.get("migrate_discovery") is True or name in _PASSED_OVER:
            return
        if make is None:
            self._refused.append("unknown platform")
            return
        if _is_for_installers(fields):
            return
        config = Config(fields)
        try:
            self._drivers.append(_entity(name, make, config, fallback, self._origin))
        except Unusable as error:
            self._refused.append(f"{name}: {error}")
        self._refused += [f"{name}: {reason}" for reason in dict.fromkeys(config.dropped)]


def _entity(
    platform: str, make: Callable[[Config], Traits], config: Config, fallback: str, origin: str
) -> HomeAssistantDriver:
    device = config.fields.get("device")
    about = Config(device if isinstance(device, Mapping) else {})
    who = identity(platform, config, about, fallback)
    config = Config(
        config.fields,
        {"entity_id": who.id, "name": who.name, "this": {"entity_id": who.id}},
        config.dropped,
        config.commands,
    )
    traits = make(config)
    entity = Entity(
        id=who.id,
        name=who.name,
        domain=platform,
        device_class=traits.device_class,
        unit=traits.scale or traits.unit,
        area=who.area,
        features=traits.features,
        options=traits.options,
        limits=traits.limits,
        source=who.source,
        device=who.device,
        protocol=PROTOCOL,
        origin=origin,
    )
    return driver(entity, traits, availability(config), tuple(dict.fromkeys(config.commands)))


def _is_for_installers(fields: Fields) -> bool:
    if fields.get("enabled_by_default") is False:
        return True
    kept = fields.get("device_class") == "battery"
    return str(fields.get("entity_category")) in _FOR_INSTALLERS and not kept


def _object(payload: bytes) -> dict[str, Any] | None:
    if len(payload) > MAX_PAYLOAD:
        return None
    try:
        fields = _JSON.decode(payload.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None
