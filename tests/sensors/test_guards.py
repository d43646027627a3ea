"""Nothing is commanded where a lock, a gate or an alarm is."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from sensors.decoder import Decoder
from sensors.discovery.dialects import dialects
from sensors.discovery.homeassistant import manual
from sensors.entities import CannotDo, Command, Entity, Publication
from sensors.guards import Guards, is_entrance
from sensors.house import House
from sensors.interpreter import Interpreter
from sensors.owner import Correction, Owner
from sensors.registry import Registry
from tests.doubles.devices import JsonDriver, announced

REFUSED = "refused"
LOCK = {"name": "Front Door", "state_topic": "door/s", "command_topic": "door/set"}
LAMP = {
    "name": "Lamp", "state_topic": "lamp/s", "command_topic": "door/set", "payload_on": "UNLOCK",
}  # fmt: skip


class Home:
    """Announcements as a broker brings them."""

    def __init__(self, owner: Owner | None = None) -> None:
        self.interpreter = Interpreter(Decoder(["nothing/+"]), dialects())
        self.registry = Registry(House(), owner)

    def announce(self, topic: str, told: Any) -> None:
        heard = self.interpreter.interpret(topic, json.dumps(told).encode(), 1e9)
        for discovery in heard.discoveries:
            self.registry.apply(discovery)

    def has(self, platform: str, node: str, config: Mapping[str, Any], **more: Any) -> None:
        self.announce(f"homeassistant/{platform}/{node}/config", {**config, **more})

    def asked(self, entity_id: str, service: str, **arguments: Any) -> str:
        """What is sent, or that it is refused."""
        entity, driver = self.registry.get(entity_id), self.registry.driver(entity_id)
        assert entity is not None
        assert driver is not None
        command = Command(entity_id, service, arguments)
        sent = driver.write(command, self.registry.state(entity_id))
        try:
            Guards(self.registry).check(entity, command, sent)
        except CannotDo:
            return REFUSED
        return ", ".join(f"{one.topic} {one.payload}" for one in sent)


@pytest.mark.parametrize("first", ["lock", "light"])
@pytest.mark.parametrize("topic", ["door/set", "door/set/state"])
def test_a_lamp_does_not_unlock_the_door(first: str, topic: str) -> None:
    home = Home()
    if first == "lock":
        home.has("lock", "a", LOCK)
    home.has("light", "b", LAMP, command_topic=topic)
    if first == "light":
        home.has("lock", "a", LOCK)
    assert home.asked("light.b", "turn_on") == REFUSED
    assert home.asked("lock.a", "unlock") == "door/set UNLOCK"
    home.has("light", "c", LAMP, command_topic="door/settled")
    assert home.asked("light.c", "turn_on") == "door/settled UNLOCK"


def test_a_lamp_that_claims_to_belong_to_the_lock_does_not_either() -> None:
    home = Home()
    device = {"identifiers": ["x"], "name": "Front Door"}
    home.has("lock", "a", LOCK, device=device, unique_id="x_lock")
    home.has("light", "b", LAMP, device=device, unique_id="x_light")
    assert home.asked("light.x_light", "turn_on") == REFUSED


def test_a_lock_does_not_open_another_but_may_be_announced_twice() -> None:
    home = Home()
    home.has("lock", "a", LOCK)
    home.has("lock", "b", LOCK, name="Back Door", unique_id="b", state_topic="back/s")
    assert home.asked("lock.a", "lock") == "door/set LOCK"
    home.has("lock", "c", LOCK, name="Cupboard", state_topic="cup/s", payload_lock="UNLOCK")
    assert home.asked("lock.c", "lock") == REFUSED


@pytest.mark.parametrize(
    ("platform", "config", "service"),
    [
        ("cover", {"device_class": "garage"}, "open"),
        ("cover", {"name": "Garage Door"}, "open"),
        ("cover", {"set_position_topic": "door/set", "device_class": "gate"}, "open"),
        ("lock", {"code_format": "^\\d{4}$"}, "unlock"),
        ("alarm_control_panel", {}, "disarm"),
        ("valve", {"device_class": "gas"}, "open"),
    ],
)
def test_what_is_guarded(platform: str, config: dict[str, Any], service: str) -> None:
    home = Home()
    if "set_position_topic" in config:
        config = {**config, "command_topic": "elsewhere"}
    home.has(platform, "a", {**LOCK, **config})
    home.has("light", "b", LAMP)
    assert home.asked("light.b", "turn_on") == REFUSED


@pytest.mark.parametrize(
    ("platform", "config"),
    [("cover", {"device_class": "blind"}), ("switch", {}), ("valve", {"device_class": "water"})],
)
def test_what_is_not_guarded(platform: str, config: dict[str, Any]) -> None:
    home = Home()
    home.has(platform, "a", {**LOCK, "name": "thing", **config})
    home.has("light", "b", LAMP)
    assert home.asked("light.b", "turn_on") == "door/set UNLOCK"


def test_what_is_hidden_or_was_corrected_is_guarded_too() -> None:
    for corrected in (Correction(hidden=True), Correction(name="Door of mine")):
        home = Home(Owner(entities={"lock.a": corrected}))
        home.has("lock", "a", LOCK)
        home.has("light", "b", LAMP)
        assert home.asked("light.b", "turn_on") == REFUSED
    home = Home(Owner(entities={"switch.a": Correction(domain="lock")}))
    home.has("switch", "a", LOCK)
    home.has("light", "b", LAMP)
    assert home.asked("light.b", "turn_on") == REFUSED


def test_what_the_owner_wants_is_done() -> None:
    for confirm in (True, False):
        home = Home(Owner(entities={"light.b": Correction(confirm=confirm)}))
        home.has("lock", "a", LOCK)
        home.has("light", "b", LAMP)
        assert home.asked("light.b", "turn_on") == "door/set UNLOCK"
    home = Home(Owner(always=("light",)))
    home.has("lock", "a", LOCK)
    home.has("light", "b", LAMP)
    assert home.asked("light.b", "turn_on") == REFUSED, "that was not said of this lamp"
    home = Home()
    home.has("lock", "a", LOCK)
    home.registry.apply(manual("light", {**LAMP, "object_id": "b"}, "owner:devices/0"))
    assert home.asked("light.b", "turn_on") == "door/set UNLOCK"


def expose(kind: str, prop: str, on: str, off: str) -> dict[str, Any]:
    whole = {"type": "binary", "name": prop, "property": prop, "access": 7}
    whole |= {"value_on": on, "value_off": off}
    return {"type": kind, "features": [whole]} if kind else whole


def test_the_parts_of_one_device_share_its_topic() -> None:
    home = Home()
    exposes = [expose("lock", "state", "LOCK", "UNLOCK"), expose("", "auto_relock", "LOCK", "OFF")]
    home.announce(
        "zigbee2mqtt/bridge/devices",
        [
            {
                "ieee_address": "0x0000000000000001", "type": "EndDevice", "friendly_name": "door",
                "definition": {"exposes": exposes},
            }
        ],
    )  # fmt: skip
    home.has(
        "lock", "a", LOCK, state_topic="zigbee2mqtt/door", command_topic="zigbee2mqtt/door/set"
    )
    home.has("light", "b", LAMP, command_topic="zigbee2mqtt/door/set")
    assert home.asked("lock.door", "unlock") == 'zigbee2mqtt/door/set {"state": "UNLOCK"}'
    assert home.asked("switch.door_auto_relock", "turn_on").endswith('{"auto_relock": "LOCK"}')
    assert home.asked("light.b", "turn_on") == REFUSED


def test_the_parts_of_a_device_share_its_topic_also_from_several_announcements() -> None:
    for source, answer in (("shelly:1/switch", "ok"), ("shelly:2/switch", REFUSED)):
        home = Home()
        gate = Entity("cover.gate", "gate", "cover", source="shelly:1/cover", protocol="shelly")
        plug = Entity("switch.plug", "plug", "switch", source=source, protocol="shelly")
        for discovery in announced(JsonDriver(gate), JsonDriver(plug)):
            home.registry.apply(discovery)
        sent = [Publication("device/cover.gate/set", "open")]
        try:
            Guards(home.registry).check(plug, Command("switch.plug", "turn_on"), sent)
        except CannotDo:
            assert answer == REFUSED
        else:
            assert answer == "ok"


def test_a_lock_that_a_false_device_makes_a_copy_is_guarded_still() -> None:
    home = Home()
    home.has("lock", "a", LOCK, state_topic="zigbee2mqtt/door")
    exposes = [expose("light", "state", "ON", "OFF")]
    home.announce(
        "zigbee2mqtt/bridge/devices",
        [
            {
                "ieee_address": "0x0000000000000001", "type": "Router", "friendly_name": "door",
                "definition": {"exposes": exposes},
            }
        ],
    )  # fmt: skip
    home.has("light", "b", LAMP)
    assert home.registry.get("lock.a") is None
    assert home.asked("light.b", "turn_on") == REFUSED


def test_entrances() -> None:
    assert is_entrance(Entity("cover.a", "shutter", "cover", device="Garage door"))
    assert not is_entrance(Entity("cover.a", "Garage blind", "cover", device_class="blind"))
