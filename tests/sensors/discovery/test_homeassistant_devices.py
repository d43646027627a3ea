"""What well-known programs and firmwares announce, in their own abbreviations and templates."""

import json
from typing import Any

import pytest

from sensors.discovery.homeassistant import HomeAssistant
from sensors.entities import Command, Driver, EntityState
from sensors.events import Value

NOW = 1_767_225_600.0


def announced(topic: str, config: dict[str, Any]) -> Driver:
    found = HomeAssistant().announced(topic, json.dumps(config).encode())
    assert found is not None
    assert found[0].refused == ()
    return found[0].drivers[0]


def read(one: Driver, topic: str, payload: object) -> dict[str, Value]:
    assert topic in one.topics
    text = payload if isinstance(payload, str) else json.dumps(payload)
    readings = one.read(topic, text.encode(), NOW)
    return {reading.entity.rpartition("/")[2]: reading.value for reading in readings}


def sent(one: Driver, service: str, **arguments: Value) -> list[tuple[str, str]]:
    publications = one.write(Command(one.entity.id, service, arguments), EntityState(None))
    return [(publication.topic, publication.payload) for publication in publications]


BRIDGE = [
    {"topic": "zigbee2mqtt/bridge/state", "value_template": "{{ value_json.state }}"},
    {"topic": "zigbee2mqtt/Hall blind/availability", "value_template": "{{ value_json.state }}"},
]
ORIGIN = {"name": "Zigbee2MQTT", "sw": "2.1.0", "url": "https://www.zigbee2mqtt.io"}


def zigbee(name: str) -> dict[str, Any]:
    return {
        "availability": BRIDGE,
        "availability_mode": "all",
        "device": {
            "identifiers": ["zigbee2mqtt_0xa4c1389d01e4ab12"],
            "manufacturer": "IKEA",
            "model": "FYRTUR",
            "name": name,
            "via_device": "zigbee2mqtt_bridge_0x00124b0022813d01",
        },
        "origin": ORIGIN,
        "json_attributes_topic": f"zigbee2mqtt/{name}",
    }


def test_a_blind_of_zigbee2mqtt() -> None:
    blind = announced(
        "homeassistant/cover/0xa4c1389d01e4ab12/cover/config",
        {
            **zigbee("Hall blind"),
            "name": None,
            "object_id": "hall_blind",
            "default_entity_id": "cover.hall_blind",
            "unique_id": "0xa4c1389d01e4ab12_cover_zigbee2mqtt",
            "command_topic": "zigbee2mqtt/Hall blind/set",
            "position_topic": "zigbee2mqtt/Hall blind",
            "position_template": "{{ value_json.position }}",
            "set_position_topic": "zigbee2mqtt/Hall blind/set",
            "set_position_template": '{ "position": {{ position }} }',
            "state_topic": "zigbee2mqtt/Hall blind",
            "state_closing": "DOWN",
            "state_opening": "UP",
            "state_stopped": "STOP",
            "value_template": '{% if "moving" in value_json and value_json.moving %}'
            " {{ value_json.moving }} {% else %} STOP {% endif %}",
        },
    )
    assert blind.entity.id == "cover.hall_blind"
    topic = "zigbee2mqtt/Hall blind"
    assert read(blind, topic, {"position": 0, "battery": 60}) == {"position": 0, "state": "closed"}
    assert read(blind, topic, {"position": 40, "moving": "UP"}) == {
        "position": 40,
        "state": "opening",
    }
    assert read(blind, topic, {"position": 55, "moving": "STOP"})["state"] == "open"
    assert sent(blind, "set_position", position=55.0) == [
        ("zigbee2mqtt/Hall blind/set", '{ "position": 55 }')
    ]
    assert sent(blind, "open") == [("zigbee2mqtt/Hall blind/set", "OPEN")]
    assert read(blind, "zigbee2mqtt/bridge/state", {"state": "online"}) == {
        "availability": "online"
    }
    assert read(blind, "zigbee2mqtt/Hall blind/availability", {"state": "offline"}) == {
        "availability": "offline"
    }


def test_a_battery_and_a_contact_of_zigbee2mqtt() -> None:
    battery = announced(
        "homeassistant/sensor/0xa4c1389d01e4ab12/battery/config",
        {
            **zigbee("Front door"),
            "device_class": "battery",
            "enabled_by_default": True,
            "entity_category": "diagnostic",
            "object_id": "front_door_battery",
            "state_class": "measurement",
            "state_topic": "zigbee2mqtt/Front door",
            "unique_id": "0xa4c1389d01e4ab12_battery_zigbee2mqtt",
            "unit_of_measurement": "%",
            "value_template": "{{ value_json.battery }}",
        },
    )
    assert battery.entity.name == "Front door battery"
    assert read(battery, "zigbee2mqtt/Front door", {"battery": 88, "contact": True}) == {
        "state": 88
    }
    contact = announced(
        "homeassistant/binary_sensor/0xa4c1389d01e4ab12/contact/config",
        {
            **zigbee("Front door"),
            "device_class": "door",
            "object_id": "front_door_contact",
            "payload_off": True,
            "payload_on": False,
            "state_topic": "zigbee2mqtt/Front door",
            "unique_id": "0xa4c1389d01e4ab12_contact_zigbee2mqtt",
            "value_template": "{{ value_json.contact }}",
        },
    )
    assert read(contact, "zigbee2mqtt/Front door", {"battery": 88, "contact": False}) == {
        "state": "on"
    }


