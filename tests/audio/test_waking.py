"""When an ear is awake: wake words, follow-up windows, buttons, mute."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field

import numpy as np
import pytest

from audio.attention import CALLED_S, Mode
from audio.frames import (
    FRAME,
    RATE,
    AudioFrame,
    Pcm,
    SpeechDismissed,
    SpeechStarted,
    SpeechSuspected,
    Utterance,
    Woken,
)
from audio.listening import Ear, Happening
from tests.audio.test_listening import buzz, detector, said, silence
from tests.clock import run
from tests.doubles.audio import ScriptedMicrophone


@dataclass
class Spotter:
    """Hears a wake word at given seconds, whatever sounds there."""

    at: list[float]
    heard: int = 0

    def hear(self, frame: AudioFrame, reference: Pcm | None = None) -> list[Woken]:
        self.heard += len(frame.pcm)
        moments = [round(second * RATE) for second in self.at]
        return [Woken("alexa", m, 0.95) for m in moments if frame.start < m <= frame.end]


@dataclass
class Echo:
    """A loudspeaker that sounds between two seconds; takes away what the test says it does."""

    sounds: tuple[float, float] = (0.0, 0.0)
    reference: Pcm | None = None
    cleaned: list[AudioFrame] = field(default_factory=list)

    def clean(self, frame: AudioFrame) -> AudioFrame:
        self.cleaned.append(frame)
        first, last = self.sounds
        sounds = first * RATE <= frame.start < last * RATE
        self.reference = np.ones(len(frame.pcm), dtype=np.int16) if sounds else None
        return frame


@dataclass
class Scene:
    """Sound, an ear, and what somebody does to it at which second."""

    parts: list[Pcm | float]
    mode: Mode = "wake"
    calls: list[float] = field(default_factory=list)
    echo: Echo | None = None
    then: dict[float, Callable[[Ear], None]] = field(default_factory=dict)
    on: Callable[[Ear, Happening], None] = lambda *_: None

    def play(self, seconds: float) -> list[Happening]:
        return run(self._play(seconds))

    async def _play(self, seconds: float) -> list[Happening]:
        self.microphone = ScriptedMicrophone.saying(*self.parts)
        self.spotter = Spotter(self.calls)
        self.ear = ear = Ear(
            self.microphone, detector(), echo=self.echo, wake=self.spotter, mode=self.mode
        )
        events: list[Happening] = []

        async def listen() -> None:
            async with aclosing(ear.events()) as stream:
                async for event in stream:
                    events.append(event)
                    self.on(ear, event)

        loop = asyncio.get_running_loop()
        listening = asyncio.create_task(listen())
        for second, deed in sorted(self.then.items()):
            await asyncio.sleep(second - loop.time())
            deed(ear)
        await asyncio.sleep(seconds - loop.time())
        listening.cancel()
        await asyncio.wait([listening])
        return events


def kinds(events: list[Happening]) -> list[str]:
    """What happened, without what matters to transcription only."""
    kept = (Woken, SpeechStarted, Utterance)
    return [type(event).__name__ for event in events if isinstance(event, kept)]


def test_who_is_not_called_hears_nothing() -> None:
    assert Scene([1.0, buzz(1), 2.0]).play(4) == []


def test_a_call_is_followed_by_an_order() -> None:
    scene = Scene([1.0, buzz(0.6), 1.5, buzz(1), 2.0], calls=[1.6])
    events = scene.play(6)
    assert kinds(events) == ["Woken", "SpeechStarted", "Utterance"]
    assert said(events)[0].ended == pytest.approx(4.1 * RATE, abs=0.05 * RATE)
    assert events[0] == Woken("alexa", round(1.6 * RATE), 0.95)


@pytest.mark.parametrize("late", [-0.05, 0.0, 0.15, 0.3])
@pytest.mark.parametrize("pause", [0.0, 0.1, 0.3])
def test_an_order_in_the_same_breath_is_heard_from_its_first_sample(
    late: float, pause: float
) -> None:
    """Wake words are found a little before or after their end."""
    order = 1.6 + pause
    scene = Scene([1.0, buzz(0.6), pause, buzz(1), 2.0], calls=[1.6 + late])
    events = scene.play(6)
    assert kinds(events) == ["Woken", "SpeechStarted", "Utterance"]
    (utterance,) = said(events)
    assert utterance.start <= order * RATE
    assert utterance.start >= (1.6 + min(0.0, late) - 0.4) * RATE, "the wake word is not in it"


@pytest.mark.parametrize("late", [0.0, 0.1, 0.3])
def test_a_wake_word_alone_is_no_speech(late: float) -> None:
    events = Scene([1.0, buzz(0.6), 12.0], calls=[1.6 + late]).play(12)
    assert [type(event) for event in events] == [Woken]


def test_what_follows_a_call_too_late_is_not_meant() -> None:
    late = CALLED_S + 0.5
    assert kinds(Scene([1.0, late, buzz(1), 2.0], calls=[1.0]).play(15)) == ["Woken"]


def test_an_utterance_is_not_cut_when_the_window_closes() -> None:
    scene = Scene([1.0, CALLED_S - 0.5, buzz(5), 2.0], calls=[1.0])
    (utterance,) = said(scene.play(20))
    assert utterance.ended == pytest.approx((CALLED_S + 5.5) * RATE, abs=0.05 * RATE)
    assert not scene.ear.awake


def test_a_follow_up_needs_no_wake_word_until_it_is_over() -> None:
    scene = Scene(
        [2.0, buzz(1), 2.0, buzz(1), 5.0, buzz(1), 2.0],
        then={0.5: lambda ear: ear.attend(None), 3.5: lambda ear: ear.attend(6)},
    )
    assert len(said(scene.play(15))) == 2


def test_ending_attention_hears_no_more() -> None:
    scene = Scene(
        [2.0, buzz(1), 2.0],
        then={0.5: lambda ear: ear.attend(None), 1.0: lambda ear: ear.attend(0)},
    )
    assert scene.play(5) == []


def test_old_sound_is_not_heard_again_when_attention_begins() -> None:
    scene = Scene([1.0, buzz(1), 3.0], then={2.5: lambda ear: ear.attend(5)})
    assert scene.play(5) == []


def test_somebody_who_calls_while_we_speak_cuts_in() -> None:
    scene = Scene(
        [2.0, buzz(0.6), 1.0, buzz(1), 2.0], calls=[2.6], echo=Echo((1.0, 4.0)),
        then={0.5: lambda ear: ear.attend(None)},
    )  # fmt: skip
    events = scene.play(7)
    assert kinds(events) == ["SpeechStarted", "Woken", "SpeechStarted", "Utterance"]
    assert said(events)[0].start > 2.6 * RATE, "the wake word is not in it"


def test_what_a_call_interrupts_is_dismissed_first() -> None:
    scene = Scene(
        [2.0, buzz(0.1), 3.0], calls=[2.12], echo=Echo((1.0, 4.0)),
        then={0.5: lambda ear: ear.attend(None)},
    )  # fmt: skip
    found = [type(event) for event in scene.play(5)]
    assert found == [SpeechSuspected, SpeechDismissed, Woken]


def test_nobody_needs_to_call_who_is_heard_anyway() -> None:
    scene = Scene([2.0, buzz(0.6), 2.0], calls=[2.6], then={0.5: lambda ear: ear.attend(9)})
    assert kinds(scene.play(5)) == ["SpeechStarted", "Utterance"]
    scene = Scene([2.0, buzz(0.6), 2.0], calls=[2.3], then={0.5: lambda ear: ear.attend(None)})
    assert "Woken" in kinds(scene.play(5)), "but while an answer is found or given it silences that"
    scene = Scene([2.0, buzz(0.6), 2.0], calls=[2.6], mode="open")
    assert kinds(scene.play(5)) == ["SpeechStarted", "Utterance"]


def test_a_held_button_hears_and_a_released_one_ends_what_is_said() -> None:
    scene = Scene(
        [1.0, buzz(1), 1.0, buzz(4), 3.0], mode="push", calls=[0.5],
        then={2.9: lambda ear: ear.talk(True), 5.0: lambda ear: ear.talk(False)},
    )  # fmt: skip
    events = scene.play(9)
    assert kinds(events) == ["SpeechStarted", "Utterance"]
    (utterance,) = said(events)
    assert utterance.decided == pytest.approx(5.2 * RATE, abs=2 * FRAME)
    assert not scene.ear.awake


def test_nothing_is_heard_twice_by_who_presses_again_at_once() -> None:
    scene = Scene(
        [1.0, buzz(4), 3.0], mode="push",
        then={
            0.5: lambda ear: ear.talk(True), 2.0: lambda ear: ear.talk(False),
            2.3: lambda ear: ear.talk(True), 5.5: lambda ear: ear.talk(False),
        },
    )  # fmt: skip
    one, other = said(scene.play(8))
    assert one.start + len(one.pcm) <= other.start


def test_who_speaks_as_they_press_loses_no_word() -> None:
    scene = Scene([1.0, buzz(1), 3.0], mode="push", then={1.2: lambda ear: ear.talk(True)})
    (utterance,) = said(scene.play(5))
    assert utterance.start <= RATE


def test_a_button_pressed_once_is_as_good_as_a_wake_word() -> None:
    scene = Scene([2.0, buzz(1), 3.0], mode="push", then={1.0: lambda ear: ear.call()})
    assert kinds(scene.play(6)) == ["SpeechStarted", "Utterance"]


def test_a_pause_can_be_settled_finished_and_abandoned() -> None:
    def settle(ear: Ear, event: Happening) -> None:
        if type(event).__name__ == "SpeechPaused":
            ear.settle(event.utterance, 200)  # type: ignore[union-attr]

    quick = said(Scene([1.0, buzz(1), 3.0], mode="open", on=settle).play(4))
    slow = said(Scene([1.0, buzz(1), 3.0], mode="open").play(4))
    assert quick[0].decided < slow[0].decided - 0.2 * RATE
    cut = Scene([1.0, buzz(3), 1.0], mode="open", then={2.5: lambda ear: ear.finish()})
    assert said(cut.play(3))[0].decided == pytest.approx(2.52 * RATE, abs=2 * FRAME)
    gone = Scene([1.0, buzz(1), 3.0], mode="open", then={2.2: lambda ear: ear.abandon()})
    assert said(gone.play(4)) == []


def test_a_muted_ear_captures_nothing_and_forgets_who_called() -> None:
    scene = Scene(
        [1.0, 1.0, buzz(1), 1.0, buzz(1), 3.0], calls=[1.0, 2.5],
        then={1.5: lambda ear: ear.mute(True), 3.5: lambda ear: ear.mute(False)},
    )  # fmt: skip
    assert kinds(scene.play(8)) == ["Woken"]
    assert scene.spotter.heard == pytest.approx((8 - 2) * RATE, abs=2 * FRAME)
    assert scene.ear.listened == scene.spotter.heard
    assert not scene.microphone.muted


def test_what_is_said_goes_through_the_echo_canceller_and_silence_too() -> None:
    echo = Echo()
    scene = Scene([1.0, buzz(0.5), 1.0], echo=echo)
    scene.play(2)
    assert [frame.start for frame in echo.cleaned] == [k * FRAME for k in range(len(echo.cleaned))]
    assert len(echo.cleaned) >= 98


def test_an_ear_is_in_no_hurry_while_it_waits_to_be_called() -> None:
    relaxed: list[bool] = []

    def look(_: Ear) -> None:
        relaxed.append(scene.microphone.relaxed)

    scene = Scene([21.0], calls=[2.0], then={1.0: look, 3.0: look, 15.0: look})
    scene.play(16)
    assert relaxed == [True, False, True]


def test_a_deaf_ear_hears_no_wake_word() -> None:
    scene = Scene([1.0, silence(3)], calls=[2.0], then={1.0: lambda ear: ear.deafen()})
    assert scene.play(3) == []
