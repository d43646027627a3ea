"""Entities made of readings alone: "home/<area>/sensor" announces nothing, it just speaks.

The decoder (`sensors.decoder`) names a thing by the levels of its topic; the first reading of each
property makes an entity, and so do the readings that were kept over a restart.
"""

import re

from sensors import phrases
from sensors.areas import Rooms, folded
from sensors.discovery import kinds
from sensors.entities import Entity
from sensors.events import Reading
from sensors.wording import subject

PROTOCOL = "generic"

_ROOM_CLIMATE = frozenset(
    {
        "temperature", "humidity", "illuminance", "co2", "voc", "pm25", "pressure", "occupancy",
        "motion", "presence",
    }
)  # fmt: skip
"""What is measured of a room; whatever else a topic names has no room of its own name."""

_NOT_A_SLUG = re.compile(r"\W+")


def entity(reading: Reading, rooms: Rooms) -> Entity | None:
    """The entity that a reading of the decoder belongs to.

    Args:
        reading: any.
        rooms: known names of rooms.

    Returns:
        None for what is no entity of its own (the availability of a device), and for a reading
        that the decoder did not make: its topic does not name its device.
    """
    device, _, prop = reading.entity.rpartition("/")
    if not device or f"/{device}" not in f"/{reading.topic}" or reading.quantity == "availability":
        return None
    name = phrases.name(subject(reading)) or reading.name
    domain = _domain(reading)
    return Entity(
        id=f"{domain}.{slug(f'{device} {prop}')}",
        name=name,
        domain=domain,
        device_class=kinds.of_property(reading.quantity, domain, reading.name),
        unit=reading.unit,
        area=rooms.beginning(reading.name) or _area(reading),
        source=device,
        main=prop,
        device=reading.name,
        protocol=PROTOCOL,
        origin=reading.topic,
    )


def slug(text: str) -> str:
    """A name as part of an id: "Kitchen Ceiling" is "kitchen_ceiling"."""
    return _NOT_A_SLUG.sub("_", folded(text)) or "unnamed"


def _domain(reading: Reading) -> str:
    if reading.quantity == "lock":
        return "lock"
    return "binary_sensor" if isinstance(reading.value, bool) else "sensor"


def _area(reading: Reading) -> str:
    """What measures a room and is called like nothing else is called like the room."""
    of_room = reading.quantity in _ROOM_CLIMATE and reading.topic.startswith("home/")
    return reading.name if of_room else ""
