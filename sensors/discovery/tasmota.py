"""Tasmota's own announcements: tasmota/discovery/<mac>/config and /sensors, both retained.

The configuration tells topics, names and what the outputs are; the sensors message is an example of
what `tele/<topic>/SENSOR` will say. Whatever comes first waits for the other.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sensors.discovery import tasmota_outputs, tasmota_sensors
from sensors.discovery.mapped import MappedDriver, parsed
from sensors.discovery.tasmota_device import Tasmota as Device
from sensors.entities import Discovery, Publication
from sensors.topics import captured

GREETINGS = (Publication("cmnd/tasmotas/State", ""),)
"""What makes all devices of the default group tell the state that they do not retain."""

_ADDRESS = re.compile(r"[0-9A-Fa-f]{12}")

_MAX_DEVICES = 512
"""Of which announcements are kept."""

_LARGEST = 64 * 1024
"""Bytes of an announcement."""


class Tasmota:
    """Dialect of all Tasmota devices at one broker."""

    def __init__(self, prefix: str = "tasmota/discovery") -> None:
        """Listen to their announcements.

        Args:
            prefix: where they announce themselves.
        """
        self._prefix = prefix
        self._told: dict[str, dict[str, Mapping[str, object]]] = {}
        self.filters: Sequence[str] = (f"{prefix}/+/config", f"{prefix}/+/sensors")
        """Topics of their announcements."""

    def announced(self, topic: str, payload: bytes) -> Sequence[Discovery] | None:
        """See `Dialect.announced`."""
        for kind, pattern in zip(("config", "sensors"), self.filters, strict=True):
            levels = captured(pattern, topic)
            if levels is not None:
                return self._take(levels[0], kind, topic, payload)
        return None

    def _take(self, mac: str, kind: str, topic: str, payload: bytes) -> Sequence[Discovery]:
        if not _ADDRESS.fullmatch(mac):
            return [Discovery(topic, refused=("no address in the topic",))]
        content = parsed(payload, _LARGEST) if payload else {}
        if not isinstance(content, Mapping):
            return [Discovery(topic, refused=("announcement is no object",))]
        if mac not in self._told and len(self._told) >= _MAX_DEVICES:
            return [Discovery(topic, refused=("too many devices",))]
        told = self._told.setdefault(mac, {})
        told[kind] = content
        if not any(told.values()):
            del self._told[mac]
        device = Device.of(mac, told.get("config", {}), f"{self._prefix}/{mac}/config")
        if device is None:
            refused = ("its configuration is incomplete",) if kind == "config" and content else ()
            return [self._found(mac, name, (), refused) for name in told]
        outputs = tasmota_outputs.drivers(device)
        measured = tasmota_sensors.drivers(device, told.get("sensors", {}))
        refused = () if device.usable else ("the name of a device cannot be used",)
        found = [self._found(mac, "config", _reachable(device, outputs), refused)]
        return [*found, self._found(mac, "sensors", _reachable(device, measured))]

    def _found(
        self, mac: str, kind: str, drivers: Sequence[MappedDriver], refused: tuple[str, ...] = ()
    ) -> Discovery:
        return Discovery(f"{self._prefix}/{mac}/{kind}", tuple(drivers), refused)


def _reachable(device: Device, drivers: Sequence[MappedDriver]) -> list[MappedDriver]:
    """With what tells whether the device can be reached, once for each source."""
    seen: set[str] = set()
    told = []
    for driver in drivers:
        first = driver.entity.source not in seen
        seen.add(driver.entity.source)
        reads = {**driver.reads, **device.availability} if first else driver.reads
        told.append(replace(driver, reads=reads))
    return told
