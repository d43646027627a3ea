"""Scripted conversations, from samples at the microphone to samples at the loudspeaker."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from audio.frames import RATE, Utterance
from daemon.turn import SORRY
from memory.records import MemoryFailed, Turn
from models.ports import EngineFailed, Transcript
from tests.clock import run
from tests.daemon.stage import QUIET, Stage, spoken
from tests.doubles.audio import RecordingSpeaker
from tests.doubles.models import ScriptedEar, ScriptedMind, ScriptedVoice

FIVE_SECONDS = "a" * 48 + " " + "b" * 50 + "."
"""What a ScriptedVoice speaks for five seconds, as one clause."""


class BreakingEar(ScriptedEar):
    """Fails at the words "break"."""

    async def transcribe(self, utterance: Utterance, vocabulary: Any) -> Transcript:
        transcript = await super().transcribe(utterance, vocabulary)
        if transcript.text == "break":
            raise EngineFailed("the ear gave up")
        return transcript


def played(stage: Stage) -> list[Turn]:
    run(stage.play())
    return stage.journal


def test_a_question_is_answered_and_the_record_tells_the_times() -> None:
    stage = Stage(spoken(0.5, 1.0, 0.2))
    (turn,) = played(stage)
    ahead = "recall what time is it"
    assert stage.told == [ahead, "journal", "rest"]
    assert turn.asked == "what time is it"
    assert turn.answered == turn.heard == "It is six in the evening."
    ms = turn.latency_ms
    ends = 1.5
    first = stage.speaker.accepted_at[0]
    assert ms["first_audio"] == pytest.approx(1000 * (first - ends), abs=1000 * QUIET)
    assert ms["endpoint"] == pytest.approx(600, abs=1000 * QUIET)
    assert ms["transcribe"] < 5, "what was transcribed during the pause is not waited for"
    assert ms["first_token"] < ms["endpoint"] < ms["first_audio"] < ms["total"]
    assert ms["ahead"] == pytest.approx(440, abs=1000 * QUIET), "0.16 s of 0.6 s are over then"
    steps = {"endpoint", "transcribe", "intent", "recall", "choose", "prefill"}
    steps |= {"synthesise", "device", "speak", "decode", "begin"}
    assert steps == {step.name for step in turn.trace}


def test_the_transcription_begun_at_the_pause_is_the_one_that_is_used() -> None:
    ear = ScriptedEar(["what time is it"], seconds=0.3)
    (turn,) = played(Stage(spoken(0.5, 1.0, 0.2), transcriber=ear))
    assert turn.asked == "what time is it"
    assert len(ear.heard) == 1
    assert ear.vocabularies == [("lamp",)]
    assert turn.latency_ms["transcribe"] < 5


def test_a_slow_transcription_is_waited_for_and_the_wait_is_on_record() -> None:
    ear = ScriptedEar(["what time is it"], seconds=1.4)
    (turn,) = played(Stage(spoken(0.5, 1.0, 0.2), transcriber=ear))
    # It began 0.06 s after the end of speech and the utterance was certain at 0.6 s.
    assert turn.latency_ms["transcribe"] == pytest.approx(860, abs=1000 * QUIET)
    assert turn.latency_ms["first_token"] > 1450


def test_a_person_who_goes_on_is_heard_to_the_end() -> None:
    ear = ScriptedEar(["what time is it in Paris"], seconds=0.5)
    stage = Stage(spoken(0.5, 1.0, 0.35, 0.8, 0.2), transcriber=ear)
    (turn,) = played(stage)
    assert turn.asked == "what time is it in Paris"
    assert [utterance.seconds > 2.0 for utterance in ear.heard] == [True]
    assert stage.told[-3:] == ["recall what time is it in Paris", "journal", "rest"]


def test_an_answer_is_found_before_the_end_is_certain_and_not_again() -> None:
    mind = ScriptedMind(["It is six."], prefill_s=0.2)
    stage = Stage(spoken(0.5, 1.0, 0.2), mind=mind)
    (turn,) = played(stage)
    assert len(mind.prompts) == 1
    assert stage.prepared == ["It is six."], "and made into sound"
    assert turn.heard == "It is six."
    assert stage.conversation.figures.begun == stage.conversation.figures.committed == 1
    assert turn.latency_ms["first_audio"] < 600 + 150


def test_what_was_thought_about_half_a_question_is_thrown_away() -> None:
    mind = ScriptedMind(["Six.", "Seven."], prefill_s=0.1)
    ear = ScriptedEar(["what time is it", "what time is it in Paris"])
    stage = Stage(spoken(0.5, 1.0, 0.4, 0.8, 0.2), transcriber=ear, mind=mind)
    (turn,) = played(stage)
    assert (turn.asked, turn.heard) == ("what time is it in Paris", "Seven.")
    figures = stage.conversation.figures
    assert (figures.begun, figures.committed) == (2, 1)
    assert turn.latency_ms["wasted"] == pytest.approx(figures.wasted_ms, abs=0.1)
    assert 50 < figures.wasted_ms < 300


def test_nothing_is_thought_ahead_while_an_answer_is_being_given() -> None:
    mind = ScriptedMind([FIVE_SECONDS])
    stage = Stage(
        spoken(0.5, 1.0, 2.0, 1.0, 0.3),
        transcriber=ScriptedEar(["tell me a story", "mm-hm"]),
        mind=mind,
    )
    (turn,) = played(stage)
    assert stage.conversation.figures.begun == 1
    assert turn.heard == FIVE_SECONDS


def test_reading_ahead_may_fail_and_leaves_no_trace() -> None:
    class Failing(Stage):
        async def begin(self, channel: str, started_at: float) -> Turn:
            if not self.told:
                self.told.append("begin")
                raise MemoryFailed("the disk is full")
            return await super().begin(channel, started_at)

    (turn,) = played(Failing(spoken(0.5, 1.0, 0.2)))
    assert turn.heard == "It is six in the evening."
    assert not turn.error


def test_two_questions_in_one_recording_are_two_turns() -> None:
    stage = Stage(
        spoken(0.5, 1.0, 4.0, 1.0, 0.3),
        transcriber=ScriptedEar(["one", "two"]),
        mind=ScriptedMind(["It is one.", "It is two."]),
    )
    first, second = played(stage)
    assert [first.asked, second.asked] == ["one", "two"]
    assert [first.heard, second.heard] == ["It is one.", "It is two."]
    assert not first.interrupted
    assert second.started_at - first.started_at == pytest.approx(0, abs=1), "wall clock stood still"
    assert [told for told in stage.told if "recall" not in told] == ["journal", "rest"] * 2


def test_speech_with_words_in_it_stops_an_answer() -> None:
    speaker = RecordingSpeaker()
    stage = Stage(
        spoken(0.5, 1.0, 2.0, 1.0, 0.3),
        transcriber=ScriptedEar(["tell me a story", "and now another"]),
        mind=ScriptedMind([f"{FIVE_SECONDS} And more.", "Okay."]),
        speaker=speaker,
    )
    first, second = played(stage)
    assert first.interrupted
    assert first.answered.startswith(FIVE_SECONDS)
    assert len(first.heard) < len(FIVE_SECONDS)
    # The first turn was over, speaker silent and record written, before the second began.
    assert stage.told[1:] == ["journal", "recall and now another", "journal", "rest"]
    assert second.heard == "Okay."
    # At the first pause, once its words were there; not when the end of the utterance was certain.
    understood = 0.5 + 1.0 + 2.0 + 1.0 + 0.06 + 0.1
    assert speaker.flushed_at[0] == pytest.approx(understood, abs=2 * QUIET)


def test_the_ear_goes_on_hearing_while_the_words_of_an_interruption_are_waited_for() -> None:
    stage = Stage(
        spoken(0.5, 1.0, 2.0, 1.0, 6.0),
        transcriber=ScriptedEar(["tell me a story", "stop"], seconds=3.0),
        mind=ScriptedMind([FIVE_SECONDS, "Okay."]),
    )
    heard_at: list[tuple[float, int]] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()

        def look() -> None:
            heard_at.append((loop.time(), stage.ear.heard))
            loop.call_later(0.1, look)

        look()
        await stage.play()

    run(scenario())
    late = [now - heard / RATE for now, heard in heard_at if heard]
    assert max(late) < 0.2
    assert [turn.asked for turn in stage.journal] == ["tell me a story", "stop"]


class UnevenEar(ScriptedEar):
    """Needs long for the first utterance, and takes others in between."""

    async def transcribe(self, utterance: Utterance, vocabulary: Any) -> Transcript:
        first = utterance.start < RATE
        await asyncio.sleep(4.0 if first else 0.1)
        return Transcript("a long story" if first else "and its end", 0.9, "en")


def test_what_was_said_is_never_lost_to_what_is_said_next() -> None:
    mind = ScriptedMind(["Yes.", "Yes."])
    stage = Stage(spoken(0.5, 1.0, 1.2, 1.0, 6.0), transcriber=UnevenEar([]), mind=mind)
    first, second = played(stage)
    assert (first.asked, first.heard, first.interrupted) == ("a long story", "", True)
    assert (second.asked, second.heard, second.interrupted) == ("and its end", "Yes.", False)


@pytest.mark.parametrize("seconds", [0.1, 0.9])
def test_a_noise_without_words_does_not_stop_an_answer(seconds: float) -> None:
    stage = Stage(
        spoken(0.5, 1.0, 2.0, 1.0, 0.3),
        transcriber=ScriptedEar(["tell me a story", ""], seconds=seconds),
        mind=ScriptedMind([FIVE_SECONDS]),
    )
    (turn,) = played(stage)
    assert turn.heard == FIVE_SECONDS
    assert not turn.interrupted
    assert stage.told[1:] == ["journal", "rest"]
    assert stage.speaker.calls.count("pause") == stage.speaker.calls.count("resume") == 1


def test_a_noise_alone_makes_no_turn() -> None:
    stage = Stage(spoken(0.5, 1.0, 0.3), transcriber=ScriptedEar([""]))
    assert played(stage) == []
    assert stage.speaker.calls in ([], ["flush"])
    assert not stage.conversation.answered.is_set()


def test_without_barge_in_the_ear_is_deaf_while_the_mouth_speaks_and_hears_again() -> None:
    ear = ScriptedEar(["tell me a story", "and now another"])
    # The second question falls into the first answer, the third comes after it.
    stage = Stage(
        spoken(0.5, 1.0, 2.0, 1.0, 5.0, 1.0, 0.3),
        transcriber=ear,
        mind=ScriptedMind([FIVE_SECONDS, "No."]),
        barge_in=False,
    )
    first, second = played(stage)
    assert (first.heard, first.interrupted) == (FIVE_SECONDS, False)
    assert second.asked == "and now another"
    assert len(ear.heard) == 2, "what was said into the answer was never transcribed"


def test_the_ear_stays_deaf_for_as_long_as_the_room_echoes() -> None:
    ear = ScriptedEar(["tell me a story", "next"])
    # The answer ends about 7.4 s after the start; what begins 0.1 s later is its echo.
    answer = ScriptedMind([FIVE_SECONDS, "No."])
    stage = Stage(spoken(0.5, 1.0, 0.3), transcriber=ear, mind=answer, barge_in=False)
    run(stage.play())
    over = 1.5 + stage.journal[0].latency_ms["total"] / 1000

    echo = spoken(0.5, 1.0, over - 1.5 + 0.02, 0.2, 2.0)
    stage = Stage(
        echo,
        transcriber=ScriptedEar(["tell me a story"]),
        mind=ScriptedMind([FIVE_SECONDS]),
        barge_in=False,
    )
    assert len(played(stage)) == 1


def test_a_turn_without_speech_leaves_the_ear_open_at_once() -> None:
    stage = Stage(
        spoken(0.5, 0.6, 0.85, 1.0, 0.3),
        transcriber=ScriptedEar(["", "what time is it"], seconds=0.05),
        barge_in=False,
    )
    ear = stage.transcriber
    assert isinstance(ear, ScriptedEar)
    (turn,) = played(stage)
    assert turn.asked == "what time is it"
    assert ear.heard[1].start <= (0.5 + 0.6 + 0.85) * RATE, "its first sound was heard"


def test_an_ear_that_fails_is_apologised_for_and_the_conversation_goes_on() -> None:
    stage = Stage(
        spoken(0.5, 1.0, 5.0, 1.0, 0.3),
        transcriber=BreakingEar(["break", "what time is it"]),
    )
    first, second = played(stage)
    assert (first.asked, first.heard) == ("", SORRY)
    assert first.error
    assert second.heard == "It is six in the evening."


def test_an_ear_that_fails_during_an_answer_is_apologised_for_too() -> None:
    stage = Stage(
        spoken(0.5, 1.0, 2.0, 1.0, 6.0, 1.0, 0.3),
        transcriber=BreakingEar(["tell me a story", "break", "what time is it"]),
        mind=ScriptedMind([FIVE_SECONDS, "It is six in the evening."]),
    )
    first, second, third = played(stage)
    assert first.interrupted
    assert second.heard == SORRY
    assert third.heard == "It is six in the evening."


@pytest.mark.parametrize("error", [MemoryFailed("the disk is full"), EngineFailed("no")])
def test_a_failing_pause_costs_nothing_but_the_work_ahead(error: Exception) -> None:
    class Failing(Stage):
        async def rest(self, session: str) -> None:
            self.told.append("rest")
            raise error

    stage = Failing(
        spoken(0.5, 1.0, 4.0, 1.0, 0.3),
        transcriber=ScriptedEar(["one", "two"]),
        mind=ScriptedMind(["One.", "Two."]),
    )
    assert [turn.heard for turn in played(stage)] == ["One.", "Two."]
    assert stage.told.count("rest") == 2


def test_a_question_during_the_work_ahead_stops_that_work_at_once() -> None:
    stage = Stage(
        spoken(0.5, 1.0, 4.0, 1.0, 0.3),
        transcriber=ScriptedEar(["one", "two"]),
        mind=ScriptedMind(["One.", "Two."]),
        rest_s=20.0,
    )
    first, second = played(stage)
    assert not first.interrupted
    assert second.heard == "Two."
    assert second.latency_ms["first_audio"] < 2000
    assert stage.told.count("rest") == 1


@pytest.mark.parametrize("moment", [0.3, 1.0, 1.75, 2.11, 2.2, 2.5, 4.0, 12.0])
def test_a_stop_at_any_moment_leaves_nothing_running_and_loses_no_turn(moment: float) -> None:
    stage = Stage(
        spoken(0.5, 1.0, 60.0),
        transcriber=ScriptedEar(["tell me a story"], seconds=0.5),
        mind=ScriptedMind([FIVE_SECONDS]),
        journal_s=0.3,
    )
    run(stage.play_until(moment))
    assert not stage.microphone.capturing
    if moment > 2.2:
        (turn,) = stage.journal
        assert turn.interrupted is (moment < 7.0)


def test_a_stop_while_a_turn_begins_leaves_nothing_running() -> None:
    class Slow(Stage):
        async def begin(self, channel: str, started_at: float) -> Turn:
            await asyncio.sleep(5)
            return await super().begin(channel, started_at)

    stage = Slow(spoken(0.5, 1.0, 60.0), transcriber=ScriptedEar(["one"], seconds=9.0))
    run(stage.play_until(4.0))
    assert stage.journal == []


def test_a_defect_in_a_turn_ends_the_conversation_at_once() -> None:
    class Defect(Stage):
        async def recall(self, question: str, session: str) -> Any:
            raise ZeroDivisionError

    stage = Defect(spoken(0.5, 1.0, 600.0))

    async def main() -> float:
        with pytest.raises(ExceptionGroup) as caught:
            await stage.conversation.converse(stage.ear)
        assert caught.group_contains(ZeroDivisionError)
        return asyncio.get_running_loop().time()

    assert run(main()) < 3


def test_a_defect_in_the_last_turn_of_a_recording_is_not_swallowed() -> None:
    class Defect(Stage):
        async def keep(self, turn: Turn) -> None:
            raise ZeroDivisionError

    stage = Defect(spoken(0.5, 1.0, 0.1))

    async def main() -> None:
        converse = asyncio.create_task(stage.conversation.converse(stage.ear))
        with pytest.raises(ZeroDivisionError):
            await stage.conversation.until_silent(stage.ear)
        await asyncio.wait([converse])
        assert converse.exception() is not None

    run(main())


def test_answered_is_told_once_there_was_a_turn_with_words() -> None:
    stage = Stage(
        spoken(0.5, 1.0, 2.0, 1.0, 60.0),
        transcriber=ScriptedEar(["", "what time is it"]),
        rest_s=30.0,
    )

    async def main() -> float:
        converse = asyncio.create_task(stage.conversation.converse(stage.ear))
        await stage.conversation.answered.wait()
        assert [turn.asked for turn in stage.journal] == ["what time is it"]
        assert not stage.speaker.sounding
        converse.cancel()
        await asyncio.wait([converse])
        return asyncio.get_running_loop().time()

    assert run(main()) < 8, "the work ahead is not waited for"


@dataclass
class SlowVoice(ScriptedVoice):
    start_s: float = 0.5


def test_a_recording_is_not_over_before_its_last_answer_has_been_spoken() -> None:
    stage = Stage(spoken(0.5, 1.0, 0.02), mind=ScriptedMind([FIVE_SECONDS]), voice=SlowVoice())
    (turn,) = played(stage)
    assert turn.heard == FIVE_SECONDS
    assert not turn.interrupted


def test_what_is_certain_of_a_question_is_read_while_it_is_being_asked() -> None:
    ear = ScriptedEar(
        ["why is the sky blue"], sketches=("why", "why is the", "why is the sky", "why is the sky")
    )
    mind = ScriptedMind(["It scatters."])
    stage = Stage(spoken(0.5, 2.5, 0.2), transcriber=ear, mind=mind)
    (turn,) = played(stage)
    assert stage.expected == ["why is the", "why is the sky", "why is the sky"]
    assert [prompt[-1].text.splitlines()[-1] for prompt in mind.warmed] == stage.expected
    assert turn.asked == "why is the sky blue"
    assert turn.kv_reused > 0.9 * turn.prompt_tokens
