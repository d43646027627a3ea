import asyncio
from pathlib import Path

import numpy as np
import pytest

from audio.frames import FRAME, RATE, AudioFrame, Pcm
from audio.monitor import Monitor, Reel
from audio.playback import NullSpeaker, WavSpeaker
from audio.timeline import Timeline
from tests.audio.recordings import load, noise, tone
from tests.clock import run

JITTER = 0.05


def filled(pcm: Pcm, rate: int, *, shaken: float = 0.0, drift: float = 0.0) -> tuple[Reel, Monitor]:
    """A reel that got a second of silence and then `pcm`, in blocks of 20 ms, from time 100 on."""
    reel = Reel(JITTER)
    random = np.random.default_rng(7)
    sound = np.concatenate((np.zeros(rate, dtype=np.int16), pcm))
    block = rate // 50
    for k in range(len(sound) // block):
        when = 100 + k * 0.02 * (1 + drift) + random.uniform(-shaken, shaken)
        reel.take(sound[k * block : (k + 1) * block], when, rate)
    return reel, Monitor(reel)


@pytest.mark.parametrize("rate", [RATE, 22_050, 44_100, 48_000])
def test_what_was_played_comes_back_at_the_ears_rate_window_by_window(rate: int) -> None:
    _, monitor = filled(tone(1.0, rate=rate), rate)
    windows = []
    for k in range(45):
        window = monitor.between(101 + k * 0.02, 101 + (k + 1) * 0.02)
        assert window is not None
        assert (len(window), window.dtype) == (320, np.dtype("i2"))
        windows.append(window)
    heard = np.concatenate(windows)[800:].astype(int)
    assert np.abs(heard - tone(1.0)[800 : 800 + len(heard)]).max() < 150


def test_silence_is_none() -> None:
    reel, monitor = filled(tone(0.5), RATE)
    assert monitor.between(100.5, 100.52) is None
    assert monitor.between(101.5, 101.52) is None
    assert monitor.until == reel.until == pytest.approx(101.5)
    assert Monitor(Reel(JITTER)).between(0.0, 1.0) is None


def test_block_times_that_jitter_and_drift_leave_no_seam() -> None:
    """A window's place moves by a sample at most from one window to the next."""
    wave = tone(3.0, hertz=100, rate=48_000)
    _, monitor = filled(wave, 48_000, shaken=0.004, drift=1e-4)
    windows = [monitor.between(101.2 + k * 0.02, 101.22 + k * 0.02) for k in range(80)]
    heard = np.concatenate([window for window in windows if window is not None])
    assert len(heard) == 80 * 320
    steepest = 2 * np.pi * 100 / RATE * np.abs(tone(1.0)).max()
    assert np.abs(np.diff(heard.astype(int))).max() < 2.2 * steepest
    best = min(
        range(-32, 33),
        key=lambda lag: np.abs(heard[:320] - tone(1.0, hertz=100)[3200 + lag : 3520 + lag]).sum(),
    )
    assert abs(best) <= 24


def test_jitter_hardly_moves_a_window_against_the_one_before() -> None:
    """Read while it is played, as the ear does."""
    random = np.random.default_rng(7)
    reel = Reel(JITTER)
    monitor, windows = Monitor(reel), []
    for k in range(1000):
        numbered: Pcm = (np.arange(k * FRAME, (k + 1) * FRAME) % 30_000 + 1).astype(np.int16)
        reel.take(numbered, 100 + k * 0.02 + random.uniform(-0.004, 0.004), RATE)
        if k >= 500:
            windows.append(monitor.between(99.9 + k * 0.02, 99.92 + k * 0.02))
    steps = np.diff(np.concatenate([window for window in windows if window is not None]))
    assert np.count_nonzero((steps != 1) & (steps != -29_999)) <= 20  # 9; without a tolerance, 62.


def test_a_clock_that_drifts_is_followed() -> None:
    numbered: Pcm = (np.arange(60 * RATE) % 30_000 + 1).astype(np.int16)
    _, monitor = filled(numbered, RATE, drift=1e-4)
    window = monitor.between(100 + 60 * 1.0001, 100.02 + 60 * 1.0001)
    assert window is not None
    assert abs(int(window[0]) - int(numbered[59 * RATE])) <= 10  # Without: 6 ms, 94 samples.


@pytest.mark.parametrize("away", [0.5, 1.0, 3.9, 5.0, 5000.0])
def test_a_gap_is_silence_and_old_sound_does_not_come_back(away: float) -> None:
    reel, monitor = filled(noise(6 * RATE), RATE)
    back = 107 + away
    for k in range(10):
        reel.take(noise(320), back + k * 0.02, RATE)
    assert monitor.between(max(107.0, back - 3.7), back) is None
    assert monitor.between(back, back + 0.02) is not None


def test_only_the_last_seconds_are_kept() -> None:
    _, monitor = filled(noise(10 * RATE), RATE)
    assert monitor.between(101.0, 101.02) is None
    assert monitor.between(108.0, 108.02) is not None


def test_a_device_that_comes_back_at_another_rate_is_heard_again() -> None:
    reel, monitor = filled(tone(0.5), RATE)
    for k in range(50):
        reel.take(tone(0.02, rate=48_000, hertz=400), 200 + k * 0.02, 48_000)
    window = monitor.between(200.5, 200.6)
    assert window is not None
    assert np.abs(window.astype(int) - tone(0.1, hertz=400)).max() < 150


def test_the_monitor_of_a_file_has_what_the_file_has(tmp_path: Path) -> None:
    monitored: list[Pcm] = []

    async def scenario() -> None:
        timeline = Timeline()
        timeline.begin()
        speaker = WavSpeaker(tmp_path / "out.wav", timeline, rate=22_050, file_rate=RATE)
        await speaker.play(AudioFrame(tone(1.0, rate=22_050), 0, 22_050))
        now = asyncio.get_running_loop().time
        for k in range(100):
            if k == 20:
                speaker.pause()
            if k == 50:
                speaker.resume()
            if k == 70:
                speaker.flush()
                await speaker.play(AudioFrame(tone(0.2, rate=22_050, hertz=880), 0, 22_050))
            await asyncio.sleep(0.02)
            window = speaker.monitor.between(now() - 0.02, now())
            monitored.append(np.zeros(320, np.int16) if window is None else window)
        await speaker.close()

    run(scenario())
    filed = load(tmp_path / "out.wav")[0].astype(int)
    heard = np.concatenate(monitored)
    assert not heard[20 * 320 : 50 * 320].any()
    assert not heard[81 * 320 :].any()
    # Behind a cut the two resamplers ring differently.
    calm = np.ones(len(heard), dtype=bool)
    for edge in (0, 20, 50, 70, 80):
        calm[max(0, edge * 320 - 160) : edge * 320 + 160] = False
    assert np.abs(heard - filed)[calm].max() < 200
    assert filed[calm].any()


def test_a_window_beside_a_pause_has_nothing_of_it() -> None:
    """Asked for afterwards: what comes before and behind the pause is known."""

    async def scenario() -> None:
        speaker = NullSpeaker(22_050)
        await speaker.play(AudioFrame(tone(0.5, rate=22_050), 0, 22_050))
        await asyncio.sleep(0.2)
        speaker.pause()
        await asyncio.sleep(0.2)
        speaker.resume()
        await speaker.drain()
        for begins in (0.2, 0.22, 0.36, 0.38):
            assert speaker.monitor.between(begins, begins + 0.02) is None
        assert speaker.monitor.between(0.18, 0.2) is not None
        assert speaker.monitor.between(0.4, 0.42) is not None

    run(scenario())


def test_what_was_flushed_was_not_played() -> None:
    async def scenario() -> None:
        speaker = NullSpeaker(RATE)
        for _ in range(2):
            await speaker.play(AudioFrame(np.full(RATE // 2, 1000, dtype=np.int16), 0))
            await asyncio.sleep(0.1)
            speaker.flush()
        await speaker.play(AudioFrame(np.full(RATE, 2000, dtype=np.int16), 0))
        await asyncio.sleep(0.2)
        heard = speaker.monitor.between(0.0, 0.4)
        assert heard is not None
        np.testing.assert_array_equal(heard, np.repeat([1000, 2000], RATE // 5))

    run(scenario())
