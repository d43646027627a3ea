"""What `auricle bench` is answered, and what it leaves behind when something fails."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from daemon.__main__ import main
from daemon.bench import plot
from daemon.bench.bench import Bench
from daemon.cli import bench as command
from models.store import ModelStore
from tests.daemon.bench.test_material import a_wav

USAGE, BAD_CONFIG = 2, 78


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_logging: None) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def called(*words: object) -> int:
    """The exit code, however it is told."""
    try:
        return main(["bench", *map(str, words)])
    except SystemExit as exit_:
        return int(exit_.code or 0)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--only", "speed"], USAGE, "'speed' is none of: latency, endings, barge-in"),
        (["--only", ""], USAGE, "is none of"),
        (["--questions", "0"], USAGE, "positive whole number"),
        (["--variant", "fast"], USAGE, "NAME:SECTION.KEY=VALUE"),
        (["--variant", "fast:models.thread=1"], BAD_CONFIG, "threads"),
        (["--recordings", "nowhere"], USAGE, "nowhere: there is no such folder"),
    ],
)
def test_what_cannot_be_meant(
    words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(*words) == code
    assert told in capsys.readouterr().err


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert called("--out", tmp_path / "file" / "out") == USAGE
    assert "file/out: cannot be made" in capsys.readouterr().err


def test_without_models_it_is_told_what_brings_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path / "cache"))
    assert called() == 1
    assert "auricle models pull" in capsys.readouterr().err


@pytest.fixture
def measuring(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Measurements that give, or fail with, what a test says; neither models nor a broker."""
    says: dict[str, Any] = {"noise": {"heard": 0}, "wake": RuntimeError("no wake words")}

    def module(name: str) -> ModuleType:
        made = ModuleType(name)

        def measure(bench: Bench) -> Any:
            says["bench"] = bench
            what = says[name.removeprefix("daemon.bench.")]
            if isinstance(what, Exception):
                raise what
            return what

        made.measure = measure  # type: ignore[attr-defined]
        return made

    @contextmanager
    def no_house(_: Path) -> Iterator[None]:
        yield None

    async def there(_: object) -> None:
        return None

    monkeypatch.setattr(command, "import_module", module)
    monkeypatch.setattr(command, "house", no_house)
    monkeypatch.setattr(command, "_there", there)
    return says


def test_a_measurement_that_fails_does_not_cost_the_others(
    tmp_path: Path, measuring: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("--only", "wake,noise", "--out", tmp_path / "out") == 1
    told = json.loads((tmp_path / "out" / "bench.json").read_text("utf-8"))
    assert told["failed"] == {"wake": "RuntimeError: no wake words"}
    assert told["noise"] == {"heard": 0}
    assert told["material"]["sets"]["esc10"] == {"noise": 3}
    assert all(line["met"] is None for line in told["bars"])
    shown = capsys.readouterr()
    assert "wake could not be measured: RuntimeError: no wake words" in shown.out
    assert "mosquitto is not installed" in shown.out


def test_what_was_asked_for_reaches_the_measurements(
    tmp_path: Path, measuring: dict[str, Any]
) -> None:
    a_wav(tmp_path / "mine" / "one.wav")
    words = ["--only", "noise", "--recordings", tmp_path / "mine", "--quick", "--questions", "3"]
    words += ["--variant", "one thread:models.threads=1"]
    assert called(*words) == 0
    bench: Bench = measuring["bench"]
    assert [item.name for item in bench.items] == ["one.wav"]
    assert (bench.bundled, bench.quick, bench.questions, bench.home) == (False, True, 3, False)
    assert bench.variants[0].environment == {"AURICLE_MODELS__THREADS": "1"}
    assert bench.environment == {"AURICLE_MQTT__ENABLED": "false"}
    assert not bench.folder.exists(), "nothing that was played stays"
    assert (tmp_path / "auricle-bench" / "bench.json").is_file()


def test_without_matplotlib_it_is_told_how_to_get_it(
    measuring: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(plot, "find_spec", lambda _: None)
    assert called("--only", "noise") == 0
    assert "auricle[bench]" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.models
def test_the_real_thing(tmp_path: Path, model_store: ModelStore) -> None:
    """Commands, sentences and questions, by the daemon and by the plain pipeline."""
    assert called("--only", "latency", "--quick", "--out", tmp_path / "out") == 0
    told = json.loads((tmp_path / "out" / "bench.json").read_text("utf-8"))
    latency = told["latency"]
    assert latency["answers"]["failed"] == 0
    # On a machine that is busy with something else people speak again before they are answered.
    assert 3 <= latency["answers"]["rightly_heard"] <= latency["answers"]["played"] == 8
    assert any(group["waits_ms"] for group in latency["groups"].values())
    for group in latency["groups"].values():
        if not group["waits_ms"]:
            continue
        assert group["first_audio_ms"]["p50"] > 0
        assert group["serial"]["first_audio_ms"]["p50"] > 700
        assert group["serial"]["ratio"]["p50"] > 0
        assert group["stages_ms"]["first_audio"]["n"] == group["first_audio_ms"]["n"]
    for turn in latency["turns"]:
        if turn["first_audio_ms"] is not None:
            # Two witnesses: the file hears what the record says, but for the silence before words.
            assert turn["first_audio_ms"] >= turn["by_the_record_ms"] - 50
