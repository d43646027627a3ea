"""The tools of the home on the real registry, control, gate and store."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from daemon.tools.confirmation import Policy
from daemon.tools.gate import Gate
from daemon.tools.home import home_tools
from daemon.tools.tool import Occasion
from memory.store import Store
from models.ports import ToolCall
from sensors.control import Control
from sensors.entities import Entity
from sensors.house import House
from sensors.owner import Owner
from sensors.registry import Registry
from tests.clock import run
from tests.doubles.devices import Answer, Devices, JsonDriver, announced

LAMP = Entity("light.lamp", "lamp", "light", area="Kitchen", features=frozenset({"brightness"}))
DOOR = Entity("lock.door", "Front Door", "lock", area="Hall")

ANSWERS: Mapping[str, Sequence[Answer]] = {
    "device/light.lamp/set": [(0.1, {"state": "on", "brightness": 30.0})],
    "device/lock.door/set": [(0.1, {"state": "unlocked"})],
}


def said(turn: str, *, confirmed: bool = False) -> Occasion:
    return Occasion(turn, "intent", confirmed=confirmed)


@dataclass
class Joined:
    """A house of two things, behind the gate."""

    gate: Gate
    devices: Devices

    @property
    def sent(self) -> list[str]:
        return [one.payload for one in self.devices.sent]


@asynccontextmanager
async def joined(path: Path, owner: Owner | None = None) -> AsyncIterator[Joined]:
    def now() -> float:
        return 1_000_000.0 + asyncio.get_running_loop().time()

    drivers = {f"device/{one.id}": JsonDriver(one) for one in (LAMP, DOOR)}
    house = House(now=now)
    registry = Registry(house, owner)
    for discovery in announced(*drivers.values()):
        registry.apply(discovery)

    def hear(topic: str, payload: bytes) -> None:
        house.apply(drivers[topic].read(topic, payload, now()))

    devices = Devices(hear, ANSWERS)
    control = Control(registry, house, devices.publish, now)
    policy = Policy(lambda one: registry.confirm(one.id), lambda: registry.owner.heating)
    hear("device/light.lamp", b'{"state": "off"}')
    hear("device/lock.door", b'{"state": "locked"}')
    async with Store.open(path / "m.db", clock=now) as store:
        tools = home_tools(registry, control, store.lists, now, policy=policy)
        yield Joined(Gate(tools, store.audit, now=now), devices)


DIM = ToolCall("HassLightSet", {"area": "kitchen", "brightness": 30, "domain": "light"})
UNLOCK = ToolCall("HassTurnOff", {"name": "Front Door", "domain": "lock"})


def test_a_command_is_done_when_its_device_says_so_and_can_be_taken_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with joined(tmp_path) as home:
            done = await home.gate.call(DIM, said("one"))
            assert done.status == "done"
            assert done.value["matched"][0]["attributes"] == {"brightness": 30.0}
            # The lamp says that it is on: what was sent did not happen.
            undone = await home.gate.undo(said("two"))
            assert undone.status == "failed"
            assert home.sent == [
                '{"service": "turn_on", "brightness": 30}',
                '{"service": "turn_off"}',
            ]

    run(main())


def test_a_door_is_opened_after_a_yes_to_exactly_that(tmp_path: Path) -> None:
    async def main() -> None:
        async with joined(tmp_path) as home:
            asked = await home.gate.call(UNLOCK, said("one"))
            assert (asked.status, asked.say) == ("ask", "Shall I unlock the front door?")
            assert home.sent == []
            done = await home.gate.call(UNLOCK, said("two", confirmed=True))
            assert (done.status, done.value["matched"][0]["state"]) == ("done", "unlocked")
            again = await home.gate.call(UNLOCK, said("three", confirmed=True))
            assert again.status == "ask", "a yes counts once"
            assert home.sent == ['{"service": "unlock"}']

    run(main())


def test_the_owners_file_says_what_is_asked_about(tmp_path: Path) -> None:
    async def main() -> None:
        async with joined(tmp_path, Owner(always=("lamp",))) as home:
            asked = await home.gate.call(DIM, said("one"))
            assert asked.say == "Shall I turn on the lamp?"
            assert home.sent == []

    run(main())
