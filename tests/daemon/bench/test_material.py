import json
from pathlib import Path

import numpy as np
import pytest

from audio.frames import RATE
from audio.wav_writer import WavWriter
from daemon.bench.material import BUNDLED, Item, MaterialError, bundled, chosen, read, sound


def a_wav(path: Path, seconds: float = 0.1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = WavWriter(path, RATE)
    writer.write(np.full(round(seconds * RATE), 1000, np.int16))
    writer.close()
    return path


def items(root: Path) -> dict[str, Item]:
    return {item.name: item for item in read(root)}


def test_what_comes_with_the_package_can_be_heard_and_is_small() -> None:
    recordings = bundled()
    assert {item.kind for item in recordings} == {"speech", "noise"}
    assert sum(bool(item.tool) for item in recordings) >= 8
    assert all(len(sound(item.path)) > RATE // 2 for item in recordings if item.path)
    assert sum(path.stat().st_size for path in BUNDLED.rglob("*")) < 2_000_000


def test_every_set_that_comes_with_the_package_has_its_licence() -> None:
    readme = (BUNDLED / "README.md").read_text("utf-8")
    for source in {item.source for item in bundled()}:
        assert f"`{source}/`" in readme
        assert list((BUNDLED / source).glob("LICENSE*")) or "CC0" in readme


def test_every_entry_that_comes_with_the_package_has_its_file() -> None:
    lines = (BUNDLED / "items.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["file"] for line in lines} == {item.name for item in bundled()}


def test_a_plain_folder(tmp_path: Path) -> None:
    a_wav(tmp_path / "one.wav")
    a_wav(tmp_path / "deep" / "two.WAV")
    found = items(tmp_path)
    assert list(found) == ["deep/two.WAV", "one.wav"]
    assert found["one.wav"].source == tmp_path.name
    assert found["deep/two.WAV"].source == "deep"
    assert found["one.wav"].kind == "speech"
    assert not found["one.wav"].text


def test_words_beside_a_recording(tmp_path: Path) -> None:
    a_wav(tmp_path / "one.wav").with_suffix(".txt").write_text("turn on\n the lamp\n")
    assert items(tmp_path)["one.wav"].text == "turn on the lamp"


@pytest.mark.parametrize("named", [False, True])
def test_a_manifest(tmp_path: Path, *, named: bool) -> None:
    a_wav(tmp_path / "set" / "one.wav")
    entry = {"file": "one.wav", "text": "lock it", "tool": "HassTurnOn", "device": True}
    (tmp_path / "set" / "manifest.json").write_text(
        json.dumps({"items": [entry]} if named else [entry])
    )
    item = items(tmp_path)["set/one.wav"]
    assert (item.text, item.tool, item.device) == ("lock it", "HassTurnOn", True)


def test_lines_of_entries_lie_beside_each_set(tmp_path: Path) -> None:
    for name in ("a", "b"):
        a_wav(tmp_path / name / "x" / "one.wav")
        (tmp_path / name / "items.jsonl").write_text(
            json.dumps({"file": "x/one.wav", "text": f"said in {name}"}) + "\n\n"
        )
    assert [item.text for item in read(tmp_path)] == ["said in a", "said in b"]


@pytest.mark.parametrize("text", ["{", '{"sets": {}}', "[1]", '{"items": 3}', '{"file": 3}'])
def test_a_file_that_says_nothing_of_recordings_is_passed_over(tmp_path: Path, text: str) -> None:
    a_wav(tmp_path / "one.wav")
    (tmp_path / "manifest.json").write_text(text)
    (tmp_path / "items.jsonl").write_text(text + "\n")
    assert items(tmp_path)["one.wav"].text == ""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("en/one.wav", "speech"),
        ("fr/one.wav", "foreign"),
        ("en/oov_1.wav", "foreign"),
        ("set/el/oov_1.wav", "foreign"),
        ("wake_words/alexa/one.wav", "wake"),
        ("nonspeech_esc10/one.wav", "noise"),
        ("set/background_noise.wav", "noise"),
        ("set/01/one.wav", "speech"),
    ],
)
def test_what_a_path_says_of_a_recording(tmp_path: Path, path: str, kind: str) -> None:
    a_wav(tmp_path / path)
    assert items(tmp_path)[path].kind == kind


def test_an_entry_knows_better_than_the_path(tmp_path: Path) -> None:
    a_wav(tmp_path / "fr" / "one.wav")
    (tmp_path / "items.jsonl").write_text(json.dumps({"file": "fr/one.wav", "kind": "noise"}))
    assert items(tmp_path)["fr/one.wav"].kind == "noise"


def test_no_folder_and_no_recordings(tmp_path: Path) -> None:
    with pytest.raises(MaterialError, match="there is no such folder"):
        read(tmp_path / "nowhere")
    with pytest.raises(MaterialError, match="no recording in it"):
        read(tmp_path)


def test_what_is_no_sound(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_text("no sound")
    with pytest.raises(MaterialError, match=r"one\.wav: cannot be decoded"):
        sound(tmp_path / "one.wav")


def test_a_choice_is_the_same_every_time_and_fair_to_small_sets() -> None:
    many = [Item(f"many/{n}", "many", None) for n in range(50)]
    few = [Item(f"few/{n}", "few", None) for n in range(3)]
    some = chosen([*many, *few], 8)
    assert some == chosen([*reversed(many), *few], 8)
    assert sum(item.source == "few" for item in some) == 3
    assert len(set(some)) == 8
    assert len(chosen(few, 8)) == 3
