"""Words, noises and calls over an answer: who falls silent, who goes on, and what is kept of it."""

import asyncio
from dataclasses import dataclass, field

import numpy as np
import pytest

from audio.detector import Detector
from audio.endpointer import Endpointer
from audio.frames import FRAME, RATE, AudioFrame, Pcm, Woken
from audio.gate import Gate
from audio.listening import Ear
from memory.records import Turn
from tests.audio.test_listening import LoudIsSpeech
from tests.clock import run
from tests.daemon.stage import QUIET, Stage, spoken
from tests.doubles.acts import ScriptedActs
from tests.doubles.audio import RecordingSpeaker
from tests.doubles.models import ScriptedEar, ScriptedMind

FIVE_SECONDS = "a" * 48 + " " + "b" * 50 + "."
"""What a ScriptedVoice speaks for five seconds, as one clause."""


def played(stage: Stage) -> list[Turn]:
    run(stage.play())
    return stage.journal


def over_an_answer(*heard: str, seconds: float = 1.0, **parts: object) -> Stage:
    """A question, and something else two seconds after it, in the middle of its answer."""
    ear = ScriptedEar(["tell me a story", *heard], sketches=("tell me",))
    return Stage(
        spoken(0.5, 1.0, 2.0, seconds, 6.0),
        transcriber=ear,
        mind=ScriptedMind([FIVE_SECONDS, "Okay."]),
        **parts,  # type: ignore[arg-type]
    )


def test_the_loudspeaker_falls_silent_at_the_first_sound_of_speech() -> None:
    speaker = RecordingSpeaker()
    played(over_an_answer("and now another", speaker=speaker))
    assert speaker.paused_at[0] == pytest.approx(3.5 + 0.064, abs=QUIET)


@pytest.mark.parametrize("heard", ["Mm-hm.", "", "Okay.", "a" * 48 + " " + "b" * 50])
def test_who_only_listens_lets_the_answer_go_on(heard: str) -> None:
    speaker = RecordingSpeaker()
    stage = over_an_answer(heard, seconds=0.4, speaker=speaker)
    (turn,) = played(stage)
    assert turn.heard == FIVE_SECONDS
    assert not turn.interrupted
    assert len(speaker.paused_at) == 1
    assert speaker.resumed_at[-1] < 3.5 + 0.4 + 0.8


def test_where_a_question_waits_for_its_answer_okay_is_one() -> None:
    stage = over_an_answer("Okay.", seconds=0.4, acts=ScriptedActs(asks=True))
    first, second = played(stage)
    assert (first.interrupted, second.asked) == (True, "Okay.")


def test_stop_silences_and_asks_for_nothing() -> None:
    stage = over_an_answer("Stop.", seconds=0.4)
    first, second = played(stage)
    assert first.interrupted
    assert len(first.heard) < len(FIVE_SECONDS)
    assert (second.asked, second.heard, second.answered) == ("Stop.", "", "")


def test_a_cough_is_no_speech_and_costs_a_moment() -> None:
    speaker = RecordingSpeaker()
    stage = Stage(
        spoken(0.5, 1.0, 2.0, 0.07, 6.0),
        transcriber=ScriptedEar(["tell me a story"]),
        mind=ScriptedMind([FIVE_SECONDS]),
        speaker=speaker,
    )
    (turn,) = played(stage)
    assert turn.heard == FIVE_SECONDS
    assert len(speaker.paused_at) == len(speaker.resumed_at) == 1
    assert speaker.resumed_at[0] - speaker.paused_at[0] < 0.8


def test_noise_that_goes_on_without_words_does_not_hold_an_answer_for_long() -> None:
    speaker = RecordingSpeaker()
    stage = over_an_answer("", seconds=20.0, speaker=speaker)
    assert isinstance(stage.transcriber, ScriptedEar)
    stage.transcriber.sketches = ("",)
    (turn,) = played(stage)
    assert turn.heard == FIVE_SECONDS
    assert speaker.resumed_at[0] - speaker.paused_at[0] < 2.5


def test_words_that_are_certain_end_an_answer_before_the_first_pause() -> None:
    speaker = RecordingSpeaker()
    stage = over_an_answer("no I meant Paris", seconds=4.0, speaker=speaker)
    assert isinstance(stage.transcriber, ScriptedEar)
    stage.transcriber.sketches = ("", "", "no I", "no I meant", "no I meant")
    first, second = played(stage)
    assert first.interrupted
    assert speaker.flushed_at[0] < 3.5 + 3.0, "somebody went on speaking until 7.5"
    assert second.asked == "no I meant Paris"


@dataclass
class Called:
    """Hears a wake word at given seconds."""

    at: list[float]
    heard: list[Woken] = field(default_factory=list)

    def hear(self, frame: AudioFrame, reference: Pcm | None = None) -> list[Woken]:
        due = [at for at in self.at if frame.start <= at * RATE < frame.end]
        return [Woken("auricle", frame.end, 0.9) for _ in due]


def woken(stage: Stage, *at: float) -> Stage:
    detector = Detector(Gate(), LoudIsSpeech(), Endpointer())
    stage.ear = Ear(stage.microphone, detector, wake=Called(list(at)), mode="wake")
    return stage


def test_without_a_wake_word_nothing_is_heard_and_with_one_what_follows_it() -> None:
    ear = ScriptedEar(["what time is it"])
    script = spoken(0.5, 1.0, 3.0, 1.0, 0.2)
    (turn,) = played(woken(Stage(script, transcriber=ear), 4.0))
    assert turn.asked == "what time is it"
    assert ear.heard[0].start > 3.5 * RATE


