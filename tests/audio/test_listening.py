import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.detector import Detector
from audio.endpointer import Endpointer
from audio.frames import FRAME, RATE, AudioFrame, Pcm, SpeechPaused, SpeechStarted, Utterance
from audio.gate import Gate
from audio.listening import Ear, Happening
from audio.playback import WavMicrophone
from tests.audio.recordings import save, tone
from tests.clock import run


class LoudIsSpeech:
    """A judge that can be predicted, and that counts what it was asked."""

    def __init__(self) -> None:
        self.judged = 0

    def probability(self, window: Pcm) -> float:
        assert window.shape == (512,)
        self.judged += 1
        return 1.0 if np.abs(window.astype(int)).mean() > 500 else 0.0

    def reset(self) -> None:
        self.judged = 0


def detector(judge: LoudIsSpeech | None = None) -> Detector:
    return Detector(Gate(), judge or LoudIsSpeech(), Endpointer())


def buzz(seconds: float) -> Pcm:
    """Voiced enough for webrtcvad: harmonics of 150 Hz."""
    parts = [tone(seconds, hertz=150 * k, loud=0.15) for k in range(1, 6)]
    mixed: Pcm = np.sum(parts, axis=0).astype(np.int16)
    return mixed


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def said(events: Sequence[Happening]) -> list[Utterance]:
    return [event for event in events if isinstance(event, Utterance)]


def test_the_judge_sleeps_through_silence() -> None:
    judge = LoudIsSpeech()
    ear = detector(judge)
    for k in range(500):
        ear.hear(AudioFrame(silence(0.02), k * FRAME))
    assert judge.judged == 0


def test_the_judge_hears_what_came_before_the_gate_opened() -> None:
    judge = LoudIsSpeech()
    ear = detector(judge)
    sound = np.concatenate((silence(2), buzz(0.1)))
    for start in range(0, len(sound), FRAME):
        ear.hear(AudioFrame(sound[start : start + FRAME], start))
    assert judge.judged >= 16


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=10))
def test_how_sound_is_cut_into_frames_does_not_matter(lengths: list[int]) -> None:
    sound = np.concatenate((silence(1), buzz(0.8), silence(0.4), buzz(0.5), silence(1.2)))
    whole = detector().hear(AudioFrame(sound, 0))
    ear, start, events = detector(), 0, []
    while start < len(sound):
        for length in lengths:
            piece = sound[start : start + length]
            events += ear.hear(AudioFrame(piece, start))
            start += len(piece)
    assert [type(event) for event in events] == [type(event) for event in whole]
    landmarks = (SpeechStarted, SpeechPaused, Utterance)
    assert [type(event) for event in events if isinstance(event, landmarks)] == [
        SpeechStarted,
        SpeechPaused,
        SpeechPaused,
        Utterance,
    ]
    for one, other in zip(said(whole), said(events), strict=True):
        assert (one.start, one.ended, one.decided) == (other.start, other.ended, other.decided)
        np.testing.assert_array_equal(one.pcm, other.pcm)


def test_a_recording_is_heard_and_then_finished(tmp_path: Path) -> None:
    path = save(tmp_path / "in.wav", np.concatenate((silence(0.5), buzz(1), silence(0.1))))

    async def scenario() -> tuple[list[Happening], float]:
        ear = Ear(WavMicrophone(path), detector())
        events: list[Happening] = []

        async def listen() -> None:
            async with aclosing(ear.events()) as stream:
                async for event in stream:
                    assert not ear.idle or isinstance(event, Utterance)
                    events.append(event)

        listening = asyncio.create_task(listen())
        await ear.finished()
        assert ear.idle
        finished_at = asyncio.get_running_loop().time()
        listening.cancel()
        await asyncio.wait([listening])
        return events, finished_at

    events, finished_at = run(scenario())
    (utterance,) = said(events)
    assert utterance.ended == pytest.approx(1.5 * RATE, abs=0.03 * RATE)
    assert finished_at == pytest.approx(utterance.decided / RATE, abs=0.02)


def test_a_deaf_ear_hears_nothing_until_it_is_told_to(tmp_path: Path) -> None:
    spoken = np.concatenate((silence(0.5), buzz(1), silence(1)))
    path = save(tmp_path / "in.wav", np.tile(spoken, 4))

    async def scenario() -> list[Happening]:
        ear = Ear(WavMicrophone(path), detector())
        events: list[Happening] = []

        async def listen() -> None:
            async with aclosing(ear.events()) as stream:
                async for event in stream:
                    events.append(event)  # noqa: PERF401 - read while it grows

        listening = asyncio.create_task(listen())
        await asyncio.sleep(1)
        assert not ear.idle
        ear.deafen()  # In the middle of the first: its end must not be reported.
        assert ear.deaf
        assert ear.idle
        await asyncio.sleep(2)
        ear.undeafen(since=ear.sample_at(5.2))  # The second is spoken meanwhile.
        assert ear.deaf
        await ear.finished()
        listening.cancel()
        await asyncio.wait([listening])
        return events

    events = run(scenario())
    starts = [event.at for event in events if isinstance(event, SpeechStarted)]
    assert starts[0] < RATE
    assert [u.ended for u in said(events)] == pytest.approx([6.5 * RATE, 9 * RATE], abs=0.03 * RATE)
