"""Layers of settings: which one wins, and what a mistake is told."""

import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon import broker, config
from daemon.config import Config, ConfigError
from daemon.settings import Mqtt, Section, Settings
from sensors.events import SensorError


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "_SHIPPED", tmp_path / "lib" / "auricle.toml")
    monkeypatch.setattr(config, "_LOCAL", tmp_path / "etc")
    (tmp_path / "lib").mkdir()
    (tmp_path / "etc" / "auricle.d").mkdir(parents=True)


def loaded(file: Path | None = None, flags: Any = None, **environment: Any) -> Config:
    return config.load(file, environment=environment, flags=flags)


def refused(file: Path | None = None, **environment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(file, **environment)
    return str(caught.value)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_without_files_everything_is_a_default() -> None:
    found = loaded()
    assert found.settings == Settings()
    assert {origin for _, _, origin, _ in found.rows()} == {"default"}
    assert all(meaning for *_, meaning in found.rows()), "every setting says what it means"


def test_each_layer_wins_over_the_one_before(tmp_path: Path) -> None:
    name = ("mqtt", "client_id")
    layers: list[tuple[str, Any]] = [
        ("lib", lambda: written(tmp_path / "lib/auricle.toml", '[mqtt]\nclient_id = "lib"')),
        ("etc", lambda: written(tmp_path / "etc/auricle.toml", '[mqtt]\nclient_id = "etc"')),
        ("10", lambda: written(tmp_path / "etc/auricle.d/10.toml", '[mqtt]\nclient_id = "10"')),
        ("20", lambda: written(tmp_path / "etc/auricle.d/20.toml", '[mqtt]\nclient_id = "20"')),
    ]
    for value, write in layers:
        path = write()
        found = loaded()
        assert found.settings.mqtt.client_id == value
        assert found.origins == {name: str(path)}
    found = loaded(AURICLE_MQTT__CLIENT_ID="environment")
    assert found.settings.mqtt.client_id == "environment"
    assert found.origins == {name: "AURICLE_MQTT__CLIENT_ID"}
    found = loaded(flags={name: "flag"}, AURICLE_MQTT__CLIENT_ID="environment")
    assert found.settings.mqtt.client_id == "flag"
    assert found.origins == {name: "--client-id"}


def test_layers_add_up(tmp_path: Path) -> None:
    written(tmp_path / "lib/auricle.toml", '[mqtt]\nhost = "broker"\nport = 1')
    written(tmp_path / "etc/auricle.toml", "[mqtt]\nport = 2\n[audio]\noutput_latency_ms = 700")
    settings = loaded(AURICLE_AUDIO__BARGE_IN="on").settings
    assert (settings.mqtt.host, settings.mqtt.port) == ("broker", 2)
    assert (settings.audio.output_latency_ms, settings.audio.barge_in) == (700, "on")


def test_a_named_file_stands_for_the_local_ones(tmp_path: Path) -> None:
    written(tmp_path / "lib/auricle.toml", '[mqtt]\nhost = "lib"')
    written(tmp_path / "etc/auricle.toml", "[mqtt]\nport = 2")
    text = "[audio]\noutput_latency_ms = 700"
    settings = loaded(written(tmp_path / "mine.toml", text)).settings
    assert (settings.mqtt.host, settings.mqtt.port, settings.audio.output_latency_ms) == (
        "lib",
        1883,
        700,
    )


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("MQTT__PORT", "8883", 8883),
        ("MQTT__TLS", "true", True),
        ("MQTT__HOST", "10.0.0.1", "10.0.0.1"),
        ("MQTT__HOST", "1883", "1883"),
        ("MQTT__HOST", 'a"b', 'a"b'),
        ("MQTT__FILTERS", '["a/#", "b/+"]', ["a/#", "b/+"]),
        ("MQTT__STALE_S", "60", 60.0),
        ("MQTT__STALE_S", "1.5", 1.5),
        ("AUDIO__BARGE_IN", "off", "off"),
        ("MODELS__SOURCES", '["hub"]', ["hub"]),
    ],
)
def test_an_environment_variable_is_read_as_its_setting_wants_it(
    name: str, text: str, value: object
) -> None:
    section, key = name.lower().split("__")
    found = config.load(environment={f"AURICLE_{name}": text})
    assert getattr(getattr(found.settings, section), key) == value


