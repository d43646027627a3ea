import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audio.frames import RATE, Pcm
from audio.wav import read_wav
from tests.audio.recordings import babble, load, save
from tests.pulse import VirtualSoundCard, needs_sound
from tests.waiting import eventually

pytestmark = [pytest.mark.sound, pytest.mark.slow, needs_sound]
ROOT = Path(__file__).parents[2]


class Probe:
    """tests/sound/probe.py in a process of its own, and what it tells."""

    def __init__(self, card: VirtualSoundCard, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.sound.probe", *arguments],
            env=card.env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._told: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._told.put(json.loads(line))

    def hears(self, key: str, within: float = 20.0) -> dict[str, Any]:
        """The next thing told that has this key."""
        limit = time.monotonic() + within
        while True:
            told = self._told.get(timeout=max(0.0, limit - time.monotonic()))
            if key in told:
                return told

    def press(self) -> None:
        """A line on its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def forget(self) -> None:
        while not self._told.empty():
            self._told.get()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()
        self._reader.join()


Start = Callable[..., Probe]


@pytest.fixture
def card(tmp_path: Path) -> Iterator[VirtualSoundCard]:
    with VirtualSoundCard(tmp_path) as card:
        yield card


@pytest.fixture
def start(card: VirtualSoundCard) -> Iterator[Start]:
    probes: list[Probe] = []

    def started(*arguments: str) -> Probe:
        probes.append(Probe(card, *arguments))
        return probes[-1]

    yield started
    for probe in probes:
        probe.end()


def chirp(seconds: float) -> Pcm:
    """A sweep: it lines up with itself at one place only."""
    t = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * (200 * t + 1500 * t**2 / seconds)
    return (np.sin(phase) * 12_000 * np.minimum(1, 20 * t)).astype(np.int16)


def likeness(heard: Pcm, original: Pcm) -> tuple[float, int]:
    """Signal-to-noise ratio in decibels at the best alignment, and that alignment."""
    size = 1 << (len(heard) + len(original)).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(original, size))
    at = int(np.argmax(np.fft.irfft(spectrum, size)[: len(heard) - len(original) + 1]))
    found = heard[at : at + len(original)].astype(float)
    wanted = original.astype(float)
    gain = found @ wanted / (wanted @ wanted)
    assert 0.9 < gain < 1.1
    error = np.sum((found - gain * wanted) ** 2)
    return float(10 * np.log10(np.sum((gain * wanted) ** 2) / error)), at


def test_what_is_said_into_the_microphone_is_heard(
    card: VirtualSoundCard, start: Start, tmp_path: Path
) -> None:
    said = chirp(2)
    at_48k = np.interp(np.arange(6 * RATE) / 3, np.arange(2 * RATE), said).astype(np.int16)
    probe = start("listen", "5", str(tmp_path / "heard.npy"))
    probe.hears("hears")
    card.speak(save(tmp_path / "said.wav", at_48k, 48_000))
    report = probe.hears("lag_ms")
    heard = np.load(tmp_path / "heard.npy")
    snr, _ = likeness(heard, read_wav(tmp_path / "said.wav").pcm)
    assert snr > 40
    assert report["dropped"] == 0
    assert report["lag_ms"] < 200


def test_what_is_played_comes_out_of_the_loudspeaker_whole_and_in_time(
    card: VirtualSoundCard, start: Start, tmp_path: Path
) -> None:
    said = chirp(2)
    tape = card.record()
    probe = start("say", str(save(tmp_path / "said.wav", said)))
    report = probe.hears("queued")
    assert probe.process.wait(10) == 0
    heard = read_wav(tape.stop()).pcm
    snr, _ = likeness(heard, said)
    assert snr > 30
    assert report["queued"] == report["played"] == len(said)
    assert report["took_ms"] == pytest.approx(2000, abs=150)
    assert load(tape.path)[1] == 48_000


def silences(heard: Pcm, least: float) -> list[tuple[int, int]]:
    """Where nothing sounds for so many seconds between sounds: first sample and the one after."""
    loud = np.flatnonzero(np.abs(heard.astype(int)) > 50)
    gaps = np.flatnonzero(np.diff(loud) > least * RATE)
    return [(int(loud[gap]), int(loud[gap + 1])) for gap in gaps]


def test_a_pause_silences_the_loudspeaker_at_once_and_it_goes_on_where_it_was(
    card: VirtualSoundCard, start: Start, tmp_path: Path
) -> None:
    said = babble(3) | 1  # Never quite silent.
    tape = card.record()
    probe = start("pause", str(save(tmp_path / "said.wav", said)))
    report = probe.hears("paused_at")
    assert probe.process.wait(10) == 0
    heard = read_wav(tape.stop()).pcm
    began, ended = np.flatnonzero(np.abs(heard.astype(int)) > 50)[[0, -1]]
    ((silent, sounds),) = silences(heard, 0.5)
    assert report["queued"] == report["played"] == len(said)
    assert (silent - began - report["paused_at"]) / RATE < 0.15
    assert (sounds - silent) / RATE == pytest.approx(1.0, abs=0.15)
    # Nothing is lost; a busy machine may add a gap of its own.
    assert 2.95 < (silent - began + ended - sounds) / RATE < 3.5


def test_the_echo_of_the_loudspeaker_is_removed_from_what_the_microphone_hears(
    card: VirtualSoundCard, start: Start, tmp_path: Path
) -> None:
    """Sound goes from the virtual loudspeaker into the virtual microphone, 3 dB quieter."""
    loopback = ["source=speaker.monitor", "sink=mic_feed", "latency_msec=30", "adjust_time=0"]
    assert card._ask("load-module", "module-loopback", *loopback)
    said = np.concatenate((babble(6), np.zeros(RATE // 2, np.int16), babble(4, seed=6)))
    save(tmp_path / "said.wav", (said * 0.7).astype(np.int16))
    probe = start("echo", str(tmp_path / "said.wav"), str(tmp_path / "heard.npy"))
    probe.hears("frames", within=40)
    raw, cleaned = np.load(tmp_path / "heard.npy")[:, -3 * RATE :].astype(float)
    assert np.mean(raw**2) > 1000**2
    assert 10 * np.log10(np.mean(raw**2) / np.mean(cleaned**2)) > 12


def test_a_killed_server_is_noticed_within_2_s_and_used_again_when_it_is_back(
    card: VirtualSoundCard, start: Start
) -> None:
    probe = start("watch")
    probe.hears("frame")
    killed = time.monotonic()
    card.kill()
    lost = probe.hears("log")
    assert "microphone is lost" in lost["log"]
    assert lost["at"] - killed < 2
    probe.forget()
    card.start()
    assert "microphone is back" in probe.hears("log")["log"]
    assert probe.hears("jump_ms")["jump_ms"] > 0
    probe.hears("frame")


def test_nothing_is_captured_while_muted(card: VirtualSoundCard, start: Start) -> None:
    """By the sound server's own account: there is no stream that could be listened to."""
    probe = start("mute")
    probe.hears("frame")
    assert card.streams("source-outputs") == 1
    probe.press()
    probe.hears("muted")
    eventually(lambda: card.streams("source-outputs") == 0, what="the stream is closed")
    time.sleep(1)  # Real time: nothing happens that could be waited for.
    assert card.streams("source-outputs") == 0
    probe.forget()
    probe.press()
    opened = probe.hears("muted")
    back = probe.hears("frame")
    assert back["jump_ms"] > 900
    assert back["at"] - opened["at"] < 1
    assert card.streams("source-outputs") == 1


def test_a_frozen_server_ends_the_process(card: VirtualSoundCard, start: Start) -> None:
    probe = start("watch")
    probe.hears("frame")
    frozen = time.monotonic()
    card.freeze()
    lost = probe.hears("log")
    assert lost["at"] - frozen < 2
    assert "sound server is frozen" in probe.hears("error")["error"]
    assert probe.process.wait(10) == 1


def test_without_a_server_the_message_says_what_to_do(card: VirtualSoundCard, start: Start) -> None:
    card.kill()
    probe = start("watch")
    assert "--input FILE.wav" in probe.hears("error")["error"]
    assert probe.process.wait(10) == 1


def test_the_devices_are_listed(card: VirtualSoundCard, start: Start) -> None:
    assert "default" in start("devices").hears("devices")["devices"]
