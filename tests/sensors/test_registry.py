from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.areas import Area, Floor
from sensors.entities import Command, Discovery, Entity, EntityState, Publication
from sensors.events import Reading, Value
from sensors.house import House
from sensors.owner import Correction, Owner
from sensors.registry import CAPACITY, Registry

NOW = 1_000_000.0


@dataclass(frozen=True)
class Device:
    """A driver of one thing whose state is what its topic says."""

    entity: Entity
    topics: tuple[str, ...]
    tells: bool = True
    commands: tuple[str, ...] = ()

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


def test_an_announcement_that_contradicts_itself_is_believed_where_it_speaks_first() -> None:
    home, _ = registry()
    twice = announced(lamp("a", source="0x1"), lamp("b", source="0x1"), lamp("c"))
    assert home.apply(twice).added == ("light.a", "light.c")
    assert not home.apply(twice)
    assert ids(home) == ["light.a", "light.c"]


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


def test_two_devices_of_one_name_both_live_and_keep_their_ids_over_a_restart() -> None:
    home, _ = registry()
    home.apply(announced(lamp(source="0xb", topic="one")))
    home.apply(announced(lamp(source="0xa", topic="two"), origin="other"))
    first, second = home.entities()
    assert first.id == "light.lamp"
    assert second.id.startswith("light.lamp_")
    assert {first.name, second.name} == {"lamp"}
    assert home.driver(second.id) == lamp(source="0xa", topic="two")
    assert home.find(name="lamp") == [first, second]

    again, _ = registry()
    again.load(home.known())
    assert again.driver(second.id) is None
    again.apply(announced(lamp(source="0xa", topic="two"), origin="other"))
    again.apply(announced(lamp(source="0xb", topic="one")))
    assert [entity.source for entity in again.entities()] == ["0xb", "0xa"]
    assert ids(again) == [first.id, second.id]


def test_what_was_remembered_and_is_not_announced_again_ends() -> None:
    home, house = registry()
    house.load([said("0xa/state", "on", "zigbee2mqtt/a")])
    home.load([lamp("a").entity, lamp("b").entity])
    assert home.state("light.a").value == "on"
    home.apply(announced(lamp("b")))
    changed = home.settle()
    assert (changed.removed, changed.forgotten) == (("light.a",), ("0xa/state",))
    assert ids(home) == ["light.b"]


def test_what_announces_itself_by_speaking_alone_is_kept_for_a_month() -> None:
    home, house = registry()
    plugs = [replace(lamp(name).entity, protocol="shelly") for name in ("plug", "gone", "mute")]
    house.load(
        [
            said("0xplug/state", "on", "plug/status/switch:0", at=NOW - 86_400),
            said("0xgone/state", "on", "gone/status/switch:0", at=NOW - 31 * 86_400),
        ]
    )
    home.load(plugs)
    assert [entity.name for entity in home.known()] == ["plug"]
    assert home.settle().removed == ("light.gone", "light.mute")
    assert ids(home) == ["light.plug"]


def copy_of(device: Device) -> Device:
    """The same thing in Home Assistant's words."""
    entity = replace(device.entity, id="light.copy", source="copy", protocol="homeassistant")
    return Device(entity, device.topics)


def test_a_copy_in_home_assistants_words_does_not_appear_beside_the_original() -> None:
    copy, original = copy_of(lamp("a")), lamp("a")
    for first, second in (((copy, "ha"), (original, "z")), ((original, "z"), (copy, "ha"))):
        home, house = registry()
        home.apply(announced(first[0], origin=first[1]))
        house.apply(home.observe([said("copy/state", "on", "zigbee2mqtt/a")]))
        home.apply(announced(second[0], origin=second[1]))
        assert ids(home) == ["light.a"]
        house.apply(home.observe([said("copy/state", "off", "zigbee2mqtt/a")]))
        house.apply(home.observe([said("0xa/state", "on", "zigbee2mqtt/a")]))
        assert [reading.entity for reading in house.latest()] == ["0xa/state"]
        assert [entity.id for entity in home.known()] == ["light.a"]
        home.apply(announced(origin="z"))
        assert ids(home) == ["light.copy"], "the copy is all that is left"


def test_the_owners_own_description_wins_over_its_kind_alone() -> None:
    home, _ = registry()
    power = replace(lamp("power", "0xa").entity, domain="sensor", id="sensor.power", main="power")
    home.apply(announced(lamp("a"), Device(power, ("zigbee2mqtt/a",))))
    own = replace(lamp("a").entity, id="light.mine", source="mine", protocol="homeassistant")
    home.apply(announced(Device(own, ("zigbee2mqtt/a",)), origin="owner:devices/0"))
    assert ids(home) == ["light.mine", "sensor.power"]


