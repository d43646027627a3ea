import struct
from pathlib import Path

import numpy as np
import pytest

from audio.frames import RATE
from audio.ports import WavError
from audio.wav import read_wav
from audio.wav_writer import WavWriter
from tests.audio.recordings import extensible, load, noise, riff, save, tone

SAMPLES = noise(1000)


def _as_24_bit(values: np.ndarray[tuple[int], np.dtype[np.int16]]) -> bytes:
    return b"".join(struct.pack("<i", int(v) << 8)[:3] for v in values)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("16 bit", riff(1, 1, RATE, 16, SAMPLES.tobytes())),
        ("24 bit", riff(1, 1, RATE, 24, _as_24_bit(SAMPLES))),
        ("32 bit", riff(1, 1, RATE, 32, (SAMPLES.astype("<i4") << 16).tobytes())),
        ("float", riff(3, 1, RATE, 32, (SAMPLES / 32768).astype("<f4").tobytes())),
        ("double", riff(3, 1, RATE, 64, (SAMPLES / 32768).tobytes())),
        (
            "extensible",
            riff(0xFFFE, 1, RATE, 24, _as_24_bit(SAMPLES), extra=extensible(1, 24)),
        ),
        ("stereo", riff(1, 2, RATE, 16, np.repeat(SAMPLES, 2).tobytes())),
    ],
)
def test_every_usual_kind_holds_the_same_samples(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / f"{name}.wav"
    path.write_bytes(content)
    np.testing.assert_array_equal(read_wav(path).pcm, SAMPLES)


def test_8_bit_samples_are_unsigned(tmp_path: Path) -> None:
    path = tmp_path / "old.wav"
    path.write_bytes(riff(1, 1, RATE, 8, bytes([0, 128, 255])))
    np.testing.assert_array_equal(read_wav(path).pcm, [-32768, 0, 127 * 256])


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_100, 48_000])
def test_any_rate_arrives_at_the_ears_rate_in_place(tmp_path: Path, rate: int) -> None:
    recording = read_wav(save(tmp_path / "tone.wav", tone(1.0, rate=rate), rate))
    assert recording.rate == rate
    assert len(recording.pcm) == RATE
    middle = slice(RATE // 4, 3 * RATE // 4)
    difference = recording.pcm[middle].astype(int) - tone(1.0)[middle]
    assert np.abs(difference).max() < 40


def test_a_five_minute_file_is_read_whole(tmp_path: Path) -> None:
    path = save(tmp_path / "long.wav", np.zeros(300 * 48_000, dtype=np.int16), 48_000)
    assert len(read_wav(path).pcm) == 300 * RATE


def test_a_file_cut_short_is_read_to_where_it_ends(tmp_path: Path) -> None:
    path = save(tmp_path / "cut.wav", SAMPLES)
    path.write_bytes(path.read_bytes()[:-1001])
    np.testing.assert_array_equal(read_wav(path).pcm, SAMPLES[:499])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a WAV file"),
        (b"ID3 this is music", "not a WAV file"),
        (b"RIFF\0\0\0\0WAVE", "no sound in it"),
        (b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\x01\0", "cut short"),
        (riff(1, 1, RATE, 16, b""), "empty"),
        (riff(1, 1, RATE, 16, b"\1"), "empty"),
        (riff(7, 1, RATE, 8, b"\0" * 8), "unsupported encoding .format 7, 8 bits"),
        (riff(1, 1, RATE, 12, b"\0" * 8), "unsupported encoding"),
        (riff(1, 0, RATE, 16, b"\0" * 8), "unsupported encoding"),
        (riff(1, 1, 0, 16, b"\0" * 8), "unsupported encoding"),
    ],
)
def test_what_is_no_usable_sound_is_refused_by_name(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(WavError, match=says) as refused:
        read_wav(path)
    assert str(path) in str(refused.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WavError, match="no such file"):
        read_wav(tmp_path / "nothing.wav")
    with pytest.raises(WavError, match="cannot be read"):
        read_wav(tmp_path)


def test_a_written_file_is_valid_after_every_write(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    writer = WavWriter(path, 22_050)
    assert len(load(path)[0]) == 0
    writer.write(SAMPLES)
    np.testing.assert_array_equal(load(path)[0], SAMPLES)
    writer.write_silence(1500)
    writer.write(SAMPLES)
    pcm, rate = load(path)
    writer.close()
    assert rate == 22_050
    np.testing.assert_array_equal(
        pcm, np.concatenate((SAMPLES, np.zeros(500, dtype=np.int16), SAMPLES))
    )


def test_an_output_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    with pytest.raises(WavError, match="no folder"):
        WavWriter(tmp_path / "missing" / "out.wav", RATE)
    with pytest.raises(WavError, match="Is a directory"):
        WavWriter(tmp_path, RATE)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full to play a full disk")
def test_a_full_disk_is_reported() -> None:
    with pytest.raises(WavError, match="No space left"):
        WavWriter(Path("/dev/full"), RATE)
