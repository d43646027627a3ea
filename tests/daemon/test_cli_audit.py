"""`auricle audit`, from the command line to the exit code."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from daemon import paths
from daemon.__main__ import main
from memory.audit import Why
from memory.store import Store
from models.ports import ToolCall
from tests.clock import run


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_logging: None) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    path = paths.store()

    async def fill() -> None:
        async with Store.open(path) as store:
            call, why = ToolCall("HassTurnOn", {"name": "[red]Lamp[/]"}, "k"), Why("model", "t")
            await store.audit.begin(call, why)
            await store.audit.end(call, why, "done", {"status": "done"})
            await store.audit.note("refused", ToolCall("", {}, "x"), why, "x" * 200)
            await store.pins.see({"weather.now": "1"})
            await store.pins.see({"weather.now": "2"})

    run(fill())
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "auricle.toml"
    path.write_text("[mqtt]\nenabled = false\n")
    return path


def called(config: Path, *words: str) -> int:
    return main(["audit", "--config", str(config), *words])


def test_the_trail_is_shown(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(config) == 0
    shown = capsys.readouterr().out
    assert "HassTurnOn" in shown
    assert "[red]Lamp[/]" in shown
    assert called(config, "--last", "1") == 0
    assert "HassTurnOn" not in capsys.readouterr().out


def test_the_trail_is_told_as_json(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(config, "--json") == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["kind"] for entry in entries] == ["begun", "ended", "refused"]
    assert entries[0]["payload"] == {"name": "[red]Lamp[/]"}


def test_a_whole_trail_is_found_whole_and_its_head_again(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(config, "verify") == 0
    line = capsys.readouterr().out
    assert line.startswith("3 entries: nothing was changed; head ")
    head = line.split()[-1]
    assert called(config, "verify", "--noted", head[:16]) == 0
    assert called(config, "verify", "--noted", "beef") == 1


def test_a_changed_trail_is_found_changed(
    config: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(state)) as connection:
        connection.execute("DROP TRIGGER audit_never_changes")
        connection.execute("UPDATE audit SET entry = replace(entry, 'done', 'sent') WHERE seq = 2")
        connection.commit()
    assert called(config, "verify") == 1
    assert "entry 2 does not follow" in capsys.readouterr().err


def test_a_tool_that_changed_can_be_agreed_to(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(config, "agree", "weather.now") == 0
    assert called(config, "agree", "weather.now") == 1
    assert "waits" in capsys.readouterr().err