def test_what_follows_an_answer_needs_no_wake_word_from_when_it_has_been_heard() -> None:
    # The answer of five seconds is over at 7.4; six seconds later the ear sleeps again.
    script = spoken(1.0, 1.0, 9.0, 1.0, 14.0, 1.0, 0.2)
    ear = ScriptedEar(["tell me a story", "and then"])
    mind = ScriptedMind([FIVE_SECONDS, "Okay."])
    stage = woken(Stage(script, transcriber=ear, mind=mind), 0.5)
    assert [turn.asked for turn in played(stage)] == ["tell me a story", "and then"]


def test_a_wake_word_silences_an_answer_and_is_listened_to() -> None:
    script = spoken(1.0, 1.0, 3.0, 1.0, 0.2)
    ear = ScriptedEar(["tell me a story", "what time is it"])
    mind = ScriptedMind([FIVE_SECONDS, "Six."])
    speaker = RecordingSpeaker()
    stage = Stage(script, transcriber=ear, mind=mind, speaker=speaker)
    stage.ear = Ear(
        stage.microphone,
        Detector(Gate(), LoudIsSpeech(), Endpointer()),
        echo=Sounding(speaker),
        wake=Called([0.5, 4.5]),
        mode="wake",
    )
    first, second = played(stage)
    assert first.interrupted
    assert speaker.flushed_at[0] == pytest.approx(4.5, abs=2 * QUIET)
    assert second.heard == "Six."


@dataclass
class Sounding:
    """Knows that the loudspeaker sounds, and has nothing to take out."""

    speaker: RecordingSpeaker

    @property
    def reference(self) -> Pcm | None:
        return np.ones(FRAME, dtype=np.int16) if self.speaker.sounding else None

    def clean(self, frame: AudioFrame) -> AudioFrame:
        return frame


def test_a_yes_at_the_end_of_a_question_is_its_answer() -> None:
    question = "Shall I turn on the lamp in the kitchen for you?"
    ear = ScriptedEar(["tell me", "Yes."])
    mind = ScriptedMind([question, "Okay."])
    first, second = played(Stage(spoken(0.5, 1.0, 2.2, 0.4, 6.0), transcriber=ear, mind=mind))
    assert first.interrupted
    assert second.asked == "Yes."


def test_noises_do_not_keep_an_ear_awake() -> None:
    noises = [part for _ in range(5) for part in (0.6, 4.0)]
    ear = ScriptedEar(["hello", *[""] * 8, "a television"])
    stage = woken(
        Stage(
            spoken(1.0, 0.6, 3.0, *noises, 1.0, 0.2), transcriber=ear, mind=ScriptedMind(["Hi."])
        ),
        0.5,
    )
    (turn,) = played(stage)
    assert turn.asked == "hello"
    assert len(ear.heard) < 4, "after the follow-up window nobody is listening"


def test_a_button_silences_an_answer() -> None:
    stage = Stage(
        spoken(0.5, 1.0, 3.0),
        transcriber=ScriptedEar(["tell me a story"]),
        mind=ScriptedMind([FIVE_SECONDS]),
    )

    silent: list[bool] = []

    async def main() -> None:
        def press() -> None:
            silent.append(not stage.speaker.sounding)
            stage.conversation.called()
            asyncio.get_running_loop().call_later(
                0.05, lambda: silent.append(not stage.speaker.sounding)
            )

        asyncio.get_running_loop().call_later(4.0, press)
        await stage.play()

    run(main())
    assert silent == [False, True]
    assert stage.journal[0].interrupted


def test_who_mutes_in_a_pause_wants_nothing_of_what_was_thought() -> None:
    mind = ScriptedMind(["Well. " * 100])
    stage = Stage(spoken(0.5, 1.0, 30.0), mind=mind, patience=lambda _, __: 4000.0)

    async def main() -> list[bool]:
        talking = asyncio.create_task(stage.conversation.converse(stage.ear))
        await asyncio.sleep(2.5)
        thinking = mind._free.locked()
        stage.ear.mute(True)
        stage.conversation.unheard()
        await asyncio.sleep(0.5)
        free = not mind._free.locked()
        talking.cancel()
        await asyncio.wait([talking])
        return [thinking, free]

    assert run(main()) == [True, True]
    assert stage.journal == []


def test_a_thought_that_nobody_claims_expires() -> None:
    mind = ScriptedMind(["Well. " * 100])
    stage = Stage(spoken(0.5, 1.0, 30.0), mind=mind, patience=lambda _, __: 4000.0)

    async def main() -> bool:
        talking = asyncio.create_task(stage.conversation.converse(stage.ear))
        await asyncio.sleep(2.5)
        stage.ear.abandon()
        await asyncio.sleep(8)
        free = not mind._free.locked()
        talking.cancel()
        await asyncio.wait([talking])
        return free

    assert run(main())


def test_what_was_said_is_in_the_journal_of_who_is_stopped_in_mid_decode() -> None:
    ear = ScriptedEar(["I paid the rent"], seconds=1.2)
    stage = Stage(spoken(0.5, 1.0, 5.0), transcriber=ear)
    run(stage.play_until(2.4))
    (turn,) = stage.journal
    assert (turn.asked, turn.interrupted, turn.heard) == ("I paid the rent", True, "")
