"""The Homie convention, versions 4 and 5.

Version 5 describes a device in one document, `homie/5/<device>/$description`. Version 4 spreads
the same over many retained messages (`$nodes`, `<node>/$properties`, `<node>/<property>/$datatype`)
that come in any order; a device is announced when all that its lists name is there.
"""

from collections.abc import Mapping, Sequence

from sensors.discovery import homie_nodes
from sensors.discovery.homie_device import Homie as Device
from sensors.discovery.mapped import parsed
from sensors.entities import Discovery

_MAX_DEVICES, _MAX_ATTRIBUTES = 256, 1_024
"""Of version 4: devices whose attributes are kept, and how many of each."""

_MAX_TEXT = 1_024
"""Bytes of an attribute."""

_LARGEST = 256 * 1024
"""Bytes of a description."""

Description = Mapping[str, object]


class Homie:
    """Dialect of all Homie devices below one topic."""

    def __init__(self, base: str = "homie") -> None:
        """Listen to them.

        Args:
            base: first level of their topics.
        """
        self._base = base
        self._attributes: dict[str, dict[str, str]] = {}
        self._announced: dict[str, Description] = {}
        self.filters: Sequence[str] = tuple(f"{base}{'/+' * depth}" for depth in (2, 3, 4))
        """Topics of their attributes, and of their values."""

    def announced(self, topic: str, payload: bytes) -> Sequence[Discovery] | None:
        """See `Dialect.announced`."""
        base, *levels = topic.split("/")
        if base != self._base or len(levels) < 2 or not levels[-1].startswith("$"):
            return None
        if levels[0] == "5":
            described = len(levels) == 3 and levels[2] == "$description"
            return self._described(levels[1], topic, payload) if described else None
        return self._attribute(levels[0], "/".join(levels[1:]), payload)

    def _described(self, device: str, topic: str, payload: bytes) -> Sequence[Discovery]:
        content = parsed(payload, _LARGEST) if payload else {}
        if not isinstance(content, Mapping):
            return [Discovery(topic, refused=("description is no object",))]
        return [_discovery(Device.of(f"{self._base}/5", device, content, topic), content)]

    def _attribute(self, device: str, name: str, payload: bytes) -> Sequence[Discovery] | None:
        if device not in self._attributes and len(self._attributes) >= _MAX_DEVICES:
            return None
        known = self._attributes.setdefault(device, {})
        text = payload[:_MAX_TEXT].decode("utf-8", "replace")
        if known.get(name) == text or (name not in known and len(known) >= _MAX_ATTRIBUTES):
            return None
        known[name] = text
        if not payload:
            del known[name]
        return self._complete(device, known)

    def _complete(self, device: str, known: Mapping[str, str]) -> Sequence[Discovery] | None:
        """The device, if all is there and it is not what was announced already."""
        origin = f"{self._base}/{device}/$nodes"
        if not known.get("$nodes"):
            self._attributes.pop(device) if not known else None
            gone = self._announced.pop(device, None)
            return [Discovery(origin)] if gone else None
        description = _assembled(known)
        if description is None or description == self._announced.get(device):
            return None
        self._announced[device] = description
        found = Device.of(self._base, device, description, origin)
        return [_discovery(found, description)]


def _discovery(device: Device, description: Description) -> Discovery:
    refused = () if device.usable else ("the name of a device cannot be used",)
    return Discovery(device.origin, tuple(homie_nodes.drivers(device, description)), refused)


def _assembled(known: Mapping[str, str]) -> Description | None:
    """The attributes of version 4 in the form of version 5; None while something is missing."""
    nodes: dict[str, object] = {}
    for node in _listed(known["$nodes"]):
        if f"{node}/$properties" not in known:
            return None
        properties: dict[str, object] = {}
        for prop in _listed(known[f"{node}/$properties"]):
            place = f"{node}/{prop}/$"
            if f"{place}datatype" not in known:
                return None
            told = {key: known.get(place + key) for key in ("name", "datatype", "format", "unit")}
            properties[prop] = {**told, "settable": known.get(f"{place}settable") == "true"}
        what = {key: known.get(f"{node}/${key}") for key in ("name", "type")}
        nodes[node] = {**what, "properties": properties}
    return {"name": known.get("$name"), "nodes": nodes}


def _listed(text: str) -> list[str]:
    return [one.strip().removesuffix("[]") for one in text.split(",") if one.strip()]
