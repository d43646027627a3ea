"""Vacuum cleaners and lawn mowers."""

from daemon.tools.home_action import Actions, Plan
from daemon.tools.targets import AreaName, FloorName, HouseView, Name, Wanted, resolve
from daemon.tools.tool import Occasion, Tool
from sensors.entities import Command, Entity


def machine_tools(house: HouseView, actions: Actions) -> list[Tool]:
    """HassVacuum* and HassLawnMower*."""

    def start(occasion: Occasion, name: Name = "", floor: FloorName = "") -> Plan:
        """Starts a vacuum cleaner."""
        return plan("vacuum", "start", Wanted(name, "", floor), occasion, ask=True)

    def dock(occasion: Occasion, name: Name = "", area: AreaName = "") -> Plan:
        """Sends a vacuum cleaner back to its base."""
        return plan("vacuum", "return_home", Wanted(name, area), occasion)

    def clean(occasion: Occasion, area: AreaName, name: Name = "") -> Plan:
        """Has a vacuum cleaner clean one room."""
        # The room is where to clean, not where the vacuum cleaner stands.
        machines = resolve(
            house, Wanted(name), occasion, domains={"vacuum"}, feature=_cleans_rooms, ask=True
        )
        return Plan((Command(machines[0].id, "clean_area", {"area": area}),))

    def mow(occasion: Occasion, name: Name = "") -> Plan:
        """Starts a lawn mower."""
        return plan("lawn_mower", "start", Wanted(name), occasion, ask=True)

    def stop_mowing(occasion: Occasion, name: Name = "") -> Plan:
        """Sends a lawn mower back to its dock."""
        return plan("lawn_mower", "return_home", Wanted(name), occasion)

    def plan(
        domain: str, service: str, wanted: Wanted, occasion: Occasion, *, ask: bool = False
    ) -> Plan:
        machines = resolve(house, wanted, occasion, domains={domain}, here=ask, ask=ask)
        return Plan(tuple(Command(machine.id, service) for machine in machines))

    return [
        actions.tool(start, name="HassVacuumStart", offered=True),
        actions.tool(dock, name="HassVacuumReturnToBase", offered=True),
        actions.tool(clean, name="HassVacuumCleanArea"),
        actions.tool(mow, name="HassLawnMowerStartMowing"),
        actions.tool(stop_mowing, name="HassLawnMowerDock"),
    ]


def _cleans_rooms(machine: Entity) -> bool:
    return "clean_area" in machine.features
