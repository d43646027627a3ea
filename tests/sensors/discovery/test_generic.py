from dataclasses import replace

import pytest

from sensors.areas import Rooms
from sensors.decoder import Decoder
from sensors.discovery.generic import entity
from sensors.events import Reading

DECODER = Decoder(("home/+/sensor", "home/+/+/sensor"))
ROOMS = Rooms(["den"])


def decoded(topic: str, payload: bytes) -> Reading:
    (reading,) = DECODER.decode(topic, payload, 1_000_000.0).readings
    return reading


@pytest.mark.parametrize(
    ("thing", "payload", "looks"),
    [
        ("bedroom", b'{"temperature": 21}',
         ("sensor.bedroom_temperature", "bedroom temperature", "temperature", "bedroom")),
        ("den", b'{"co2": 600}', ("sensor.den_co2", "den co2", "carbon_dioxide", "den")),
        ("atelier", b'{"humidity": 40}',
         ("sensor.atelier_humidity", "atelier humidity", "humidity", "atelier")),
        ("kitchen_window", b'{"contact": false}',
         ("binary_sensor.kitchen_window_contact", "kitchen window", "window", "kitchen")),
        ("washing_machine", b'{"state": "running"}',
         ("sensor.washing_machine_state", "washing machine", "", "")),
        ("garage_door", b'{"lock": "locked"}',
         ("lock.garage_door_lock", "garage door", "", "garage")),
    ],
)  # fmt: skip
def test_a_reading_is_an_entity(thing: str, payload: bytes, looks: tuple[str, ...]) -> None:
    reading = decoded(f"home/{thing}/sensor", payload)
    found = entity(reading, ROOMS)
    assert found is not None
    assert (found.id, found.name, found.device_class, found.area) == looks
    assert found.key() == reading.entity
    assert found.origin == f"home/{thing}/sensor"


def test_what_is_none() -> None:
    reading = decoded("home/bedroom/sensor", b'{"temperature": 21}')
    assert entity(replace(reading, quantity="availability"), ROOMS) is None
    assert entity(replace(reading, entity="0x00158d/temperature"), ROOMS) is None
