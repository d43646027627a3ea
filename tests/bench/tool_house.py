"""The house in which tools are chosen: rooms, devices, and every tool that there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from daemon.tools.home import home_tools
from daemon.tools.timing import timing_tools
from daemon.tools.tool import Tool
from sensors.areas import Area, Floor
from sensors.entities import Entity, EntityState

ROOMS = ("Living Room", "Kitchen", "Bedroom", "Bathroom", "Hall", "Office", "Garden")

DEVICES: Mapping[str, Sequence[tuple[str, str]]] = {
    "light": [
        *((f"{room} Light", room) for room in ROOMS),
        ("Desk Lamp", "Office"),
        ("Bedside Lamp", "Bedroom"),
        ("Closet Light", "Bedroom"),
        ("Disco Light", "Living Room"),
    ],
    "switch": [
        ("Coffee Machine", "Kitchen"),
        ("Wemo Plug", "Living Room"),
        ("TV Socket", "Living Room"),
        ("Smart Plug", "Office"),
    ],
    "fan": [("Fan", "Bedroom")],
    "vacuum": [("Robot Vacuum", "Hall")],
    "media_player": [("Speaker", "Living Room"), ("TV", "Living Room")],
    "weather": [("Home", "")],
    "cover": [("Blinds", "Living Room")],
    "lock": [("Front Door", "Hall")],
    "climate": [("Thermostat", "Living Room")],
}

TOO = frozenset(
    {
        "HassVacuumStart", "HassVacuumReturnToBase", "HassSetVolume", "HassSetVolumeRelative",
        "HassMediaPlayerMute", "HassMediaPlayerUnmute", "HassMediaSearchAndPlay",
        "HassMediaUnpause", "HassMediaNext", "HassMediaPrevious", "HassListRemoveItem",
        "HassGetCurrentDate", "AuricleCancelAlarm",
    }
)  # fmt: skip
"""Tools that a mind is told of besides those that are offered anyway."""


@dataclass
class House:
    """What there is; see `HouseView`."""

    known: Sequence[Entity] = field(
        default_factory=lambda: [
            Entity(f"{domain}.{number}", name, domain, area=area)
            for domain, devices in DEVICES.items()
            for number, (name, area) in enumerate(devices)
        ]
    )

    def entities(self) -> Sequence[Entity]:
        return self.known

    def get(self, entity_id: str) -> Entity | None:
        return next((one for one in self.known if one.id == entity_id), None)

    def state(self, entity_id: str) -> EntityState:
        return EntityState(None, available=entity_id != "")

    def areas(self) -> Sequence[Area]:
        return [Area(room, floor="Ground Floor") for room in ROOMS]

    def floors(self) -> Sequence[Floor]:
        return [Floor("Ground Floor"), Floor("First Floor", ("upstairs",))]


def every_tool(house: House) -> list[Tool]:
    """All tools of the home and of its clock; they are told of and never run."""
    nothing: Any = None
    tools = [
        *home_tools(house, nothing, nothing, lambda: 0.0),
        *timing_tools(nothing, lambda: None, now=lambda: 0.0),
    ]
    return [replace(tool, offered=tool.offered or tool.name in TOO) for tool in tools]
