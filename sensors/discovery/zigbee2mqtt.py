"""zigbee2mqtt's own announcements: bridge/devices with what each exposes, and bridge/groups.

One message tells of all devices, so a device that is renamed or removed is gone with the next one.
A device is known by its address, which stays the same when it is renamed. Whether it can be reached
is told per device (`<name>/availability`, as JSON or as a word) and for all of them by
`bridge/state`. The same devices in Home Assistant's words, if zigbee2mqtt is told to speak these
too, are copies: their main states come from the same topics.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from sensors import phrases
from sensors.discovery import kinds, zigbee2mqtt_actors, zigbee2mqtt_sensors
from sensors.discovery.generic import slug
from sensors.discovery.mapped import MappedDriver, Said, parsed, word
from sensors.discovery.zigbee2mqtt_device import PROTOCOL, Device, Expose, scene
from sensors.entities import CannotDo, Command, Discovery, Driver, Entity, EntityState, Publication
from sensors.events import Reading

_LARGEST = 16 * 1024 * 1024
"""Bytes; a device with its options is some 10 KiB."""

_MAX_ENTITIES = 64
"""Of one device."""

_ADDRESS = re.compile(r"0x[0-9a-f]{16}")

_ACTORS = ("light", "switch", "lock", "cover", "fan", "climate")

_online = word(online="online", offline="offline")


class Zigbee2Mqtt:
    """Dialect of one zigbee2mqtt."""

    def __init__(self, base: str = "zigbee2mqtt") -> None:
        """Listen to one.

        Args:
            base: its base topic.
        """
        self._base = base
        self._devices: dict[str, list[Expose]] = {}
        self._groups: list[Mapping[str, object]] = []
        self.filters: Sequence[str] = (f"{base}/bridge/devices", f"{base}/bridge/groups")
        """Topics of its announcements."""

    def announced(self, topic: str, payload: bytes) -> Sequence[Discovery] | None:
        """See `Dialect.announced`."""
        if topic not in self.filters:
            return None
        entries = _entries(payload)
        if entries is None:
            return [Discovery(topic, refused=("announcement is no list",))]
        if topic == self.filters[1]:
            self._groups = entries
            return [self._of_groups()]
        found = self._of_devices(entries)
        return [found, self._of_groups()] if self._groups else [found]

    def _of_devices(self, entries: Sequence[Mapping[str, object]]) -> Discovery:
        self._devices = {}
        drivers: list[Driver] = []
        refused: list[str] = []
        for entry in entries:
            if not _is_ready(entry):
                continue
            device = self._device(entry)
            if device is None:
                refused.append("a device has no usable topic")
                continue
            if not device.usable:
                refused.append(f"the name of {device.source} cannot be used")
            found = list(self._exposed(entry))
            self._devices[device.source] = found
            drivers += _drivers(device, found)
        if drivers:
            drivers.insert(0, self._bridge(drivers))
        return Discovery(self.filters[0], tuple(drivers), tuple(refused))

    def _of_groups(self) -> Discovery:
        drivers: list[Driver] = []
        for entry in self._groups:
            group = self._device(entry)
            if group is not None:
                group = replace(group, origin=self.filters[1])
                drivers += _drivers(group, self._shared(entry))
                drivers += _scenes(group, entry.get("scenes"))
        return Discovery(self.filters[1], tuple(drivers))

    def _device(self, entry: Mapping[str, object]) -> Device | None:
        name = entry.get("friendly_name")
        if not isinstance(name, str) or not name or set(name) & set("+#\0") or len(name) > 256:
            return None
        address = entry.get("ieee_address")
        known = isinstance(address, str) and _ADDRESS.fullmatch(address)
        source = str(address) if known else f"{self._base}:{_digest(name)}"
        described = entry.get("definition")
        description = described.get("description") if isinstance(described, Mapping) else ""
        # A device that nobody named is called by its address, which nobody can say.
        given = "" if _ADDRESS.fullmatch(name) else name
        called, usable = kinds.named(given, f"device {source[-4:]}")
        topic = f"{self._base}/{name}"
        return Device(
            source=source,
            name=called,
            usable=usable,
            topic=topic,
            alias="" if usable else f"{self._base}/{source}",
            description=str(description or ""),
            origin=self.filters[0],
        )

    @staticmethod
    def _exposed(entry: Mapping[str, object]) -> Iterator[Expose]:
        definition = entry.get("definition")
        exposes = definition.get("exposes") if isinstance(definition, Mapping) else None
        for raw in exposes[: 2 * _MAX_ENTITIES] if isinstance(exposes, list) else []:
            if (expose := Expose.of(raw)) is not None:
                yield expose

    def _shared(self, group: Mapping[str, object]) -> list[Expose]:
        """What all members of a group can do; of their kinds the one that they share."""
        members = group.get("members")
        members = members if isinstance(members, list) else []
        addresses = [one.get("ieee_address") for one in members if isinstance(one, Mapping)]
        exposed = [self._devices.get(str(address), []) for address in addresses]
        for kind in ("light", "cover", "switch", "lock"):
            each = [[one for one in found if one.kind == kind] for found in exposed]
            if each and all(each):
                first, *others = (found[0] for found in each)
                shared = set(first.features).intersection(*(one.features for one in others))
                return [first.only(shared)]
        mixed = [[one for one in found if one.kind in ("light", "switch")] for found in exposed]
        return [replace(mixed[0][0], kind="switch").only({"state"})] if mixed and all(mixed) else []

    def _bridge(self, drivers: Sequence[Driver]) -> Driver:
        topic = f"{self._base}/bridge/state"
        entity = Entity(
            id=f"binary_sensor.{slug(self._base)}_bridge",
            name=f"{phrases.name(self._base) or PROTOCOL} bridge",
            domain="binary_sensor",
            device_class="connectivity",
            source=f"{self._base}:bridge",
            protocol=PROTOCOL,
            origin=self.filters[0],
        )
        sources = dict.fromkeys(driver.entity.source for driver in drivers)
        return _Bridge(entity, (topic,), tuple(sources))


@dataclass(frozen=True, slots=True)
class _Bridge:
    """Whether zigbee2mqtt runs, for itself and for all whose gateway it is."""

    entity: Entity
    topics: Sequence[str]
    sources: tuple[str, ...]
    tells: bool = True
    commands: Sequence[str] = ()

    def read(
        self, topic: str, payload: bytes, received_at: float, *, late: bool = False
    ) -> list[Reading]:
        content = parsed(payload)
        value = _online(content.get("state") if isinstance(content, Mapping) else content)
        if value is None:
            return []
        name, online = self.entity.name, value == "online"
        said = Reading(
            self.entity.key(), name, "connectivity", online, "", received_at, topic, late
        )
        return [said] + [
            Reading(f"{source}/gateway", name, "gateway", value, "", received_at, topic, late)
            for source in self.sources
        ]

    def write(self, command: Command, state: EntityState) -> list[Publication]:  # noqa: ARG002
        raise CannotDo(f"{self.entity.id} cannot {command.service.replace('_', ' ')}")


def _drivers(device: Device, exposes: Sequence[Expose]) -> list[Driver]:
    """One driver for each entity; the first of each source tells whether it can be reached."""
    drivers: list[MappedDriver] = []
    for expose in exposes:
        if expose.kind in _ACTORS:
            found = zigbee2mqtt_actors.driver(device, expose)
        else:
            found = zigbee2mqtt_sensors.driver(device, expose)
        drivers += [found] if found else []
    drivers = drivers[:_MAX_ENTITIES]
    seen: set[str] = set()
    for index, driver in enumerate(drivers):
        if driver.entity.source not in seen:
            seen.add(driver.entity.source)
            drivers[index] = replace(driver, reads={**driver.reads, **_availability(device)})
    return list(drivers)


def _availability(device: Device) -> dict[str, tuple[Said, ...]]:
    said = Said("availability", ("state",), _online)
    # Before version 1.30 it was the bare word, which is an object's property for nobody.
    bare = Said("availability", (), _online)
    return {f"{device.topic}/availability": (said, bare)}


def _scenes(group: Device, raw: object) -> list[Driver]:
    scenes = raw[:_MAX_ENTITIES] if isinstance(raw, list) else []
    found = (
        scene(group, one.get("id"), one.get("name")) for one in scenes if isinstance(one, Mapping)
    )
    return [driver for driver in found if driver]


def _entries(payload: bytes) -> list[Mapping[str, object]] | None:
    # In an object, because a bare list is no payload that readings are made of.
    content = parsed(b'{"all":' + (payload or b"[]") + b"}", _LARGEST)
    listed = content.get("all") if isinstance(content, Mapping) else None
    if not isinstance(listed, list):
        return None
    return [one for one in listed if isinstance(one, Mapping)]


def _is_ready(entry: Mapping[str, object]) -> bool:
    return entry.get("type") != "Coordinator" and entry.get("disabled") is not True


def _digest(name: str) -> str:
    return sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
