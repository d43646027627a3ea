"""A Tasmota device as its configuration describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sensors.discovery import kinds
from sensors.discovery.generic import slug
from sensors.discovery.mapped import Said, word
from sensors.entities import Entity, Publication
from sensors.topics import is_valid_filter

PROTOCOL = "tasmota"

_MAX_OUTPUTS = 32


@dataclass(frozen=True, slots=True)
class Tasmota:
    """One device.

    Attributes:
        source: of its readings.
        name: what people call it.
        usable: whether that is the name it gave itself.
        config: as announced.
        cmnd: where its commands go, with a slash.
        stat: where its answers come from.
        tele: where it reports.
        alias: stands for its topics in readings, "" for themselves.
        origin: topic of the announcement.
    """

    source: str
    name: str
    usable: bool
    config: Mapping[str, object]
    cmnd: str
    stat: str
    tele: str
    alias: str
    origin: str

    @classmethod
    def of(cls, mac: str, config: Mapping[str, object], origin: str) -> Self | None:
        """From its announcement; None when that does not say where it listens."""
        full, topic, prefixes = config.get("ft"), config.get("t"), config.get("tp")
        texts = [full, topic, *(prefixes if isinstance(prefixes, list) else [])]
        if len(texts) != 5 or not all(isinstance(one, str) and one for one in texts):
            return None
        places = [str(full).replace("%prefix%", str(one)) for one in texts[2:]]
        cmnd, stat, tele = (place.replace("%topic%", str(topic)) for place in places)
        if len({cmnd, stat, tele}) < 3 or not all(_is_topic(one) for one in (cmnd, stat, tele)):
            return None
        source = f"tasmota:{mac.upper()}"
        name, usable = kinds.named(config.get("dn"), f"tasmota {mac[-4:]}")
        tame = usable and kinds.named(topic, "")[1]
        alias = "" if tame else source
        return cls(source, name, usable, config, cmnd, stat, tele, alias, origin)

    @property
    def availability(self) -> Mapping[str, tuple[Said, ...]]:
        """What tells whether it can be reached."""
        away, there = self.config.get("ofln"), self.config.get("onln")
        words = word(
            **{
                str(away or "Offline").lower()[:32]: "offline",
                str(there or "Online").lower()[:32]: "online",
            }
        )
        return {f"{self.tele}LWT": (Said("availability", (), words),)}

    def option(self, option: str) -> bool:
        """Whether one of its SetOptions is on."""
        chosen = self.config.get("so")
        return isinstance(chosen, Mapping) and chosen.get(option) == 1.0

    def listed(self, key: str) -> list[object]:
        """A list of the configuration."""
        raw = self.config.get(key)
        return raw[:_MAX_OUTPUTS] if isinstance(raw, list) else []

    def called(self, index: int) -> str:
        """What an output is called: its friendly name, else the device with its number."""
        names = self.listed("fn")
        raw = names[index] if index < len(names) else None
        return kinds.named(raw, self.name if index == 0 else f"{self.name} {index + 1}")[0]

    def entity(self, domain: str, name: str, part: str = "", main: str = "state") -> Entity:
        """One of its entities."""
        return Entity(
            id=f"{domain}.{slug(name)}",
            name=name,
            domain=domain,
            device_class=kinds.told_by_name(domain, name, self.name),
            source=self.source + part,
            main=main,
            device=name,
            protocol=PROTOCOL,
            origin=self.origin,
        )

    def send(self, command: str, payload: object) -> Publication:
        """A command."""
        return Publication(self.cmnd + command, str(payload))


def _is_topic(text: str) -> bool:
    return text.endswith("/") and is_valid_filter(text) and not set(text) & set("+#%")
