"""What the generations of Shelly share: a device, its entities, its availability."""

from collections.abc import Mapping
from dataclasses import dataclass

from sensors.discovery import kinds
from sensors.discovery.generic import slug
from sensors.discovery.mapped import Said, number, word
from sensors.entities import Entity
from sensors.events import Value

PROTOCOL = "shelly"

_online = word(true="online", false="offline")


@dataclass(frozen=True, slots=True)
class Shelly:
    """One device.

    Attributes:
        source: of its readings.
        name: what people call it: what it calls itself in its topics.
        usable: whether that may be shown to anybody; nothing is made of a device that is not.
        topic: its topics begin with.
        origin: the topic in which the part in hand was found.
    """

    source: str
    name: str
    usable: bool
    topic: str
    origin: str

    @property
    def availability(self) -> Mapping[str, tuple[Said, ...]]:
        """What tells whether it can be reached."""
        return {f"{self.topic}/online": (Said("availability", (), _online),)}

    def entity(self, domain: str, part: str, what: str = "", main: str = "state") -> Entity:
        """One of its entities; the first of a kind is called like the device.

        Args:
            domain: its domain.
            part: of the source, "" for what many sensors share.
            what: tells it from the device's others: a number or a quantity.
            main: attribute that is its state.
        """
        name = f"{self.name} {what}".strip()
        return Entity(
            id=f"{domain}.{slug(name)}",
            name=name,
            domain=domain,
            device_class=kinds.told_by_name(domain, self.name),
            source=f"{self.source}/{part}" if part else self.source,
            main=main,
            device=name if domain not in ("sensor", "binary_sensor") else self.name,
            protocol=PROTOCOL,
            origin=self.origin,
        )


def counted(index: str) -> str:
    """What tells an output from the device's others: nothing for the first, then 2, 3, ..."""
    return str(int(index) + 1) if index.isdigit() and index != "0" else ""


def cover_state(raw: object) -> Value | None:
    """A cover's state in people's words."""
    known = {
        "open": "opening", "opening": "opening", "close": "closing", "closing": "closing",
        "closed": "closed",
    }  # fmt: skip
    return known.get(raw) if isinstance(raw, str) else None


def opened(raw: object) -> Value | None:
    """A cover's state from its position, of what does not move."""
    percent = number(raw)
    if percent is None or percent < 0:
        return None
    return "open" if percent > 0 else "closed"
