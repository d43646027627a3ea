"""Brightness and colour of lights."""

from typing import Annotated, Literal

from pydantic import Field

from daemon.tools.home_action import Actions, Plan
from daemon.tools.targets import AreaName, FloorName, HouseView, Name, NoTarget, Wanted, resolve
from daemon.tools.tool import Occasion, Tool
from sensors.entities import Command, Entity
from sensors.events import Value

Brightness = Annotated[int, Field(ge=0, le=100, description="Percent")]
Color = Annotated[
    str,
    # The gate knows this format, and mends what is almost a colour.
    Field(min_length=1, max_length=30, description="red", json_schema_extra={"format": "color"}),
]
Kelvin = Annotated[int, Field(ge=1_000, le=12_000, description="Color temperature in kelvin")]


def light_tools(house: HouseView, actions: Actions) -> list[Tool]:
    """HassLightSet."""

    def set_light(
        occasion: Occasion,
        *,
        name: Name = "",
        area: AreaName = "",
        floor: FloorName = "",
        domain: Literal["", "light"] = "",
        brightness: Brightness | None = None,
        color: Color | None = None,
        temperature: Kelvin | None = None,
    ) -> Plan:
        """Sets the brightness, color or color temperature of lights, by name or room."""
        asked: dict[str, Value | None] = {
            "brightness": brightness, "color": color, "color_temp": temperature,
        }  # fmt: skip
        arguments = {key: value for key, value in asked.items() if value is not None}
        if not arguments:
            raise NoTarget("no_value")

        def can(entity: Entity) -> bool:
            return arguments.keys() <= entity.features

        wanted = Wanted(name, area, floor, domain)
        lights = resolve(house, wanted, occasion, domains={"light"}, feature=can, here=True)
        # Dimmed to nothing is off: devices that refuse a brightness of zero stay on.
        dark = brightness == 0
        return Plan(
            tuple(
                Command(light.id, "turn_off") if dark else Command(light.id, "turn_on", arguments)
                for light in lights
            ),
            everywhere=wanted.everywhere,
        )

    return [actions.tool(set_light, name="HassLightSet", offered=True)]
