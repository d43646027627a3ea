"""Positions of covers and valves."""

from typing import Annotated, Literal

from pydantic import Field

from daemon.tools.home_action import Actions, Plan
from daemon.tools.targets import AreaName, DeviceClass, FloorName, HouseView, Name, Wanted, resolve
from daemon.tools.tool import Occasion, Tool
from sensors.entities import Command, Entity

Position = Annotated[int, Field(ge=0, le=100, description="Percent open")]


def cover_tools(house: HouseView, actions: Actions) -> list[Tool]:
    """HassSetPosition."""

    def set_position(
        occasion: Occasion,
        *,
        position: Position,
        name: Name = "",
        area: AreaName = "",
        floor: FloorName = "",
        domain: Literal["", "cover", "valve"] = "",
        device_class: DeviceClass = "",
    ) -> Plan:
        """Opens curtains, blinds, other covers or valves to a position, by name or room."""
        wanted = Wanted(name, area, floor, domain, device_class)

        def can(entity: Entity) -> bool:
            return "position" in entity.features or position in {0, 100}

        meant = resolve(house, wanted, occasion, domains={"cover", "valve"}, feature=can, here=True)
        commands = tuple(_moving(entity, position) for entity in meant)
        return Plan(commands, everywhere=not wanted.named and not wanted.area)

    return [actions.tool(set_position, name="HassSetPosition", offered=True)]


def _moving(entity: Entity, position: int) -> Command:
    if "position" in entity.features:
        return Command(entity.id, "set_position", {"position": position})
    return Command(entity.id, "open" if position else "close")
