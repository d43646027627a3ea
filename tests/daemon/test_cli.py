"""What a command line is answered, before any model is loaded."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from rich.console import Console

from audio.ports import DeviceError
from daemon import broker
from daemon.__main__ import COMMANDS, _parse, main
from daemon.cli import doctor
from daemon.config import load
from daemon.errors import cause
from daemon.settings import Mqtt, Settings
from memory.store import Store
from memory.wakes import Tally
from models.ports import EngineFailed
from tests.broker import Mosquitto, eventually, needs_mosquitto
from tests.clock import run
from tests.memory.turns import a_turn

ROOT = Path(__file__).parents[2]
USAGE, BAD_CONFIG = 2, 78


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_logging: None) -> Path:
    """A state and a cache of its own: no model is there."""
    for name in ("STATE_DIRECTORY", "CACHE_DIRECTORY"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    config = tmp_path / "auricle.toml"
    config.write_text("[mqtt]\nenabled = false\n")
    return config


def called(*words: object) -> int:
    """The exit code, however it is told."""
    try:
        return main([str(word) for word in words])
    except SystemExit as exit_:
        return int(exit_.code or 0)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["fly"],
        ["--fly"],
        ["run", "--fly"],
        ["ask"],
        ["memory"],
        ["memory", "fly"],
        ["memory", "why", "x"],
        ["models", "fly"],
        ["transcribe"],
        ["turns", "--last", "x"],
        ["turns", "--last", "0"],
        ["turns", "--last=-1"],
        ["turns", "--last", "9" * 5000],
        ["memory", "list", "--last", "0"],
        ["memory", "search", "--last=-1", "what"],
    ],
)
def test_wrong_usage_is_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert called(*words) == USAGE
    assert "usage: auricle" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "text"),
    [("ask", "  "), ("say", " "), ("say", "!!!"), ("say", "\N{GRINNING FACE}"), ("say", "**")],
)
def test_nothing_to_say_is_2_and_leaves_no_file(
    tmp_path: Path, fresh: Path, capsys: pytest.CaptureFixture[str], command: str, text: str
) -> None:
    answer = tmp_path / "answer.wav"
    where = ["-o", answer] if command == "say" else []
    assert called(command, "--config", fresh, text, *where) == USAGE
    assert capsys.readouterr().err.startswith("auricle: there is no")
    assert not answer.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no such file"),
        (b"", "not a WAV file"),
        (b"ID3 this is an mp3" * 99, "not a WAV file"),
        (b"RIFF\x00\x00\x00\x00WAVE", "no sound in it"),
    ],
)
def test_a_recording_that_is_none_is_2_before_any_model_is_looked_for(
    tmp_path: Path,
    fresh: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    told: str,
) -> None:
    path = tmp_path / "question.wav"
    if content is not None:
        path.write_bytes(content)
    for words in (["run", "--input"], ["transcribe"], ["demo", "--input"]):
        assert called(words[0], "--config", fresh, *words[1:], path) == USAGE
        error = capsys.readouterr().err
        assert error.startswith(f"auricle: {path}")
        assert told in error
        assert "models pull" not in error


def test_a_missing_model_is_1_and_says_what_to_do(
    tmp_path: Path, fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wav = ROOT / "tests/data/speech/speech_to_phrase/resume.wav"
    said = ["say", "Hello", "-o", tmp_path / "hello.wav"]
    for words in (["run", "--input", wav, "--output", "null"], ["ask", "Hello?"], said):
        assert called(words[0], "--config", fresh, *words[1:]) == 1
        assert "run `auricle models pull" in capsys.readouterr().err


def test_an_output_that_cannot_work_is_2_before_any_model_is_looked_for(
    tmp_path: Path, fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wav = tmp_path / "question.wav"
    sound = (ROOT / "tests/data/speech/speech_to_phrase/resume.wav").read_bytes()
    wav.write_bytes(sound)
    missing = tmp_path / "none" / "answer.wav"
    for words in (
        ["run", "--input", wav, "--output", wav],
        ["demo", "--input", wav, "--output", wav],
        ["run", "--input", wav, "--output", missing],
        ["demo", "--output", missing],
        ["say", "Hello", "-o", missing],
    ):
        assert called(words[0], "--config", fresh, *words[1:]) == USAGE
        assert capsys.readouterr().err.startswith(f"auricle: {words[-1]}: ")
    assert wav.read_bytes() == sound


def test_no_loudspeaker_is_1_before_any_model_is_looked_for(
    fresh: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent:
        def __init__(self, **_: object) -> None: ...

        def find(self, direction: str, _: str | None) -> None:
            raise DeviceError(f"there is no {direction}")

    monkeypatch.setattr("daemon.soundcard.PortAudio", Silent)
    wav = ROOT / "tests/data/speech/speech_to_phrase/resume.wav"
    for words in (["run", "--input", wav], ["say", "Hello"]):
        assert called(words[0], "--config", fresh, *words[1:]) == 1
        assert capsys.readouterr().err == "auricle: there is no output\n"


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"memory", "models", "transcribe"}))
def test_a_wrong_configuration_is_78(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    config = tmp_path / "wrong.toml"
    config.write_text("[mqtt]\nprot = 1883\n")
    text = ["hello"] if command in {"ask", "say"} else []
    assert called(command, "--config", config, *text) == BAD_CONFIG
    assert capsys.readouterr().err == (
        f"auricle: {config}: unknown key mqtt.prot; did you mean port?\n"
    )
    assert called(command, "--config", tmp_path / "none.toml", *text) == BAD_CONFIG


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('mind = "gpt-9"', "models.mind"),
        ('ear = "piper-en-us-joe"', "models.ear: piper-en-us-joe is not for the ear"),
        ('mouth = "none"', "models.mouth"),
    ],
)
def test_a_model_that_does_not_exist_is_78(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: str, told: str
) -> None:
    config = tmp_path / "wrong.toml"
    config.write_text(f"[models]\n{settings}\n")
    for words in (["ask", "hello"], ["config"]):
        assert called(words[0], "--config", config, *words[1:]) == BAD_CONFIG
        assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('username = "me"\npassword_file = "/nowhere/password"', "/nowhere/password: No such file"),
        ('username = "me"\npassword_file = "{secret}"', "{secret}: is not UTF-8 text"),
        ('key_file = "key.pem"', "[mqtt] key needs a certificate"),
    ],
)
def test_a_broker_that_can_never_work_is_78_before_any_model_is_looked_for(
    tmp_path: Path, fresh: Path, capsys: pytest.CaptureFixture[str], settings: str, told: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"\xff\xfe")
    fresh.write_text("[mqtt]\n" + settings.format(secret=secret))
    wav = ROOT / "tests/data/speech/speech_to_phrase/resume.wav"
    assert called("run", "--config", fresh, "--input", wav, "--output", "null") == BAD_CONFIG
    assert told.format(secret=secret) in capsys.readouterr().err
    row = asyncio.run(doctor._broker(load(fresh).settings.mqtt))
    assert row[:2] == ("MQTT", "wrong")


@pytest.mark.parametrize("command", ["card", "verify", "pull"])
def test_a_model_that_nobody_knows_is_2(
    fresh: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert called("models", "--config", fresh, command, "whisper-bose") == USAGE
    assert "did you mean 'whisper-base'?" in capsys.readouterr().err


def test_the_doctor_calls_the_store_a_store(tmp_path: Path) -> None:
    assert asyncio.run(doctor._store())[:2] == ("store", "ok")
    (tmp_path / "state_directory" / "auricle.db").write_bytes(b"no store" * 999)
    assert asyncio.run(doctor._store())[:2] == ("store", "wrong")


def test_a_store_that_cannot_be_made_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "file" / "state"))
    assert asyncio.run(doctor._store())[:2] == ("store", "wrong")


def test_a_guest_has_a_name_of_its_own_and_leaves_nothing() -> None:
    mine, guests = (broker.edge(Mqtt(), guest=guest)._settings for guest in (False, True))
    assert (mine.client_id, mine.session_expiry) == ("auricle", 86_400)
    assert (guests.client_id, guests.session_expiry) == (f"auricle-{os.getpid()}", 0)


@pytest.mark.broker
@needs_mosquitto
def test_the_doctor_knocks_without_disturbing_the_service(tmp_path: Path) -> None:
    async def scenario(mqtt: Mqtt) -> tuple[str, str, str]:
        service = broker.edge(mqtt)
        running = asyncio.create_task(service.run())
        await eventually(lambda: service.connected)
        found = await doctor._broker(mqtt)
        running.cancel()
        await asyncio.wait([running])
        return found

    with Mosquitto(tmp_path / "broker") as house:
        mqtt = Mqtt(host="127.0.0.1", port=house.port)
        assert asyncio.run(scenario(mqtt)) == ("MQTT", "ok", f"127.0.0.1:{house.port} lets us in")
        connects = re.findall(r"New client connected from \S+ as (\S+) ", house.log())
    assert connects == ["auricle", f"auricle-{os.getpid()}"]
    name, verdict, finding = asyncio.run(doctor._broker(mqtt))
    assert (name, verdict) == ("MQTT", "note")
    assert "refused" in finding
    assert "until it is back" in finding


@pytest.mark.broker
@needs_mosquitto
def test_a_broker_that_says_no_is_wrong(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker", login=("me", "right")) as house:
        mqtt = Mqtt(host="127.0.0.1", port=house.port)
        _, verdict, finding = asyncio.run(doctor._broker(mqtt))
    assert verdict == "wrong"
    assert "check username and password file" in finding


def test_a_broker_that_says_nothing_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_BROKER_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        host, port = mute.getsockname()
        _, verdict, finding = asyncio.run(doctor._broker(Mqtt(host=host, port=port)))
    assert verdict == "note"
    assert "no answer" in finding


def test_what_a_fresh_machine_has_to_tell_is_nothing_and_that_is_fine(
    fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (["turns"], ["home"], ["memory", "list"], ["config"], ["models", "list"]):
        assert called(command[0], *command[1:]) == 0, command
    capsys.readouterr()
    for command in (["turns", "--json"], ["home", "--json"], ["memory", "list", "--json"]):
        assert called(*command) == 0
        assert json.loads(capsys.readouterr().out) == []
    assert called("memory", "why", 7) == USAGE
    assert "there is no passage 7" in capsys.readouterr().err


def test_turns_are_printed_as_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turn = a_turn(asked="Grüß [bold]Gott[/]?", heard="It is 21 °C.")
    turn.latency_ms = {"first_audio": 900.0}

    async def write() -> None:
        async with Store.open(tmp_path / "state_directory" / "auricle.db") as store:
            await store.journal.append(a_turn(asked="before"))
            await store.journal.append(turn)

    run(write())
    assert called("turns", "--last", 1, "--json") == 0
    assert json.loads(capsys.readouterr().out) == [turn.to_json()]
    assert called("turns", "--last", 1) == 0
    shown = capsys.readouterr().out
    assert "Grüß [bold]Gott[/]?" in shown
    assert "900" in shown


def test_wakes_are_told_of_in_words_and_never_among_the_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def write() -> None:
        async with Store.open(tmp_path / "state_directory" / "auricle.db") as store:
            await store.wakes.add([Tally("alexa", 4, 3, 7)], 7200.0)

    run(write())
    assert called("turns") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "4 heard in 2.0 h of listening, 1 of them followed by no words" in shown
    assert "about 0.50 false wakes an hour. 7 near misses." in shown
    assert called("turns", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


def test_nothing_is_told_in_words_that_fit(fresh: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command, told in (
        (["home"], "[mqtt] in the configuration"),
        (["memory", "list"], "Nothing is remembered yet."),
    ):
        assert called(command[0], "--config", fresh, *command[1:]) == 0
        assert told in capsys.readouterr().out


def test_config_in_a_pipe_is_a_configuration_file_that_says_where_each_value_came_from(
    fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fresh.write_text(f'[conversation]\nvocabulary = ["{"long" * 50}", "a # [b]"]\n')
    assert called("config", "--config", fresh) == 0
    shown = capsys.readouterr().out
    (line,) = (line for line in shown.splitlines() if line.startswith("vocabulary"))
    assert line.endswith(f"  # {fresh}")
    assert "follow_up_s = 180  # default" in shown.splitlines()
    assert Settings.model_validate(tomllib.loads(shown)) == load(fresh, environment={}).settings


def test_config_on_a_terminal_cuts_nothing_off(
    fresh: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "daemon.cli.config.console", Console(force_terminal=True, width=60, no_color=True)
    )
    assert called("config", "--config", fresh) == 0
    shown = capsys.readouterr().out
    assert "meaning" in shown
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown
    keys = "".join(line.split()[0] for line in shown.splitlines()[1:] if line[1:2].strip())
    assert "conversation.follow_up_s" in keys


def test_a_defect_keeps_its_traceback(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("daemon.cli.turns.run", broken)
    with pytest.raises(ZeroDivisionError):
        called("turns", "--config", fresh)


def test_the_cause_is_the_first_error_inside() -> None:
    error = EngineFailed("no")
    nested = ExceptionGroup("", [ExceptionGroup("", [error, ValueError()]), ValueError()])
    assert cause(nested) is error


def test_an_interrupt_is_130(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("daemon.cli.turns.run", interrupted)
    assert called("turns", "--config", fresh) == 130


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_there_and_explains_itself(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module = import_module(f"daemon.cli.{command}")
    assert all(callable(getattr(module, name)) for name in ("arguments", "flags", "run"))
    assert called(command, "--help") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert COMMANDS[command] in shown
    assert "--config" in shown


@pytest.mark.parametrize("words", [["ask"], ["say"], ["memory", "search"]])
def test_bytes_that_are_no_text_become_text(words: list[str]) -> None:
    # What Python makes of a byte 0xff in an argument.
    options, _ = _parse([*words, "Grüß \udcff Gott"])
    typed = options.question if words[0] == "memory" else options.text
    assert typed == "Grüß \N{REPLACEMENT CHARACTER} Gott"


def test_no_command_is_hidden() -> None:
    modules = {path.stem for path in (ROOT / "daemon" / "cli").glob("*.py")}
    assert modules - set(COMMANDS) == {"__init__", "show", "words"}


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md"])
def test_the_pages_name_no_command_that_does_not_exist(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    named = set(re.findall(r"(?:`|\$ |^)(?:\./)?auricle ([a-z]+)", text, re.MULTILINE))
    named |= set(re.findall(r"python -m daemon ([a-z]+)", text))
    assert named <= set(COMMANDS), named - set(COMMANDS)


@pytest.mark.parametrize("unbuffered", ["1", ""])
def test_whoever_stops_reading_is_no_error(unbuffered: str) -> None:
    config = subprocess.Popen(
        [sys.executable, "-m", "daemon", "config"],
        cwd=ROOT, env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert config.stdout is not None
    config.stdout.close()
    assert config.stderr is not None
    assert config.stderr.read() == b""
    config.stderr.close()
    assert config.wait(60) == 0
