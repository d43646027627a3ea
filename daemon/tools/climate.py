"""Heating, and the fans that move air."""

from collections.abc import Callable
from typing import Annotated, Final

from pydantic import Field

from daemon.tools.home_action import Actions, Plan
from daemon.tools.home_choice import which
from daemon.tools.home_queries import answer, unanswerable
from daemon.tools.targets import (
    AreaName,
    FloorName,
    HouseView,
    Name,
    NoTarget,
    Several,
    Wanted,
    resolve,
)
from daemon.tools.tool import Occasion, Tool, ToolResult
from daemon.tools.typed import tool
from sensors.entities import Command, Entity

Temperature = Annotated[float, Field(ge=-100, le=500, description="Degrees")]
Mode = Annotated[str, Field(min_length=1, max_length=40, description="auto, low, medium, high")]
Speed = Annotated[int, Field(ge=0, le=100, description="Percent")]

_HEATERS: Final = frozenset({"climate", "water_heater"})


def climate_tools(house: HouseView, actions: Actions, now: Callable[[], float]) -> list[Tool]:
    """HassClimateSetTemperature, -GetTemperature, -SetFanMode, and HassFanSetSpeed."""

    def set_temperature(
        occasion: Occasion,
        *,
        temperature: Temperature,
        name: Name = "",
        area: AreaName = "",
        floor: FloorName = "",
    ) -> Plan:
        """Sets the temperature of a thermostat, by name or room."""
        wanted = Wanted(name, area, floor)
        meant = resolve(house, wanted, occasion, domains=_HEATERS, here=True, ask=True)
        given = {"temperature": temperature}
        return Plan(tuple(Command(one.id, "set_temperature", given) for one in meant))

    def set_fan_mode(
        occasion: Occasion,
        *,
        fan_mode: Mode,
        name: Name = "",
        area: AreaName = "",
        floor: FloorName = "",
    ) -> Plan:
        """Sets the fan mode of an air conditioner, by name or room."""
        wanted = Wanted(name, area, floor)
        meant = resolve(house, wanted, occasion, domains={"climate"}, here=True, ask=True)
        given = {"mode": fan_mode}
        return Plan(tuple(Command(one.id, "set_fan_mode", given) for one in meant))

    def set_speed(
        occasion: Occasion,
        *,
        percentage: Speed,
        name: Name = "",
        area: AreaName = "",
        floor: FloorName = "",
    ) -> Plan:
        """Sets the speed of fans, by name or room."""
        wanted = Wanted(name, area, floor)

        def can(entity: Entity) -> bool:
            return "set_speed" in entity.features or percentage == 0

        fans = resolve(house, wanted, occasion, domains={"fan"}, feature=can, here=True)
        given = {"percentage": float(percentage)}
        commands = [
            Command(fan.id, "set_speed", given) if percentage else Command(fan.id, "turn_off")
            for fan in fans
        ]
        return Plan(tuple(commands), everywhere=wanted.everywhere)

    async def get_temperature(
        occasion: Occasion, name: Name = "", area: AreaName = "", floor: FloorName = ""
    ) -> ToolResult:
        """Tells the temperature of a room or a thermostat."""
        wanted = Wanted(name, area, floor)
        try:
            return answer(house, [_measuring(house, wanted, occasion)], now())
        except Several as several:
            return which(several, {"name": name, "area": area, "floor": floor}, occasion.language)
        except NoTarget as none:
            return unanswerable(none)

    return [
        actions.tool(set_temperature, name="HassClimateSetTemperature", offered=True),
        actions.tool(set_fan_mode, name="HassClimateSetFanMode"),
        actions.tool(set_speed, name="HassFanSetSpeed"),
        tool(get_temperature, name="HassClimateGetTemperature", effect="read"),
    ]


def _measuring(house: HouseView, wanted: Wanted, occasion: Occasion) -> Entity:
    """What tells the temperature that is meant: a thermostat rather than a sensor."""

    def can(entity: Entity) -> bool:
        if entity.domain == "climate":
            return "current_temperature" in house.state(entity.id).attributes
        return entity.device_class == "temperature"

    found = resolve(house, wanted, occasion, domains={"climate", "sensor"}, feature=can, here=True)
    found = [entity for entity in found if entity.domain == "climate"] or found
    if len(found) > 1:
        raise Several("duplicate_targets", found)
    return found[0]
