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
