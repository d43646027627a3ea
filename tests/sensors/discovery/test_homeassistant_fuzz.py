"""Whatever is announced and whatever is said afterwards: nothing raises, nothing is unbounded."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.discovery import homeassistant
from sensors.discovery.abbreviations import ABBREVIATIONS
from sensors.discovery.homeassistant import MAX_PAYLOAD, PLATFORMS, HomeAssistant
from sensors.discovery.homeassistant_config import MAX_OPTIONS
from sensors.entities import CannotDo, Command, Driver, EntityState
from sensors.phrases import MAX_NAME

NOW = 1_767_225_600.0

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["a/b", "c", "~/x", "{{ value_json.a }}", "{{ value }", "ON", "json", "{{"])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
keys = st.sampled_from(sorted({*ABBREVIATIONS, *ABBREVIATIONS.values(), "name", "~", "schema"}))
configs = st.dictionaries(keys, anything, max_size=10)
likely = st.fixed_dictionaries(
    {"cmd_t": st.just("c"), "stat_t": st.just("s"), "name": scalars},
    optional={
        "schema": st.sampled_from(["json", "template", "default"]),
        "dev": anything,
        "avty": anything,
        "modes": anything,
        "ops": st.just(["a", "b"]),
        "bri_cmd_t": st.just("b"),
        "bri_scl": scalars,
        "pos_t": st.just("s"),
        "val_tpl": st.sampled_from(["{{ value_json.a }}", "{{ value_json.a + 1 }}"]),
    },
)
described = configs | likely | anything
payloads = (
    st.binary(max_size=40)
    | anything.map(lambda value: json.dumps(value).encode())
    | st.sampled_from([b"ON", b"21.5", b'{"state": "ON", "color": {"x": 0, "y": 0}}', b"[" * 9_000])
)
services = st.sampled_from(
    ["turn_on", "turn_off", "open", "set_position", "set_temperature", "set_mode", "set_speed",
     "unlock", "set_volume", "play_media", "set_value", "select", "activate", "start"]
)  # fmt: skip
arguments = st.dictionaries(
    st.sampled_from(["brightness", "color", "color_temp", "position", "temperature", "mode",
                     "percentage", "volume", "query", "value", "option", "effect"]),
    st.booleans() | st.floats() | st.text(max_size=6), max_size=3,
)  # fmt: skip


def drivers(topic: str, payload: bytes) -> list[Driver]:
    found = HomeAssistant().announced(topic, payload)
    assert found is not None
    assert all(len(reason) < 200 for one in found for reason in one.refused)
    return [driver for one in found for driver in one.drivers]


def check(driver: Driver) -> None:
    entity = driver.entity
    assert 0 < len(entity.name) <= MAX_NAME
    assert len(entity.options) <= MAX_OPTIONS
    assert entity.id.startswith(f"{entity.domain}.")
    assert len(entity.id) <= 64 + len(entity.domain) + 1
    assert not any(set("+#\0") & set(topic) for topic in driver.topics)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(PLATFORMS)), configs | likely | anything, payloads, services, arguments
)
def test_nothing_raises(
    platform: str, config: object, said: bytes, service: str, given_arguments: dict[str, Any]
) -> None:
    topic = f"homeassistant/{platform}/a/config"
    for driver in drivers(topic, json.dumps(config).encode()):
        check(driver)
        for heard in (*driver.topics, "elsewhere"):
            for reading in driver.read(heard, said, NOW):
                assert isinstance(reading.value, (bool, float, str))
                assert not isinstance(reading.value, str) or len(reading.value) <= 40
        with contextlib.suppress(CannotDo):
            driver.write(Command("x", service, given_arguments), EntityState(None))


NUMBERS = sorted(
    {
        "brightness_scale", "min_kelvin", "max_kelvin", "min_mireds", "max_mireds", "min", "max",
        "min_temp", "max_temp", "min_humidity", "max_humidity", "speed_range_min",
        "speed_range_max", "position_open", "position_closed", "volume_scale", "qos",
    }
)  # fmt: skip
WRITTEN: list[tuple[str, str, dict[str, Any]]] = [
    ("light", "turn_on", {"brightness": 50.0, "color_temp": 3_000.0, "color": "red"}),
    ("cover", "set_position", {"position": 50.0}),
    ("valve", "set_position", {"position": 50.0}),
    ("fan", "set_speed", {"percentage": 50.0}),
    ("climate", "set_temperature", {"temperature": 21.0}),
    ("humidifier", "set_humidity", {"humidity": 50.0}),
    ("number", "set_value", {"value": 5.0}),
    ("media_player", "set_volume", {"volume": 50.0}),
]
COMMANDED = {
    key: key.removesuffix("_command_topic")
    for key in (
        "command_topic", "brightness_command_topic", "color_temp_command_topic",
        "rgb_command_topic", "set_position_topic", "percentage_command_topic",
        "temperature_command_topic", "target_humidity_command_topic", "command_volume_topic",
    )
}  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(WRITTEN),
    st.sampled_from(["default", "json"]),
    st.dictionaries(
        st.sampled_from(NUMBERS),
        st.sampled_from([0, -1, 1, 255, 1e-300, 1e11, 1e308, "0", "x", None, [], True]),
        max_size=3,
    ),
)
def test_no_number_of_an_announcement_breaks_a_command(
    wanted: tuple[str, str, dict[str, Any]], schema: str, numbers: dict[str, Any]
) -> None:
    platform, service, said = wanted
    modes = {"supported_color_modes": ["rgb", "color_temp"], "reports_position": True}
    config = {"name": "it", "schema": schema, "brightness": True, **COMMANDED, **modes, **numbers}
    for driver in drivers(f"homeassistant/{platform}/a/config", json.dumps(config).encode()):
        with contextlib.suppress(CannotDo):
            for one in driver.write(Command("x", service, said), EntityState(None)):
                assert len(one.payload) < 200


@settings(max_examples=30, deadline=None)
@given(anything, st.dictionaries(st.text(max_size=4), configs | likely | scalars, max_size=3))
def test_no_device_raises(device: object, components: dict[str, Any]) -> None:
    whole = {"dev": device, "cmps": components, "avty": device, "~": device}
    for driver in drivers("homeassistant/device/a/config", json.dumps(whole).encode()):
        check(driver)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=20), st.binary(max_size=40))
def test_no_topic_or_bytes_raise(level: str, payload: bytes) -> None:
    HomeAssistant().announced(f"homeassistant/{level}/a/config", payload)
    HomeAssistant().announced(level, payload)


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_long_and_deep_messages_say_nothing(platform: str) -> None:
    config = {"name": "it", "cmd_t": "c", "stat_t": "s", "mode_stat_t": "s", "act_stat_t": "s"}
    found = drivers(f"homeassistant/{platform}/a/config", json.dumps(config).encode())
    for driver in found:
        for payload in (b"x" * 1_000_000, b"[" * 60_000, b'{"a":' * 12_000, b"\xff" * 99, b""):
            assert driver.read("s", payload, NOW) == []


def test_not_every_announcement_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(homeassistant, "_MAX_ORIGINS", 8)
    dialect = HomeAssistant()
    several = [{"t": "a"}, {"t": "b"}]
    payload = json.dumps({"name": "it", "stat_t": "s", "avty": several}).encode()
    for number in range(20):
        assert dialect.announced(f"homeassistant/sensor/n{number}/config", payload)
    assert len(dialect._heard) == 8
    dialect.announced("homeassistant/sensor/n0/config", b"")
    assert len(dialect._heard) == 7


def test_a_megabyte_is_not_read() -> None:
    payload = b'{"name": "' + b"x" * 1_000_000 + b'"}'
    assert len(payload) > MAX_PAYLOAD
    assert drivers("homeassistant/light/a/config", payload) == []
