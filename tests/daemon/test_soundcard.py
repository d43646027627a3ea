"""An output that cannot work is refused before anything is loaded, and nothing is harmed."""

import os
from pathlib import Path

import pytest

from audio.ports import DeviceError
from daemon import soundcard
from daemon.errors import UsageError
from daemon.settings import Audio
from daemon.soundcard import Source, check_output, open_microphone

SPEECH = Path(__file__).parents[1] / "data/speech/speech_to_phrase/resume.wav"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "question.wav"
    path.write_bytes(SPEECH.read_bytes())
    return path


@pytest.fixture
def source(recording: Path) -> Source:
    return open_microphone(recording, Audio())


class Silent:
    """A sound system without a loudspeaker."""

    def __init__(self, **_: object) -> None:
        self.wanted: list[object] = []

    def find(self, direction: str, wanted: str | None) -> None:
        self.wanted.append(wanted)
        raise DeviceError(f"there is no {direction}")


def refused(path: Path, source: Source | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        check_output(path, Audio(), source)
    told = str(caught.value)
    assert told.startswith(f"{path}: ")
    return told


def test_a_file_that_can_be_made_is_not_made_yet(tmp_path: Path, source: Source) -> None:
    check_output(tmp_path / "answer.wav", Audio(), source)
    check_output(tmp_path / "answer.wav", Audio())
    assert not (tmp_path / "answer.wav").exists()


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path, source: Source) -> None:
    path = tmp_path / "answer.wav"
    path.write_bytes(b"an older answer")
    check_output(path, Audio(), source)
    assert path.read_bytes() == b"an older answer"


def test_a_link_that_leads_nowhere_yet_stays(tmp_path: Path) -> None:
    link = tmp_path / "link.wav"
    link.symlink_to(tmp_path / "answer.wav")
    check_output(link, Audio())
    assert link.is_symlink()
    assert not link.exists()


def test_the_recording_is_never_overwritten(
    tmp_path: Path, recording: Path, source: Source
) -> None:
    (tmp_path / "soft.wav").symlink_to(recording)
    os.link(recording, tmp_path / "hard.wav")
    for path in (recording, tmp_path / "soft.wav", tmp_path / "hard.wav"):
        assert "the recording itself" in refused(path, source)
    assert recording.read_bytes() == SPEECH.read_bytes()


def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    assert "there is no folder" in refused(tmp_path / "none" / "answer.wav")
    assert "a folder; name a file in it" in refused(tmp_path)
    assert "File name too long" in refused(tmp_path / ("a" * 300 + ".wav"))
    os.mkfifo(tmp_path / "pipe.wav")
    assert "not a regular file" in refused(tmp_path / "pipe.wav")
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    assert "cannot be written" in refused(tmp_path / "loop.wav")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    assert "Permission denied" in refused(closed / "answer.wav")


def test_a_loudspeaker_is_looked_for_under_its_name(
    monkeypatch: pytest.MonkeyPatch, source: Source
) -> None:
    silent = Silent()
    monkeypatch.setattr(soundcard, "PortAudio", lambda **_: silent)
    for given in (None, source):
        with pytest.raises(DeviceError, match="no output"):
            check_output("speaker", Audio(output="Jabra"), given)
    assert silent.wanted == ["Jabra", "Jabra"]
    check_output("null", Audio(), source)
