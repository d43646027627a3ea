"""`auricle timers`."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from daemon.__main__ import main
from daemon.cli import timers


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_logging: None) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(timers, "console", Console(width=120, highlight=False))


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["timers", "--json"]) == 0
    told: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return told


def test_what_is_set_is_shown_and_can_be_cancelled(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["timers"]) == 0
    assert "No timers" in capsys.readouterr().out
    assert main(["timers", "add", "in ten minutes", "--name", "pasta"]) == 0
    assert "pasta timer" in capsys.readouterr().out
    assert main(["timers", "add", "every weekday at 6 am"]) == 0
    assert "Alarm set for 6 AM every weekday." in capsys.readouterr().out
    assert main(["timers", "add", "tomorrow", "--remind", "call [mum]"]) == 0
    told = listed(capsys)
    assert {one["kind"] for one in told} == {"timer", "alarm", "reminder"}
    assert main(["timers"]) == 0
    assert "reminder: call [mum]" in capsys.readouterr().out
    for one in told:
        assert main(["timers", "cancel", str(one["id"])[-8:]]) == 0
    assert listed(capsys) == []


def test_what_makes_no_sense_is_said_and_nothing_is_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["timers", "add", "in five million hours"]) == 1
    assert "too far away" in capsys.readouterr().out
    assert main(["timers", "cancel", "nothing"]) == 2
    assert "no timer 'nothing'" in capsys.readouterr().err
    assert listed(capsys) == []


def test_an_id_that_fits_several_cancels_none(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["timers", "add", "in ten minutes"]) == 0
    assert main(["timers", "cancel", ""]) == 2
    assert len(listed(capsys)) == 2
