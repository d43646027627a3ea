import asyncio
import importlib
from collections.abc import Callable, Sequence
from contextlib import aclosing

import numpy as np
import pytest

from audio.echo import Doubting, EchoCanceller
from audio.frames import FRAME, RATE, AudioFrame, Pcm
from audio.playback import NullSpeaker
from audio.ports import AudioError
from daemon.bench.room import Acoustics
from tests.audio.recordings import babble, noise, tone
from tests.clock import run
from tests.doubles.room import RoomMicrophone

DRY = Acoustics(reverberation_s=0.2, noise_db=-70.0)


def loudness(frames: list[AudioFrame]) -> float:
    """Decibels below full scale."""
    sound = np.concatenate([frame.pcm for frame in frames]).astype(float) / 32768
    return float(10 * np.log10(np.mean(sound**2) + 1e-12))


class Credulous:
    """Takes everything for speech, and is begun anew."""

    begun = 0

    def probability(self, window: Pcm) -> float:
        return 1.0

    def reset(self) -> None:
        self.begun += 1


class Heard:
    """What came of a scene: raw frames, cleaned ones, and the references beside them."""

    def __init__(self) -> None:
        self.raw: list[AudioFrame] = []
        self.cleaned: list[AudioFrame] = []
        self.references: list[Pcm | None] = []
        self.sounding: list[bool] = []
        self.judged: list[float] = []
        """What a doubting judge makes of it who asks one that takes everything for speech."""

    def removed(self, start: float, end: float) -> float:
        part = slice(round(start * 50), round(end * 50))
        return loudness(self.raw[part]) - loudness(self.cleaned[part])