def test_two_origins_that_speak_of_one_reading_cannot_take_it_from_each_other() -> None:
    home, _ = registry()
    home.apply(announced(lamp("a")))
    thief = lamp("thief", source="0xa", topic="mine")
    assert not home.apply(announced(thief, origin="other"))
    assert home.driver("light.a") == lamp("a")
    assert not home.apply(announced(origin="other"))
    assert ids(home) == ["light.a"]


def test_who_lost_a_reading_to_a_better_origin_cannot_remove_it() -> None:
    home, _ = registry()
    theirs = replace(lamp("a"), entity=replace(lamp("a").entity, protocol="homeassistant"))
    home.apply(announced(theirs, origin="other"))
    home.apply(announced(lamp("a")))
    home.apply(announced(origin="other"))
    assert home.driver("light.a") == lamp("a")


def test_a_stranger_announcing_things_cannot_fill_memory() -> None:
    home, _ = registry(capacity=3)
    for number in range(10):
        home.apply(announced(lamp(f"x{number}"), origin=f"o{number}"))
    assert len(home.entities()) == 3
    assert home.overflowed == 7
    home.apply(announced(origin="o0"))
    assert home.apply(announced(lamp("x9"), origin="o9"))


def test_a_plain_sensor_becomes_an_entity_with_its_first_reading() -> None:
    home, house = registry()
    warm = Reading(
        "bedroom/temperature", "bedroom", "temperature", 21.5, "°C", NOW, "home/bedroom/sensor"
    )
    house.apply(home.observe([warm]))
    (entity,) = home.entities()
    assert (entity.name, entity.domain) == ("bedroom temperature", "sensor")
    assert (entity.device_class, entity.unit, entity.area) == ("temperature", "°C", "bedroom")
    assert (entity.source, entity.main, entity.key()) == ("bedroom", "temperature", warm.entity)
    assert home.state(entity.id).value == 21.5
    version = home.version
    home.observe([replace(warm, value=22.0)])
    assert home.version == version

    restarted = Registry(house)
    restarted.load([])
    assert restarted.entities() == home.entities()


def test_a_device_that_announces_itself_takes_the_place_of_its_mere_readings() -> None:
    home, house = registry()
    before = said("lamp/state", "on", "zigbee2mqtt/lamp")
    house.apply(home.observe([before]))
    assert ids(home) == ["sensor.lamp_state"]
    changed = home.apply(announced(lamp()))
    assert changed.forgotten == ("lamp/state",)
    assert ids(home) == ["light.lamp"]
    assert home.observe([before]) == []


def test_states_are_in_home_assistants_words() -> None:
    home, house = registry()
    readings = [
        said("door/contact", value=False, topic="home/door/sensor", quantity="contact"),
        said("hall/motion", value=True, topic="home/hall/sensor", quantity="motion"),
        said("gate/lock", value=True, topic="home/gate/sensor", quantity="lock"),
    ]
    house.apply(home.observe(readings))
    states = {entity.id: home.state(entity.id).value for entity in home.entities()}
    assert states == {
        "binary_sensor.door_contact": "on",
        "binary_sensor.hall_motion": "on",
        "lock.gate_lock": "locked",
    }


def test_a_state_has_attributes_and_knows_whether_it_can_be_relied_on() -> None:
    home, house = registry()
    battery = replace(lamp("battery", "0xa").entity, domain="sensor", main="battery")
    home.apply(announced(lamp("a"), Device(battery, ("zigbee2mqtt/a",))))
    assert home.state("light.a").value is None
    topic = "zigbee2mqtt/a"
    house.apply([said("0xa/state", "on", topic), said("0xa/battery", 90.0, topic)])
    house.apply([said("0xa/brightness", 50.0, topic)])
    assert home.state("light.a") == EntityState("on", {"brightness": 50.0}, True, NOW)
    house.apply([said("0xa/gateway", "offline", topic, "gateway")])
    assert home.state("light.a") == EntityState(
        "on", {"brightness": 50.0}, available=False, at=NOW, stale=True
    )
    assert home.state("light.nowhere") == EntityState(None, available=False)


OWNER = Owner(
    areas=(Area("living room", ("lounge",), "ground floor"),),
    floors=(Floor("ground floor", ("downstairs",)),),
    entities={
        "light.a": Correction(name="standing lamp", area="lounge", aliases=("uplighter",)),
        "light.b": Correction(hidden=True),
        "switch.c": Correction(domain="light", confirm=True),
        "light.d": Correction(confirm=False),
    },
    always=("garage", "light.e"),
)