def test_other_variables_are_not_ours() -> None:
    loaded(PATH="/bin", AURICLE_TEST_WHISPER="x", AURICLES__MQTT="x", XAURICLE_MQTT__X="x")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[mqtt]\nprot = 1", ["unknown key mqtt.prot", "did you mean port?"]),
        ("[mqt]\nport = 1", ["unknown section [mqt]", "did you mean mqtt?"]),
        (
            "[zzzz]\nport = 1",
            ["unknown section [zzzz]", "there are: audio, listening, models, mqtt"],
        ),
        ("[log]\nzzzzzz = 1", ["unknown key log.zzzzzz", "there are: level, format"]),
        ("port = 1", ["port stands outside a [section]"]),
        ('[mqtt]\nport = "1883"', ['mqtt.port = "1883"', "integer"]),
        ("[mqtt]\nport = 0", ["mqtt.port = 0", "greater than or equal to 1"]),
        ("[mqtt]\nport = 1.5", ["mqtt.port = 1.5"]),
        ("[mqtt]\ntls = 1", ["mqtt.tls = 1", "boolean"]),
        ("[mqtt]\nhost = 1", ["mqtt.host = 1", "string"]),
        ("[mqtt]\nhost = ''", ["mqtt.host"]),
        ("[mqtt]\nfilters = ['a', 2]", ["mqtt.filters", "string"]),
        ("[mqtt]\nfilters = 'a'", ["mqtt.filters", "list"]),
        ("[mqtt]\nport = {a = 1}", ["mqtt.port"]),
        ("[audio]\nbarge_in = 'maybe'", ["audio.barge_in", "'auto', 'on' or 'off'"]),
        ("[log]\nlevel = 'loud'", ["log.level", "'debug'"]),
        ("[mqtt", ["is not TOML"]),
        ("[mqtt]\nport = 1\nport = 2", ["is not TOML"]),
    ],
)
def test_a_mistake_names_its_file_its_key_and_what_to_write(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    path = written(tmp_path / "etc/auricle.d/50-mine.toml", text)
    told = refused()
    assert str(path) in told
    for part in parts:
        assert part in told


def test_all_wrong_values_are_told_at_once(tmp_path: Path) -> None:
    written(tmp_path / "etc/auricle.toml", "[mqtt]\nport = 0")
    told = refused(AURICLE_AUDIO__OUTPUT_LATENCY_MS="5")
    assert "auricle.toml: mqtt.port = 0" in told
    assert "AURICLE_AUDIO__OUTPUT_LATENCY_MS: audio.output_latency_ms = 5" in told


def test_a_mistake_in_the_environment_names_the_variable() -> None:
    assert "AURICLE_MQTT__PROT: unknown key mqtt.prot" in refused(AURICLE_MQTT__PROT="1")
    assert "AURICLE_MQT__PORT: unknown section [mqt]" in refused(AURICLE_MQT__PORT="1")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    assert "there is no such file" in refused(tmp_path / "none.toml")
    assert "cannot be read" in refused(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    assert "is not TOML" in refused(tmp_path / "binary.toml")


def values() -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    name = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
    return st.fixed_dictionaries(
        {},
        optional={
            "audio": st.fixed_dictionaries(
                {"input": text, "output_latency_ms": st.integers(10, 1000)}
            ),
            "mqtt": st.fixed_dictionaries(
                {
                    "host": name,
                    "username": text,
                    "tls": st.booleans(),
                    "filters": st.lists(text, max_size=3),
                    "stale_s": st.floats(0, 1e300, allow_nan=False),
                }
            ),
            "models": st.fixed_dictionaries({"gpu_layers": st.integers(-1, 10**9)}),
        },
    )


@given(values())
def test_what_is_printed_can_be_read_again(given_values: dict[str, dict[str, Any]]) -> None:
    found = Config(Settings.model_validate(given_values), {})
    lines: dict[str, list[str]] = {}
    for key, value, _, _ in found.rows():
        section, name = key.split(".")
        lines.setdefault(section, []).append(f"{name} = {value}")
    text = "\n".join(f"[{section}]\n" + "\n".join(rows) for section, rows in lines.items())
    assert Settings.model_validate(tomllib.loads(text)) == found.settings


def test_a_setting_is_never_a_secret_only_the_file_that_holds_it() -> None:
    for _, section in Settings():
        for name in type(cast("Section", section)).model_fields:
            assert not {"password", "secret", "token", "key"} & {name}, name


def test_a_secret_is_read_and_never_shown(tmp_path: Path) -> None:
    secret = written(tmp_path / "password", "hunter2\n")
    settings = loaded(AURICLE_MQTT__PASSWORD_FILE=str(secret), AURICLE_MQTT__USERNAME="me")
    assert not any("hunter2" in "".join(row) for row in settings.rows())
    edge = broker.edge(settings.settings.mqtt)
    assert edge._settings.password == "hunter2"
    assert "hunter2" not in repr(edge._settings)
    assert "hunter2" not in refused(AURICLE_MQTT__PASSWORD="hunter2")
    path = written(tmp_path / "etc/auricle.toml", '[mqtt]\npassword = "hunter2"')
    told = refused()
    assert "unknown key mqtt.password" in told
    assert str(path) in told
    assert "hunter2" not in told


def test_the_service_managers_credential_is_the_default_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "mqtt-password", "hunter2")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    # paths.credential has bound the real environment, as a process has one.
    assert broker.edge(Mqtt(username="me"))._settings.password == "hunter2"
    assert broker.edge(Mqtt())._settings.password == ""


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Mqtt(username="me", password_file="/nowhere/password"), "mqtt.password_file: /nowhere"),
        (Mqtt(client_id="a/b"), "client_id"),
        (Mqtt(filters=["a/#/b"]), "a/#/b"),
    ],
)
def test_a_broker_that_can_never_work_is_refused(settings: Mqtt, told: str) -> None:
    with pytest.raises(SensorError, match="mqtt") as caught:
        broker.edge(settings)
    assert told in str(caught.value)


def test_servers_are_shown_without_what_is_secret_in_them(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    server = 'name = "x"\ncommand = ["/bin/x"]\nenv = { KEY = "secret" }'
    path.write_text(f"[[tools.mcp]]\n{server}\n")
    read = config.load(path, environment={})
    (shown,) = [value for key, value, _, _ in read.rows() if key == "tools.mcp"]
    assert "secret" not in shown
    assert tomllib.loads(f"x = {shown}")["x"][0]["command"] == ["/bin/x"]
    assert read.beside("home.toml") == tmp_path / "home.toml"