def scene(
    seconds: float,
    said: Sequence[tuple[float, Pcm]],
    acoustics: Acoustics = DRY,
    near: Pcm | None = None,
    misjudged: Callable[[int], float] = lambda _sample: 0.0,
) -> Heard:
    """The loudspeaker says something, each after so many seconds, in a room with a microphone."""
    heard = Heard()

    async def scenario() -> None:
        speaker = NullSpeaker(RATE)
        microphone = RoomMicrophone(speaker.monitor, near, acoustics)
        echo = EchoCanceller(
            speaker.monitor, lambda sample: microphone.time_of(sample) + misjudged(sample)
        )

        judge = Doubting(Credulous(), echo)

        async def speak() -> None:
            for silence, pcm in said:
                await asyncio.sleep(silence)
                for start in range(0, len(pcm), RATE // 2):
                    await speaker.play(AudioFrame(pcm[start : start + RATE // 2], start))
                await speaker.drain()

        speaking = asyncio.create_task(speak())
        async with aclosing(microphone.frames()) as frames:
            async for frame in frames:
                heard.raw.append(frame)
                heard.cleaned.append(echo.clean(frame))
                heard.references.append(echo.reference)
                heard.sounding.append(echo.sounding)
                heard.judged.append(judge.probability(heard.cleaned[-1].pcm))
                if frame.end >= seconds * RATE:
                    break
        await speaking

    run(scenario())
    return heard


def test_while_nothing_is_played_frames_are_handed_back_as_they_are() -> None:
    heard = scene(3.0, [(0.5, babble(0.5))], near=noise(3 * RATE))
    silent = [*range(24), *range(76, 150)]
    for k in silent:
        assert heard.cleaned[k] is heard.raw[k]
        assert not heard.sounding[k]
    for k in range(25, 75):
        assert heard.cleaned[k] is not heard.raw[k]
        assert heard.cleaned[k].start == heard.raw[k].start
        assert len(heard.cleaned[k].pcm) == FRAME
        assert heard.sounding[k]


def test_the_reference_is_what_is_played_in_the_frame() -> None:
    said = babble(0.5)
    heard = scene(1.5, [(0.5, said)])
    played = [reference for reference in heard.references if reference is not None]
    np.testing.assert_array_equal(np.concatenate(played), said)
    assert heard.references[24] is None
    assert heard.references[25] is not None
    assert heard.references[50] is None


@pytest.mark.parametrize(
    ("acoustics", "least"),
    [
        pytest.param(DRY, 30, id="dry"),
        pytest.param(Acoustics(delay_s=0.0, reverberation_s=0.2), 25, id="no delay"),
        pytest.param(Acoustics(delay_s=0.2), 25, id="late"),
        pytest.param(Acoustics(drive=4.0, gain=0.9), 20, id="a driven loudspeaker"),
    ],
)
def test_the_echo_is_removed(acoustics: Acoustics, least: float) -> None:
    heard = scene(5.0, [(0.0, babble(5.0))], acoustics)
    assert heard.removed(2, 5) > least


def test_what_is_announced_too_late_is_removed_too() -> None:
    heard = scene(5.0, [(0.0, babble(5.0))], misjudged=lambda _sample: -0.02)
    assert heard.removed(2, 5) > 25


def test_a_microphone_clock_that_trembles_leaves_no_seam() -> None:
    random = np.random.default_rng(4)
    said: Pcm = np.arange(1, RATE + 1).astype(np.int16)
    heard = scene(1.4, [(0.1, said)], misjudged=lambda _sample: random.uniform(1e-5, 5e-5))
    played = [reference for reference in heard.references if reference is not None]
    steps = np.diff(np.concatenate(played).astype(int))
    assert set(steps[steps != 0]) <= {1, -RATE}


def test_what_was_learnt_keeps_over_a_silence() -> None:
    """The first second of a second answer is removed as well as the end of the first one."""
    heard = scene(6.0, [(0.0, babble(3.0)), (2.0, babble(1.0, seed=8))])
    assert not heard.sounding[50 * 4]
    assert heard.removed(5.0, 6.0) > 25


def test_what_is_left_of_our_own_voice_is_no_speech_and_who_speaks_over_it_is() -> None:
    near = np.zeros(6 * RATE, dtype=np.int16)
    near[4 * RATE : 5 * RATE] = noise(RATE, loud=12_000)
    heard = scene(6.5, [(0.5, babble(5.0))], near=near)
    alone, over, silence = heard.judged[75:195], heard.judged[205:245], heard.judged[310:]
    assert np.mean(alone) < 0.01
    assert np.mean(over) > 0.6
    assert set(silence) == {1.0}
    assert set(heard.judged[:24]) == {1.0}


def test_who_speaks_when_it_has_fallen_silent_is_heard_unchanged() -> None:
    near = np.concatenate((np.zeros(3 * RATE, dtype=np.int16), tone(1.0)))
    heard = scene(4.0, [(0.5, babble(1.5))], near=near)
    assert abs(heard.removed(3.0, 4.0)) < 0.1


def test_who_speaks_in_the_rooms_tail_is_let_through() -> None:
    near = np.concatenate((np.zeros(round(2.6 * RATE), dtype=np.int16), noise(RATE)))
    heard = scene(3.0, [(0.5, babble(2.0))], near=near)
    assert heard.sounding[135]
    assert heard.removed(2.7, 2.9) < 6
    assert np.mean(heard.judged[137:145]) > 0.8


def test_what_remains_of_a_sound_is_doubted_for_as_long_as_a_room_sounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        speaker = NullSpeaker(RATE)
        echo = EchoCanceller(speaker.monitor, lambda sample: sample / RATE)
        await speaker.play(AudioFrame(babble(1.0), 0))
        monkeypatch.setattr(echo, "_cancel", lambda heard, _played: heard // 100)
        echo.clean(AudioFrame(np.full(FRAME, 10_000, dtype=np.int16), 0))
        assert echo.leftover
        monkeypatch.setattr(echo, "_cancel", lambda heard, _played: heard)
        doubted = []
        for start in range(FRAME, RATE, FRAME):
            echo.clean(AudioFrame(np.full(FRAME, 1778, dtype=np.int16), start))  # 15 dB less.
            doubted.append(echo.leftover)
        assert doubted == [True] * 8 + [False] * 41  # 5 dB at 30 dB a second are 167 ms.

    run(scenario())


def test_a_doubting_judge_begins_anew_with_the_one_it_asks() -> None:
    async def scenario() -> None:
        judge = Credulous()
        echo = EchoCanceller(NullSpeaker(RATE).monitor, lambda sample: sample / RATE)
        Doubting(judge, echo).reset()
        assert judge.begun == 1

    run(scenario())


def test_a_missing_library_is_told_as_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(f"failed to load {name}")

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(AudioError, match=r"cannot be loaded.*livekit"):
        EchoCanceller(NullSpeaker(RATE).monitor, lambda sample: sample / RATE)


def test_a_refused_frame_is_told_as_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("not 10 ms")

    async def scenario() -> None:
        speaker = NullSpeaker(RATE)
        echo = EchoCanceller(speaker.monitor, lambda sample: sample / RATE)
        monkeypatch.setattr(echo._apm, "process_stream", refuse)
        await speaker.play(AudioFrame(babble(0.5), 0))
        with pytest.raises(AudioError, match="not 10 ms"):
            echo.clean(AudioFrame(noise(FRAME), 0))

    run(scenario())