def test_a_lamp_of_tasmota() -> None:
    lamp = announced(
        "homeassistant/light/703C50_LI_1/config",
        {
            "name": "Sofa lamp",
            "stat_t": "tele/sofa/STATE",
            "avty_t": "tele/sofa/LWT",
            "pl_avail": "Online",
            "pl_not_avail": "Offline",
            "cmd_t": "cmnd/sofa/POWER",
            "val_tpl": "{{value_json.POWER}}",
            "pl_off": "OFF",
            "pl_on": "ON",
            "uniq_id": "703C50_LI_1",
            "dev": {"ids": ["703C50"]},
            "bri_cmd_t": "cmnd/sofa/Dimmer",
            "bri_stat_t": "tele/sofa/STATE",
            "bri_scl": 100,
            "on_cmd_type": "brightness",
            "bri_val_tpl": "{{value_json.Dimmer}}",
            "rgb_cmd_t": "cmnd/sofa/Color2",
            "rgb_stat_t": "tele/sofa/STATE",
            "rgb_val_tpl": "{{value_json.Color.split(',')[0:3]|join(',')}}",
            "clr_temp_cmd_t": "cmnd/sofa/CT",
            "clr_temp_stat_t": "tele/sofa/STATE",
            "clr_temp_val_tpl": "{{value_json.CT}}",
        },
    )
    state = {"Time": "2026-01-01T00:00:00", "POWER": "ON", "Dimmer": 40, "Color": "255,165,0,0,0"}
    assert read(lamp, "tele/sofa/STATE", state) == {
        "state": "on",
        "brightness": 40,
        "color": "orange",
    }
    assert sent(lamp, "turn_on", brightness=30.0) == [("cmnd/sofa/Dimmer", "30")]
    assert sent(lamp, "turn_off") == [("cmnd/sofa/POWER", "OFF")]
    assert read(lamp, "tele/sofa/LWT", "Offline") == {"availability": "offline"}


def test_an_energy_meter_of_tasmota() -> None:
    meter = announced(
        "homeassistant/sensor/522851_ENERGY_Today/config",
        {
            "name": "Tasmota ENERGY Today",
            "stat_t": "~SENSOR",
            "avty_t": "~LWT",
            "uniq_id": "522851_ENERGY_Today",
            "device": {"identifiers": ["522851"], "connections": [["mac", "84:0D:8E:52:28:51"]]},
            "~": "plug/tele/",
            "unit_of_meas": "kWh",
            "val_tpl": "{{value_json['ENERGY'].Today}}",
            "dev_cla": "energy",
        },
    )
    (reading,) = meter.read("plug/tele/SENSOR", b'{"ENERGY": {"Today": 1.204}}', NOW)
    assert (reading.value, reading.unit, reading.quantity) == (1.204, "kWh", "energy")


ESP = {"ids": "a0b765fe1c24", "name": "desk", "sw": "esphome v2025.10.1", "mdl": "esp32dev"}


def test_a_strip_of_esphome() -> None:
    strip = announced(
        "homeassistant/light/desk/desk_strip/config",
        {
            "schema": "json",
            "clrm": True,
            "sup_clrm": ["rgb", "color_temp"],
            "brightness": True,
            "min_mirs": 153,
            "max_mirs": 500,
            "effect": True,
            "fx_list": ["None", "Rainbow"],
            "name": "Strip",
            "stat_t": "desk/light/desk_strip/state",
            "cmd_t": "desk/light/desk_strip/command",
            "avty_t": "desk/status",
            "uniq_id": "ESPlightdesk_strip",
            "dev": ESP,
        },
    )
    assert strip.entity.name == "desk Strip"
    said = {
        "color_mode": "rgb",
        "state": "ON",
        "brightness": 255,
        "effect": "None",
        "color": {"r": 0, "g": 0, "b": 255},
    }
    assert read(strip, "desk/light/desk_strip/state", said) == {
        "state": "on",
        "brightness": 100,
        "color": "blue",
        "color_mode": "rgb",
        "effect": "None",
    }


