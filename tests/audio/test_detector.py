import numpy as np
import pytest

from audio.detector import Detector
from audio.endpointer import Endpointer, Event, Patience
from audio.frames import FRAME, RATE, AudioFrame, Pcm, SpeechPaused, SpeechStarted, Utterance
from audio.gate import Gate
from tests.audio.test_listening import LoudIsSpeech, buzz, silence


def detector() -> Detector:
    return Detector(Gate(), LoudIsSpeech(), Endpointer(Patience(silence_ms=2500)))


def hear(ear: Detector, sound: Pcm, start: int = 0) -> list[Event]:
    events: list[Event] = []
    for at in range(0, len(sound) - FRAME + 1, FRAME):
        events += ear.hear(AudioFrame(sound[at : at + FRAME], start + at))
    return events


@pytest.mark.parametrize("frames", [30, 31, 32, 33])
def test_finishing_ends_with_the_last_sample_that_was_heard(frames: int) -> None:
    ear = detector()
    sound = np.concatenate((silence(0.5), buzz(1)))[: (25 + frames) * FRAME]
    hear(ear, sound)
    *_, said = ear.finish()
    assert isinstance(said, Utterance)
    assert said.start + len(said.pcm) == said.decided == len(sound)
    assert ear.idle
    assert ear.finish() == []
    # The stream goes on, at a place where no window begins.
    events = hear(ear, np.concatenate((silence(1), buzz(1), silence(0.5))), len(sound))
    [started] = [event.at for event in events if isinstance(event, SpeechStarted)]
    assert started == pytest.approx(len(sound) + RATE, abs=0.04 * RATE)


def test_after_finishing_in_the_middle_of_a_window_the_judge_begins_anew() -> None:
    judge = LoudIsSpeech()
    ear = Detector(Gate(), judge, Endpointer())
    sound = np.concatenate((silence(0.5), buzz(1)))[: 57 * FRAME]
    hear(ear, sound)
    ear.finish()
    before = judge.judged
    hear(ear, buzz(0.04), len(sound))
    assert judge.judged < before, "it has not been reset"


def test_a_pause_is_settled_through_the_detector() -> None:
    ear = detector()
    events = hear(ear, np.concatenate((silence(0.5), buzz(1), silence(0.3))))
    paused = events[-1]
    assert isinstance(paused, SpeechPaused)
    ear.settle(paused.utterance, 500)
    [said] = hear(ear, silence(0.5), round(1.8 * RATE))
    assert isinstance(said, Utterance)
    assert said.decided - said.ended == pytest.approx(0.5 * RATE, abs=0.05 * RATE)


def test_what_is_abandoned_is_forgotten() -> None:
    ear = detector()
    hear(ear, np.concatenate((silence(0.5), buzz(1))))
    ear.abandon()
    assert ear.idle
    assert hear(ear, silence(3), round(1.5 * RATE)) == []
