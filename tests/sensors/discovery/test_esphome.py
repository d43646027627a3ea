"""ESPHome over MQTT announces itself in Home Assistant's words; there is no dialect of its own."""

import json

from sensors.decoder import Decoder
from sensors.discovery.dialects import dialects
from sensors.entities import Command, EntityState
from sensors.house import House
from sensors.interpreter import Interpreter
from sensors.registry import Registry

NOW = 1_750_000_000.0

TOPIC = "homeassistant/switch/garden-node/pump/config"

PUMP = {
    "name": "Pump", "stat_t": "garden-node/switch/garden_pump/state",
    "cmd_t": "garden-node/switch/garden_pump/command", "avty_t": "garden-node/status",
    "uniq_id": "ESPswitchgarden_pump",
    "dev": {"ids": "a0b1c2d3e4f5", "name": "Garden node", "sw": "esphome v2025.6.0",
            "mdl": "esp32dev", "mf": "Espressif", "sa": "Garden",
            "cns": [["mac", "a0b1c2d3e4f5"]]},
}  # fmt: skip


def test_an_esphome_node_from_its_announcement_to_a_command() -> None:
    house = House(now=lambda: NOW)
    registry = Registry(house)
    interpreter = Interpreter(Decoder(("home/+/sensor",)), dialects())
    for topic, payload in (
        ("garden-node/switch/garden_pump/state", "OFF"),
        (TOPIC, json.dumps(PUMP)),
        ("garden-node/status", "online"),
        ("garden-node/switch/garden_pump/state", "ON"),
    ):
        heard = interpreter.interpret(topic, payload.encode(), NOW)
        for discovery in heard.discoveries:
            registry.apply(discovery)
        house.apply(registry.observe(heard.readings))
    (pump,) = registry.find(name="garden node pump")
    assert (pump.domain, pump.area) == ("switch", "Garden")
    assert registry.state(pump.id).value == "on"
    assert registry.state(pump.id).available
    driver = registry.driver(pump.id)
    assert driver is not None
    (sent,) = driver.write(Command(pump.id, "turn_off"), EntityState("on"))
    assert (sent.topic, sent.payload) == ("garden-node/switch/garden_pump/command", "OFF")

    for reading in interpreter.interpret("garden-node/status", b"offline", NOW).readings:
        house.apply([reading])
    assert not registry.state(pump.id).available