def test_a_garage_door_of_esphome() -> None:
    door = announced(
        "homeassistant/cover/desk/garage/config",
        {
            "name": "Garage",
            "dev_cla": "garage",
            "pos_t": "desk/cover/garage/position/state",
            "set_pos_t": "desk/cover/garage/position/command",
            "stat_t": "desk/cover/garage/state",
            "cmd_t": "desk/cover/garage/command",
            "uniq_id": "ESPcovergarage",
            "dev": ESP,
        },
    )
    assert read(door, "desk/cover/garage/position/state", "0") == {"position": 0}
    assert read(door, "desk/cover/garage/state", "opening") == {"state": "opening"}
    assert sent(door, "close") == [("desk/cover/garage/command", "CLOSE")]


def test_a_strip_of_wled() -> None:
    strip = announced(
        "homeassistant/light/WLED_a4cf12/config",
        {
            "~": "wled/shelf",
            "name": "Shelf",
            "unique_id": "a4cf12",
            "bri_cmd_t": "~",
            "bri_stat_t": "~/g",
            "bri_val_tpl": "{{value}}",
            "rgb_cmd_t": "~/col",
            "rgb_cmd_tpl": "{{'#%02x%02x%02x' | format(red, green, blue)}}",
            "rgb_stat_t": "~/c",
            "rgb_val_tpl": "{{value[1:3]|int(base=16)}},{{value[3:5]|int(base=16)}},"
            "{{value[5:7]|int(base=16)}}",
            "on_cmd_type": "brightness",
            "cmd_t": "~",
            "stat_t": "~/g",
            "stat_val_tpl": "{% if value == '0' %}OFF{% else %}ON{% endif %}",
            "fx_cmd_t": "~/api",
            "fx_cmd_tpl": "FX={{ value }}",
            "fx_list": ["Solid", "Blink"],
            "avty_t": "~/status",
        },
    )
    assert read(strip, "wled/shelf/g", "128") == {"state": "on", "brightness": 50}
    assert read(strip, "wled/shelf/g", "0") == {"state": "off", "brightness": 0}
    assert read(strip, "wled/shelf/c", "#FF0000") == {"color": "red"}
    assert sent(strip, "turn_on", color="lime", effect="blink") == [
        ("wled/shelf/col", "#00ff00"),
        ("wled/shelf/api", "FX=Blink"),
        ("wled/shelf", "255"),
    ]


def test_a_thermometer_of_openmqttgateway() -> None:
    thermometer = announced(
        "homeassistant/sensor/A4C138010203-tempc/config",
        {
            "stat_t": "home/gateway/BTtoMQTT/A4C138010203",
            "name": "tempc",
            "uniq_id": "A4C138010203-tempc",
            "dev_cla": "temperature",
            "val_tpl": "{{ value_json.tempc | is_defined }}",
            "unit_of_meas": "°C",
            "stat_cla": "measurement",
            "dev": {"ids": ["A4C138010203"], "name": "Bedroom", "mf": "Xiaomi", "via_device": "gw"},
        },
    )
    topic = "home/gateway/BTtoMQTT/A4C138010203"
    assert read(thermometer, topic, {"id": "A4:C1", "tempc": 20.4, "hum": 51}) == {"state": 20.4}
    assert read(thermometer, topic, {"id": "A4:C1", "rssi": -80}) == {}


def test_a_smart_lock_of_nuki_hub() -> None:
    lock = announced(
        "homeassistant/lock/2af1b3/smartlock/config",
        {
            "~": "nuki",
            "name": None,
            "unique_id": "2af1b3_lock",
            "cmd_t": "~/lock/action",
            "avty": [{"t": "~/maintenance/mqttConnectionState"}],
            "pl_lock": "lock",
            "pl_unlk": "unlock",
            "pl_open": "unlatch",
            "stat_t": "~/lock/hastate",
            "stat_jam": "jammed",
            "stat_locked": "locked",
            "stat_locking": "locking",
            "stat_unlocked": "unlocked",
            "stat_unlocking": "unlocking",
            "opt": "false",
            "dev": {"ids": ["nuki_2af1b3"], "mf": "Nuki", "name": "Front door"},
        },
    )
    assert lock.entity.name == "Front door"
    assert read(lock, "nuki/lock/hastate", "locked") == {"state": "locked"}
    assert read(lock, "nuki/maintenance/mqttConnectionState", "online")
    assert sent(lock, "unlock") == [("nuki/lock/action", "unlock")]
    assert sent(lock, "open") == [("nuki/lock/action", "unlatch")]


@pytest.mark.parametrize("payload", ["ON", "OFF"])
def test_motion_of_a_camera(payload: str) -> None:
    motion = announced(
        "homeassistant/binary_sensor/frigate/porch_motion/config",
        {
            "name": "Porch motion",
            "unique_id": "frigate_porch_motion",
            "state_topic": "frigate/porch/motion",
            "device_class": "motion",
            "availability_topic": "frigate/available",
            "device": {"identifiers": ["frigate"], "name": "Frigate"},
        },
    )
    assert motion.entity.name == "Frigate Porch motion"
    assert read(motion, "frigate/porch/motion", payload) == {"state": payload.lower()}
