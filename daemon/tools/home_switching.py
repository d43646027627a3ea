"""On and off in every sense: lights, covers, locks, scenes, and what a former state was."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from daemon.tools.home_action import Actions, Plan
from daemon.tools.restoring import RESTORE, Former
from daemon.tools.targets import (
    AreaName,
    DeviceClass,
    FloorName,
    HouseView,
    Name,
    NoTarget,
    Wanted,
    preferred,
    resolve,
)
from daemon.tools.tool import Occasion, Tool
from sensors.entities import Command

Switchable = Annotated[
    Literal[
        "", "light", "switch", "fan", "cover", "lock", "scene", "script", "media_player", "climate",
        "vacuum", "valve", "lawn_mower", "siren", "humidifier", "water_heater", "button",
        "input_boolean", "input_button", "automation", "remote", "camera", "alarm_control_panel",
    ],
    Field(description="Kind of device"),
]  # fmt: skip

_ON: Final = {
    "light": "turn_on", "switch": "turn_on", "fan": "turn_on", "cover": "open", "lock": "lock",
    "scene": "activate", "script": "activate", "media_player": "turn_on", "climate": "turn_on",
    "vacuum": "start", "valve": "open", "lawn_mower": "start", "siren": "turn_on",
    "humidifier": "turn_on", "water_heater": "turn_on", "button": "activate",
    "input_boolean": "turn_on", "input_button": "activate", "automation": "turn_on",
    "remote": "turn_on", "camera": "turn_on", "alarm_control_panel": "turn_on",
}  # fmt: skip
"""What turning on means, by domain, as Home Assistant has it: a lock is locked."""

_OFF: Final = {
    domain: {"open": "close", "lock": "unlock", "start": "return_home"}.get(service, "turn_off")
    for domain, service in _ON.items()
    if service != "activate"
}
"""What turning off means, by domain; scenes, scripts and buttons cannot be."""


def switching_tools(house: HouseView, actions: Actions) -> list[Tool]:
    """HassTurnOn, HassTurnOff, and AuricleRestore for what takes either back."""

    def plan(services: Mapping[str, str], wanted: Wanted, occasion: Occasion) -> Plan:
        if not (wanted.name or wanted.placed or wanted.domain or wanted.device_class):
            if not occasion.area:
                raise NoTarget("no_target")
            wanted = Wanted(area=occasion.area)
        if not wanted.named and not wanted.domain and not wanted.device_class:
            # "Turn off the kitchen" means its lights; its freezer stays on.
            wanted = Wanted(wanted.name, wanted.area, wanted.floor, "light")
        meant = resolve(house, wanted, occasion, domains=services.keys())
        if wanted.everywhere and not wanted.name and occasion.cause == "model":
            # The grammar fills in the room where it was said, or says "all"; a model forgets to.
            narrowed = preferred(meant, occasion)
            wanted = Wanted(area=occasion.area) if len(narrowed) < len(meant) else wanted
            meant = narrowed
        commands = tuple(Command(entity.id, services[entity.domain]) for entity in meant)
        return Plan(commands, everywhere=not wanted.named and not wanted.area)

    def turn_on(
        occasion: Occasion,
        *,
        name: Name = "",
        area: AreaName = "",
        floor: FloorName = "",
        domain: Switchable = "",
        device_class: DeviceClass = "",
    ) -> Plan:
        """Turns on lights and devices, opens covers, locks locks, starts scenes.

        Give a name, or a room and a kind of device.
        """
        return plan(_ON, Wanted(name, area, floor, domain, device_class), occasion)

    def turn_off(
        occasion: Occasion,
        *,
        name: Name = "",
        area: AreaName = "",
        floor: FloorName = "",
        domain: Switchable = "",
        device_class: DeviceClass = "",
    ) -> Plan:
        """Turns off lights and devices, closes covers, unlocks locks.

        Give a name, or a room and a kind of device.
        """
        return plan(_OFF, Wanted(name, area, floor, domain, device_class), occasion)

    def restore(states: Annotated[list[Former], Field(min_length=1, max_length=2_048)]) -> Plan:
        """Brings back the states before a command."""
        there = tuple(former.command() for former in states if house.get(former.entity))
        if not there:
            raise NoTarget("no_entity", entity=states[0].entity)
        return Plan(there)

    return [
        actions.tool(turn_on, name="HassTurnOn", offered=True),
        actions.tool(turn_off, name="HassTurnOff", offered=True),
        actions.tool(restore, name=RESTORE),
    ]
