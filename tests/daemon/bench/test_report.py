import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from daemon.bench import plot, report


def a_spread(value: float) -> dict[str, float]:
    return {"n": 3, "p50": value, "p95": value + 50, "p99": value + 60}


def theirs(value: float, ratio: float) -> dict[str, Any]:
    stages = {name: a_spread(value / 4) for name in ("endpoint", "transcribe", "think", "speak")}
    return {
        "first_audio_ms": a_spread(value),
        "stages_ms": stages,
        "waits_ms": [value - 10, value, value + 60],
        "ratio": {"p50": ratio, "p95": ratio, "p99": ratio},
    }


def a_group(value: float) -> dict[str, Any]:
    return {
        "first_audio_ms": a_spread(value),
        "first_sound_ms": a_spread(value - 40),
        "by_the_record_ms": a_spread(value - 9),
        "stages_ms": {"endpoint": a_spread(160)},
        "waterfall_ms": {"endpoint": {"n": 3, "start": 0.0, "end": 160.0}},
        "waits_ms": [value - 10, value, value + 60],
        "serial": theirs(2000, value / 2000),
        "serial_with_grammar": theirs(1500, value / 1500),
    }


def a_report(**groups: float) -> dict[str, Any]:
    return {
        "version": "0.1.0",
        "processor": "a processor",
        "latency": {
            "groups": {name.replace("_", ", "): a_group(value) for name, value in groups.items()},
            "answers": {"played": 6, "right": 5},
            "late_frames": 0,
            "variants": {
                "no sketches": {
                    "environment": {},
                    "groups": {"command": {"first_audio_ms": a_spread(700), "longer_by_ms": 210}},
                }
            },
        },
        "barge-in": {"stop_ms": a_spread(300), "spoken_on": 1, "turns": [1, 2]},
        "noise": {"bars": [{"name": "texts of noise", "bar": 0, "measured": 0, "met": True}]},
    }


def verdicts(told: dict[str, Any]) -> dict[str, Any]:
    return {line["name"]: line["met"] for line in report.judged(told)}


def test_bars_are_met_missed_or_not_measured() -> None:
    met = verdicts(a_report(command=480))
    assert met["device command, first audio p50"] is True
    assert met["device command, first audio p95"] is True
    assert met["device command against the plain pipeline"] is True
    assert met["open question, first audio p50"] is None
    assert met["barge-in, speech to silence p95"] is False
    assert met["answers spoken on after barge-in"] is False
    assert met["frames that the ear lost"] is True
    assert met["texts of noise"] is True
    assert verdicts(a_report(command=501))["device command, first audio p50"] is False
    assert verdicts({"failed": {}})["frames that the ear lost"] is None


def test_speech_that_nobody_spoke_counts_only_where_there_is_no_other() -> None:
    both = report.judged(a_report(question=900, question_synthetic=700))
    one = report.judged(a_report(question_synthetic=700))
    name = "open question, first audio p50"
    assert [line["measured"] for line in both if line["name"] == name] == [900]
    assert [line["measured"] for line in one if line["name"] == name] == [700]
    assert ["synthetic" in line["figure"] for line in one if line["name"] == name] == [True]


def test_a_person_and_a_machine_read_the_same(tmp_path: Path) -> None:
    told = a_report(command=480, question_synthetic=700)
    told["bars"] = report.judged(told)
    console = Console(file=io.StringIO(), width=120)
    report.show(told, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for text in (
        "480",
        "0.24",
        "no sketches",
        "+210",
        "One moment.",
        "stop_ms p50",
        "(synthetic speech)",
    ):
        assert text in shown, text
    assert json.loads(report.written(told, tmp_path).read_text("utf-8")) == told


def test_a_picture_is_drawn_of_what_was_waited_for(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    drawn = plot.draw(a_report(command=480, question_synthetic=700), tmp_path)
    assert drawn is not None
    assert drawn.read_bytes().startswith(b"\x89PNG")


def test_there_is_no_picture_of_nothing(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert plot.draw({"version": "1", "processor": "x"}, tmp_path) is None