def test_the_owner_has_the_last_word() -> None:
    home, _ = registry(OWNER)
    plug = replace(lamp("c").entity, id="switch.c", domain="switch")
    home.apply(
        announced(lamp("a", area="cellar"), lamp("b"), Device(plug, ("c",)), lamp("d"), lamp("e"))
    )
    assert ids(home) == ["light.a", "light.d", "light.e", "switch.c"]
    standing = home.get("light.a")
    assert standing is not None
    assert (standing.name, standing.area, standing.floor) == (
        "standing lamp", "living room", "ground floor",
    )  # fmt: skip
    assert home.find(name="Uplighter") == [standing]
    assert home.find(area="Lounge") == [standing]
    assert home.find(floor="downstairs", domain="light") == [standing]
    assert home.find(name="standing lamp", domain="switch") == []
    assert home.find(area="nowhere") == []
    assert [entity.id for entity in home.find(domain="light")] == [*ids(home)]
    assert {one: home.confirm(one) for one in ids(home)} == {
        "light.a": None, "light.d": False, "light.e": True, "switch.c": True,
    }  # fmt: skip
    version = home.version
    home.correct(Owner())
    assert home.version > version
    assert [entity.name for entity in home.find(name="b")] == ["b"]


def test_rooms_are_known_without_anybody_saying_them() -> None:
    home, _ = registry()
    home.apply(
        announced(
            lamp("kitchen_ceiling"),
            lamp("kitchenette"),
            lamp("Living Room lamp"),
            lamp("den lamp"),
            lamp("spot", area="Den"),
            lamp("other", area="den"),
        )
    )
    rooms = {entity.name: entity.area for entity in home.entities()}
    assert rooms == {
        "kitchen_ceiling": "kitchen",
        "kitchenette": "",
        "Living Room lamp": "living room",
        "den lamp": "Den",
        "spot": "Den",
        "other": "Den",
    }
    assert [area.name for area in home.areas()] == ["Den", "kitchen", "living room"]
    assert home.floors() == []


def test_an_announcement_of_thousands_is_taken_in_pieces() -> None:
    home, _ = registry(capacity=5_000)
    home.apply(announced(*(lamp(f"old {number}") for number in range(300))))
    devices = [lamp(f"lamp {number}") for number in range(1_000)]
    steps, work = [len(home.entities())], home.applying(announced(*devices))
    while True:
        try:
            next(work)
        except StopIteration as end:
            changed = end.value
            break
        steps.append(len(home.entities()))
    assert steps[1:6] == [200, 400, 600, 800, 1_000], "and what is gone goes first"
    assert (len(changed.added), len(changed.removed)) == (1_000, 300)
    assert not home.apply(announced(*devices))


def test_what_nobody_corrects_is_not_copied() -> None:
    home, _ = registry(Owner(entities={"light.b": Correction(name="Uplighter")}))
    one, other, roomy = lamp("a"), lamp("b"), lamp("kitchen lamp")
    home.apply(announced(one, other, roomy))
    assert home.get("light.a") is one.entity
    assert home.get("light.b") == replace(other.entity, name="Uplighter")
    assert home.get("light.kitchen lamp") == replace(roomy.entity, area="kitchen")


def test_one_bridge_of_two_things_makes_neither_a_copy_of_the_other() -> None:
    home, _ = registry()
    bridge = lamp("bridge", topic="zigbee2mqtt/bridge/state")
    scene = Device(copy_of(lamp("night")).entity, ("zigbee2mqtt/bridge/state",), tells=False)
    home.apply(announced(bridge))
    home.apply(announced(scene, origin="homeassistant/scene/night/config"))
    assert len(ids(home)) == 2


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["one", "two", "owner:devices/0"]),
            st.lists(st.sampled_from([lamp("a"), lamp("b"), copy_of(lamp("a"))]), max_size=3),
        ),
        max_size=6,
    )
)
def test_in_whatever_order_things_come_and_go_the_books_are_right(
    steps: list[tuple[str, list[Device]]],
) -> None:
    home, _ = registry()
    for origin, devices in steps:
        home.apply(announced(*devices, origin=origin))
        assert not home.apply(announced(*devices, origin=origin)).added
        shown = ids(home)
        assert len(shown) == len(set(shown))
        assert all(home.get(one) and home.driver(one) for one in shown)
    for origin in ("one", "two", "owner:devices/0"):
        home.apply(announced(origin=origin))
    assert ids(home) == []


@pytest.mark.slow
def test_ten_thousand_devices_do_not_fill_memory() -> None:
    home = Registry(House())
    for number in range(10_000):
        home.apply(announced(lamp(f"kitchen lamp {number}"), origin=f"o{number}"))
    assert len(home.entities()) == CAPACITY
    assert home.overflowed == 10_000 - CAPACITY
