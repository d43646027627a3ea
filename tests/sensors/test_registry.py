from dataclasses import dataclass, replace

from sensors.entities import Command, Discovery, Entity, EntityState, Publication
from sensors.events import Reading, Value
from sensors.house import House
from sensors.owner import Correction, Owner
from sensors.registry import Registry

NOW = 1_000_000.0


@dataclass(frozen=True)
class Device:
    """A driver of one thing whose state is what its topic says."""

    entity: Entity
    topics: tuple[str, ...]

    def read(
        self, topic: str, payload: bytes, received_at: float, *, late: bool = False
    ) -> list[Reading]:
        return [said(self.entity.key(), payload.decode(), topic)]

    def write(self, command: Command, state: EntityState) -> list[Publication]:
        return [Publication(f"{self.topics[0]}/set", command.service)]


def said(key: str, value: Value, topic: str, quantity: str = "state", at: float = NOW) -> Reading:
    return Reading(key, "lamp", quantity, value, "", at, topic)


def lamp(name: str = "lamp", source: str = "", topic: str = "", **more: str) -> Device:
    source = source or f"0x{name}"
    entity = Entity(f"light.{name}", name, "light", source=source, protocol="zigbee2mqtt")
    return Device(replace(entity, **more), (topic or f"zigbee2mqtt/{name}",))  # type: ignore[arg-type]


def announced(*devices: Device, origin: str = "zigbee2mqtt/bridge/devices") -> Discovery:
    return Discovery(origin, devices)


def registry(owner: Owner | None = None, capacity: int = 100) -> tuple[Registry, House]:
    house = House(now=lambda: NOW)
    return Registry(house, owner, capacity), house


def ids(home: Registry) -> list[str]:
    return [entity.id for entity in home.entities()]


def test_the_same_announcement_changes_nothing() -> None:
    home, _ = registry()
    assert home.apply(announced(lamp("a"), lamp("b"))).added == ("light.a", "light.b")
    version, entities = home.version, home.entities()
    assert not home.apply(announced(lamp("a"), lamp("b")))
    assert home.version == version
    assert home.entities() is entities


def test_a_later_announcement_of_an_origin_replaces_it() -> None:
    home, house = registry()
    home.apply(announced(lamp("a"), lamp("b")))
    house.apply([said("0xa/state", "on", "zigbee2mqtt/a")])
    changed = home.apply(announced(lamp("b"), lamp("c")))
    assert (changed.added, changed.removed) == (("light.c",), ("light.a",))
    assert changed.forgotten == ("0xa/state",)
    assert house.latest() == []
    assert ids(home) == ["light.b", "light.c"]
    assert home.apply(announced()).removed == ("light.b", "light.c")
    assert ids(home) == []
