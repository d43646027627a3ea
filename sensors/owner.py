"""What the owner says of the house, in a file: rooms, floors, names, corrections.

    [floors.ground]
    name = "ground floor"

    [areas.kitchen]
    aliases = ["galley"]
    floor = "ground"

    [entities."switch.plug_3"]
    name = "standing lamp"
    area = "living room"
    as = "light"

    [[devices]]
    platform = "switch"
    name = "fountain"
    command_topic = "garden/fountain/set"

    [confirm]
    always = ["lock", "garage door"]
    heating = { min = 15, max = 24 }

Nothing of it is needed: without the file rooms come from what the devices say of themselves.

OwnerError   the file is wrong; the text names file, line, key and what to write instead
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sensors.areas import Area, Floor, folded
from sensors.entities import Discovery, Entity
from sensors.events import SensorError

ORIGIN = "owner:"
"""How the origins of what the owner's file announces begin."""


class OwnerError(SensorError):
    """The owner's file is wrong; the text names the place and what to write instead."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What the owner says of one entity; what is empty or None is left as it is.

    Attributes:
        name: what people call it.
        area: name of its room.
        aliases: further names.
        hidden: it does not exist for anybody who speaks.
        confirm: whether to ask before anything is done with it.
        domain: what it really is: a switch that is a light.
    """

    name: str = ""
    area: str = ""
    aliases: tuple[str, ...] = ()
    hidden: bool = False
    confirm: bool | None = None
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """The content of the owner's file.

    Attributes:
        areas: rooms, with the names of their floors.
        floors: storeys.
        entities: corrections by entity id.
        devices: MQTT entities in Home Assistant's vocabulary, "platform" among the keys.
        always: names, ids, domains and device classes that are asked about first.
        heating: smallest and largest temperature that is set without asking; None: the default.
    """

    areas: tuple[Area, ...] = ()
    floors: tuple[Floor, ...] = ()
    entities: Mapping[str, Correction] = field(default_factory=dict)
    devices: tuple[Mapping[str, Any], ...] = ()
    always: tuple[str, ...] = ()
    heating: tuple[float, float] | None = None

    def announced(
        self,
        manual: Callable[[str, Mapping[str, Any], str], Discovery],
        before: "Owner | None" = None,
    ) -> list[Discovery]:
        """The devices of the file as announcements, and the end of those that it had before.

        Args:
            manual: makes one of platform, configuration and origin.
            before: the file's content until now.
        """
        made = [
            manual(str(device.get("platform", "")), device, f"{ORIGIN}devices/{number}")
            for number, device in enumerate(self.devices)
        ]
        there = len(before.devices) if before else 0
        gone = range(len(self.devices), there)
        return made + [Discovery(f"{ORIGIN}devices/{number}") for number in gone]

    def confirm(self, entity: Entity) -> bool | None:
        """Whether to ask before anything is done with an entity; None: the owner did not say."""
        said = self.entities.get(entity.id, Correction()).confirm
        if said is not None:
            return said
        called = {entity.id, entity.domain, entity.device_class, entity.name, *entity.aliases}
        asked = {folded(name) for name in self.always}
        return True if asked & {folded(name) for name in called if name} else None
