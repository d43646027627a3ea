"""What holds of every dialect: strangers cannot break it, and one house understands them all."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sensors.decoder import Decoder
from sensors.discovery.dialects import GREETINGS, dialects
from sensors.entities import CannotDo, Command, EntityState
from sensors.events import Value
from sensors.house import House
from sensors.interpreter import Interpreter
from sensors.registry import Registry
from sensors.topics import is_valid_filter

NOW = 1_750_000_000.0

TOPICS = (
    "zigbee2mqtt/bridge/devices", "zigbee2mqtt/bridge/groups",
    "tasmota/discovery/5002919AF0A1/config", "tasmota/discovery/5002919AF0A1/sensors",
    "shellies/lamp/light/0/status", "shellies/lamp/sensor/state", "shellies/lamp/roller/0",
    "plug/status/switch:0", "plug/status/rgb:0", "plug/events/rpc", "homie/5/shed/$description",
    "homie/desk/$nodes", "homie/desk/lamp/$properties", "homie/desk/lamp/on/$datatype",
)  # fmt: skip

SERVICES: Sequence[tuple[str, Mapping[str, Value]]] = (
    ("turn_on", {}), ("turn_on", {"brightness": 50.0, "color": "red", "color_temp": 2700.0}),
    ("turn_off", {}), ("open", {}), ("set_position", {"position": 50.0}), ("lock", {}),
    ("set_temperature", {"temperature": 20.0}), ("set_mode", {"mode": "heat"}),
    ("set_speed", {"percentage": 50.0}), ("select", {"option": "x"}), ("set_value", {"value": 1.0}),
    ("activate", {}), ("turn_on", {"brightness": "much"}), ("turn_on", {"color": True}),
)  # fmt: skip

KEYS = st.sampled_from(
    """
    type name property features access value_on value_off value_max values endpoint unit label
    category friendly_name ieee_address definition exposes disabled id members scenes description
    dn fn rl lt_st so sho t ft tp ofln onln if sn ENERGY Power AM2301 Temperature Shutter1
    params switch:0 rgb:0 output source brightness rgb current_pos state ison red gain temp
    nodes properties datatype format settable root on color lamp position
    """.split()  # noqa: SIM905 - ninety quoted words read worse
)
ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from(
        ["light", "switch", "lock", "cover", "fan", "climate", "binary", "numeric", "enum",
         "composite", "state", "brightness", "color_xy", "system_mode", "mode", "position",
         "occupied_heating_setpoint", "contact", "%prefix%/%topic%/", "a/b", "#", "boolean",
         "float", "color", "rgb", "OPEN,CLOSE", "0:100", "ON"]
    ),
    st.text(max_size=6),
)  # fmt: skip
JSON = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8),
    max_leaves=30,
)


@given(st.lists(st.tuples(st.sampled_from(TOPICS), JSON), min_size=1, max_size=4), JSON)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@example([("zigbee2mqtt/bridge/devices", [{"friendly_name": "\ud800", "definition": 5}])], None)
def test_strangers_cannot_break_a_dialect(messages: list[tuple[str, Any]], state: Any) -> None:
    registry = Registry(House())
    for dialect in dialects():
        for topic, payload in messages:
            raw = json.dumps(payload).encode()
            for discovery in dialect.announced(topic, raw) or ():
                registry.apply(discovery)
    said = [json.dumps(state).encode(), b"", b"\xff", b"ON", b'{"state": "ON"}']
    for entity in registry.entities():
        driver = registry.driver(entity.id)
        assert driver is not None
        for topic in driver.topics:
            for payload in said:
                driver.read(topic, payload, NOW)
        for service, arguments in SERVICES:
            try:
                sent = driver.write(Command(entity.id, service, arguments), EntityState(None))
            except CannotDo:
                continue
            assert all(is_valid_filter(one.topic) for one in sent)
            assert not any(set(one.topic) & set("+#") for one in sent)


def test_a_house_of_everything() -> None:
    lamp = {"type": "light", "features": [
        {"type": "binary", "name": "state", "property": "state", "access": 7,
         "value_on": "ON", "value_off": "OFF"}]}  # fmt: skip
    zigbee = {"ieee_address": "0x0000000000000001", "type": "Router", "friendly_name": "lamp",
              "definition": {"exposes": [lamp]}}  # fmt: skip
    copy = {
        "name": None, "schema": "json", "state_topic": "zigbee2mqtt/lamp", "brightness": True,
        "command_topic": "zigbee2mqtt/lamp/set", "unique_id": "0x0000000000000001_light",
        "availability": [{"topic": "zigbee2mqtt/bridge/state",
                          "value_template": "{{ value_json.state }}"}],
        "device": {"identifiers": ["zigbee2mqtt_0x0000000000000001"], "name": "lamp"},
    }  # fmt: skip
    messages = [
        ("homeassistant/light/0x0000000000000001/light/config", copy),
        ("zigbee2mqtt/lamp", {"state": "ON"}),
        ("zigbee2mqtt/bridge/devices", [zigbee]),
        ("zigbee2mqtt/bridge/state", {"state": "online"}),
        ("shellies/fountain/relay/0", "on"),
        ("gate-opener/status/cover:0", {"state": "open", "current_pos": 100}),
        ("home/bedroom/sensor", {"temperature": 21}),
    ]
    for order in (messages, messages[::-1]):
        house = House(now=lambda: NOW)
        registry = Registry(house)
        decoder = Decoder(("home/+/sensor", "zigbee2mqtt/#"))
        interpreter = Interpreter(decoder, dialects())
        for topic, payload in order:
            raw = payload if isinstance(payload, str) else json.dumps(payload)
            heard = interpreter.interpret(topic, raw.encode(), NOW)
            for discovery in heard.discoveries:
                registry.apply(discovery)
            house.apply(registry.observe(heard.readings))
        assert {entity.id: registry.state(entity.id).value for entity in registry.entities()} == {
            "binary_sensor.zigbee2mqtt_bridge": "on",
            "light.lamp": "on",
            "switch.fountain": "on",
            "cover.gate_opener": "open",
            "sensor.bedroom_temperature": 21.0,
        }
        assert [reading.name for reading in house.latest()].count("lamp") == 1


def test_greetings_ask_and_command_nothing() -> None:
    asked = [(one.topic, one.payload, one.retain) for one in GREETINGS]
    assert asked == [
        ("shellies/command", "announce", False),
        ("shellies/command", "update", False),
        ("shellies/command", "status_update", False),
        ("cmnd/tasmotas/State", "", False),
    ]
