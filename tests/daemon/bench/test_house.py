import json
import time
from pathlib import Path
from threading import Event

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from daemon import config
from daemon.bench import house as module
from daemon.bench.house import house
from tests.broker import needs_mosquitto
from tests.waiting import eventually


@pytest.mark.broker
@needs_mosquitto
def test_devices_announce_themselves_and_obey_as_slowly_as_lamps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than a busy machine takes anyway.
    monkeypatch.setattr(module, "ANSWER_S", (0.4, 0.4))
    with house(tmp_path) as environment:
        assert environment is not None
        mqtt = config.load(None, environment=environment).settings.mqtt
        kept: dict[str, str] = {}
        answered: list[float] = []
        subscribed = Event()
        client = Client(CallbackAPIVersion.VERSION2, "test", protocol=MQTTProtocolVersion.MQTTv5)

        def heard(_client: Client, _data: object, message: object) -> None:
            kept[message.topic] = message.payload.decode()  # type: ignore[attr-defined]
            answered.append(time.monotonic())

        client.on_message = heard
        client.on_subscribe = lambda *_: subscribed.set()
        client.connect(mqtt.host, mqtt.port)
        client.subscribe([("homeassistant/#", 1), ("devices/+", 1)])
        client.loop_start()
        try:
            assert subscribed.wait(10)
            eventually(lambda: "devices/front_door" in kept)
            told = json.loads(kept["homeassistant/lock/front_door/config"])
            assert kept[told["state_topic"]] == "UNLOCKED"
            assert (
                json.loads(kept["homeassistant/light/ceiling_light/config"])["device"][
                    "suggested_area"
                ]
                == "Kitchen"
            )
            began = time.monotonic()
            client.publish(told["command_topic"], "LOCK", qos=1)
            eventually(lambda: kept["devices/front_door"] == "LOCKED")
            assert answered[-1] - began >= 0.4
            client.publish("devices/bed_light/set", '{"state": "ON"}', qos=1)
            client.publish("devices/bed_light/set", '{"brightness": 40}', qos=1)
            eventually(lambda: "40" in kept["devices/bed_light"])
            assert json.loads(kept["devices/bed_light"]) == {"state": "ON", "brightness": 40}
            client.publish("devices/party_time/set", "ON", qos=1)
            client.publish("devices/tv/set", "ON", qos=1)
            eventually(lambda: kept["devices/tv"] == "ON")
            assert "devices/party_time" not in kept, "a scene has no state"
        finally:
            client.disconnect()
            client.loop_stop()


def test_without_a_broker_there_is_no_house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATH", str(tmp_path))
    with house(tmp_path) as environment:
        assert environment is None
