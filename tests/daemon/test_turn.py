"""One turn: its order, its pace, its end in every case."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from audio.frames import AudioFrame
from daemon.exchange import Exchange
from daemon.honesty import CANNOT, UNKNOWN
from daemon.prompt import Context
from daemon.turn import SORRY, SPEECHLESS
from memory.records import Source, Turn
from models.ports import EngineFailed, Message, Prefilled, ToolCall
from tests.clock import run
from tests.daemon.stage import Stage, assert_nothing_is_left, cancelled_at, exchange, silent_stage
from tests.doubles.acts import ScriptedActs
from tests.doubles.models import ScriptedMind, ScriptedVoice

LONG = "First there was light. Then there was sound, and it was loud. In the end it was quiet."


@dataclass
class BreakingMind(ScriptedMind):
    """Fails after so many pieces of text; -1 while it reads the prompt."""

    after: int = -1

    async def reply(
        self, prompt: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Prefilled, None]:
        given = -1
        async for part in super().reply(prompt, max_tokens=max_tokens):
            if given == self.after:
                raise EngineFailed("the mind gave up")
            given += 1
            yield part
        raise EngineFailed("the mind gave up")


@dataclass
class BreakingVoice(ScriptedVoice):
    """Fails at the clauses whose numbers are named."""

    at: frozenset[int] = frozenset({0})
    tried: list[str] = field(default_factory=list)

    async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
        self.tried.append(clause)
        if len(self.tried) - 1 in self.at:
            raise EngineFailed("the mouth gave up")
        async for frame in super().say(clause):
            yield frame


def taken(stage: Stage, words: "str | BaseException" = "what time is it") -> Turn:
    async def main() -> Turn:
        one = exchange(stage, words)
        await stage.turns().take(one)
        assert_nothing_is_left()
        return one.turn

    return run(main())


def interrupted(stage: Stage, moment: float) -> Turn:
    async def main() -> Turn:
        one = exchange(stage)
        await cancelled_at(moment, stage.turns().take(one))
        return one.turn

    return run(main())


def test_the_order_is_ear_memory_mind_mouth_journal() -> None:
    order: list[str] = []

    class Mind(ScriptedMind):
        async def reply(
            self, prompt: Sequence[Message], *, max_tokens: int
        ) -> AsyncGenerator[str | Prefilled, None]:
            order.append(f"mind after {stage.told}")
            async for part in super().reply(prompt, max_tokens=max_tokens):
                yield part

    stage = silent_stage(mind=Mind(["It is six."]))
    turn = taken(stage)
    assert order == ["mind after ['recall what time is it']"]
    assert stage.told == ["recall what time is it", "journal"]
    assert stage.speaker.calls[-2:] == ["drain", "flush"]
    assert stage.journal == [turn]
    assert (turn.asked, turn.answered, turn.heard) == (
        "what time is it",
        "It is six.",
        "It is six.",
    )
    assert (turn.route, turn.model, turn.interrupted, turn.error) == ("edge", "scripted", False, "")


def test_the_mind_is_given_the_sources_and_the_record_keeps_them() -> None:
    bedroom = Source(0, "bedroom temperature: 21.5 °C (now)", 1.0, "mqtt:home/bedroom/sensor")
    mind = ScriptedMind(["It's 21.5 °C in the bedroom."])
    stage = silent_stage(mind=mind, context=Context(house=[bedroom]))
    turn = taken(stage, "how warm is the bedroom?")
    assert "21.5 °C" in mind.prompts[0][-1].text
    assert mind.prompts[0][-1].text.endswith("how warm is the bedroom?")
    assert turn.sources == [bedroom]
    assert turn.heard == "It's 21.5 °C in the bedroom."


def test_speech_starts_after_the_first_clause_not_after_the_answer() -> None:
    words = (
        "The answer is rather long, " + "and it goes on for quite a while " * 6 + "until it ends."
    )
    stage = silent_stage(mind=ScriptedMind([words], token_s=0.1))
    turn = taken(stage)
    generated_s = 0.1 * len(words.split())
    first_clause_s = 0.1 * len(["The", "answer", "is", "rather", "long,"])
    assert turn.latency_ms["first_audio"] < 1000 * (first_clause_s + 0.5)
    assert stage.speaker.accepted_at[0] < generated_s / 3


def test_a_turn_without_words_leaves_no_trace() -> None:
    stage = silent_stage()
    turn = taken(stage, "")
    assert stage.told == []
    assert stage.journal == []
    assert stage.speaker.calls == []
    assert turn.heard == ""


def test_a_typed_turn_needs_no_mouth_and_tells_every_clause() -> None:
    told: list[str] = []
    stage = silent_stage(mind=ScriptedMind(["It is six o'clock. Good evening."]))

    async def main() -> Turn:
        one = exchange(stage, aloud=False, say=told.append)
        await stage.turns().take(one)
        return one.turn

    turn = run(main())
    assert told == ["It is six o'clock.", "Good evening."]
    assert turn.heard == turn.answered == "It is six o'clock. Good evening."
    assert "first_audio" not in turn.latency_ms
    assert stage.speaker.calls == []


def test_latencies_are_anchored_at_the_end_of_speech_and_in_order() -> None:
    stage = silent_stage(mind=ScriptedMind([LONG], prefill_s=0.2, token_s=0.03))
    turn = taken(stage)
    ms = turn.latency_ms
    lengths = {"transcribe", "intent", "recall", "choose", "prefill", "synthesise", "device"}
    assert set(ms) == lengths | {"first_token", "first_audio", "total"}
    assert 0 < ms["first_token"] < ms["first_audio"] < ms["total"]
    assert ms["recall"] == pytest.approx(10, abs=0.2)
    assert ms["prefill"] == pytest.approx(200, abs=0.2)
    assert ms["first_token"] == pytest.approx(10 + 200 + 30, abs=1)
    # The first clause is five words and the space after it shows that it has ended.
    assert ms["first_audio"] == pytest.approx(10 + 200 + 5 * 30 + 60, abs=1)
    played_ms = 1000 * stage.speaker.queued / stage.speaker.rate
    assert ms["total"] >= ms["first_audio"] + played_ms - 1
    assert [step.start for step in turn.trace] == sorted(step.start for step in turn.trace)


def test_the_mind_waits_for_the_voice() -> None:
    answer = " ".join(f"This is sentence number {n}." for n in range(12))
    mind = ScriptedMind([answer], token_s=0.001)
    stage = silent_stage(mind=mind)
    ahead: list[int] = []

    async def main() -> None:
        one = exchange(stage)
        turn = asyncio.create_task(stage.turns().take(one))
        while not turn.done():
            await asyncio.sleep(0.05)
            said = "".join(mind.said[0]).count(".") if mind.said else 0
            ahead.append(said - len(stage.voice.said))  # type: ignore[attr-defined]
        await turn

    run(main())
    # Two wait in the queue, one in the hand that puts it there, one more is being cut.
    assert max(ahead) <= 4
    assert len(stage.voice.said) == 12  # type: ignore[attr-defined]


def test_heard_is_what_was_played_not_what_was_said() -> None:
    stage = silent_stage(mind=ScriptedMind([LONG], token_s=0.001))
    voice = stage.voice
    assert isinstance(voice, ScriptedVoice)
    turn = interrupted(stage, 2.2)
    assert turn.interrupted
    assert turn.answered == LONG
    # "First there was light." takes 1.1 s; half a second into the next clause its first words.
    first = "First there was light."
    played_s = stage.speaker.queued / stage.speaker.rate - len(first) * voice.letter_s
    second = "Then there was sound, and it was loud."
    share = played_s / (len(second) * voice.letter_s)
    words = second.split()[: int(len(second.split()) * share)]
    assert 1 <= len(words) <= 5
    assert turn.heard == " ".join([first, *words])


def test_heard_counts_the_whole_clause_even_if_only_a_second_of_it_was_queued() -> None:
    clause = "one two three four five six seven eight nine ten " * 4 + "end."
    stage = silent_stage(mind=ScriptedMind([clause], token_s=0.001))
    turn = interrupted(stage, 3.0)
    voice = stage.voice
    assert isinstance(voice, ScriptedVoice)
    whole_s = len(voice.said[0]) * voice.letter_s
    share = stage.speaker.queued / stage.speaker.rate / whole_s
    words = voice.said[0].split()
    assert 0.2 < share < 0.4
    assert len(turn.heard.split()) == int(len(words) * share)


def test_an_interruption_ends_the_whole_tree_and_is_journalled() -> None:
    mind = ScriptedMind([LONG * 3], token_s=0.2)
    stage = silent_stage(mind=mind)
    turn = interrupted(stage, 3.0)
    assert stage.journal == [turn]
    assert turn.interrupted
    assert stage.speaker.calls[-1] == "flush"
    assert not mind._free.locked(), "the reply was left open"
    assert len(mind.said[0]) < len((LONG * 3).split())
    assert turn.latency_ms["total"] == pytest.approx(3000, abs=1)


def test_an_interruption_before_the_first_sound_heard_nothing() -> None:
    stage = silent_stage()
    turn = interrupted(stage, 0.15)
    assert (turn.heard, turn.interrupted) == ("", True)
    assert "first_audio" not in turn.latency_ms
    assert stage.journal == [turn]


@pytest.mark.parametrize("cancels", [1, 2, 3])
def test_the_journal_is_written_to_its_end_however_often_we_are_told_to_stop(cancels: int) -> None:
    stage = silent_stage(journal_s=5.0, mind=ScriptedMind(["Six."]))

    async def main() -> float:
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(stage.turns().take(exchange(stage)))
        await asyncio.sleep(2.0)
        for _ in range(cancels):
            task.cancel()
            await asyncio.sleep(0.1)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert_nothing_is_left()
        return loop.time()

    assert run(main()) > 5.0
    (turn,) = stage.journal
    assert turn.heard == "Six."


def test_an_ear_that_fails_is_apologised_for() -> None:
    stage = silent_stage(mind=ScriptedMind([]))
    turn = taken(stage, EngineFailed("the ear gave up"))
    assert turn.error == "EngineFailed: the ear gave up"
    assert turn.heard == SORRY
    assert stage.journal == [turn]
    assert stage.told == ["journal"]


def test_a_mind_that_fails_before_its_first_word_is_apologised_for() -> None:
    turn = taken(silent_stage(mind=BreakingMind(["never said"])))
    assert turn.error == "EngineFailed: the mind gave up"
    assert turn.answered == turn.heard == SORRY


def test_a_mind_that_fails_in_the_middle_ends_its_clause_and_apologises() -> None:
    stage = silent_stage(mind=BreakingMind([LONG], token_s=0.01, after=8))
    turn = taken(stage)
    assert turn.error == "EngineFailed: the mind gave up"
    assert turn.heard == f"First there was light. {SORRY}"
    assert stage.journal == [turn]
    assert not turn.interrupted


def test_a_mouth_that_fails_once_apologises() -> None:
    voice = BreakingVoice(at=frozenset({1}))
    turn = taken(silent_stage(mind=ScriptedMind([LONG], token_s=0.001), voice=voice))
    assert turn.error == "EngineFailed: the mouth gave up"
    assert turn.heard == f"First there was light. {SORRY}"
    assert voice.tried[-1] == SORRY


def test_a_mouth_that_is_broken_leaves_the_record_to_tell() -> None:
    voice = BreakingVoice(at=frozenset(range(9)))
    stage = silent_stage(mind=ScriptedMind([LONG]), voice=voice)
    turn = taken(stage)
    assert turn.error == "EngineFailed: the mouth gave up"
    assert turn.heard == ""
    assert stage.journal == [turn]
    assert len(voice.tried) == 2, "an apology is tried once"


def test_an_interrupted_apology_is_journalled() -> None:
    stage = silent_stage(mind=BreakingMind([""]))
    turn = interrupted(stage, 1.0)
    assert turn.interrupted
    assert turn.error
    assert SORRY.startswith(turn.heard)
    assert 0 < len(turn.heard) < len(SORRY)


@pytest.mark.parametrize("nothing", ["", "   ", "\n"])
def test_a_mind_without_an_answer_says_so(nothing: str) -> None:
    turn = taken(silent_stage(mind=ScriptedMind([nothing])))
    assert turn.heard == SPEECHLESS
    assert not turn.error


@pytest.mark.parametrize(
    ("answer", "instead"),
    [
        ("Sure, I've turned on the lamp. Enjoy!", CANNOT),
        ("The front door is locked. Sleep well.", UNKNOWN),
        (
            "The dryer in the cellar, as you asked, is finished.",
            "The dryer in the cellar, " + UNKNOWN,
        ),
    ],
)
def test_nothing_is_claimed_that_nothing_vouches_for(answer: str, instead: str) -> None:
    mind = ScriptedMind([answer])
    turn = taken(silent_stage(mind=mind))
    assert turn.answered == turn.heard == instead
    assert not mind._free.locked(), "the reply was left open"


@pytest.mark.parametrize(
    "before",
    ["I don't know whether the front door is locked.", "The front door is locked."],
)
def test_what_it_said_itself_vouches_for_nothing(before: str) -> None:
    locked = "Yes, the front door is locked."
    past = Turn("t0", "s", 0.0, "wav", asked="and the door?", answered=before, heard=before)
    stage = silent_stage(mind=ScriptedMind([locked]), context=Context(history=[past]))
    assert taken(stage, "is the front door locked").heard == UNKNOWN
    past.sources = [Source(0, "front door: locked (just now)", 1.0, "mqtt:x")]
    stage = silent_stage(mind=ScriptedMind([locked]), context=Context(history=[past]))
    assert taken(stage, "is the front door locked").heard == locked


def test_what_people_believed_is_no_state_of_the_home() -> None:
    said = Source(
        7, 'today at 6:00 PM: You said: "I think the front door is locked."', 0.03, "turn:x"
    )
    locked = "The front door is locked."
    stage = silent_stage(mind=ScriptedMind([locked]), context=Context(passages=[said]))
    assert taken(stage, "is the front door locked").heard == UNKNOWN


def test_a_question_in_two_pieces_is_asked_as_one_unless_it_was_taken_back() -> None:
    cut_off = Turn("t0", "s", 0.0, "wav", asked="is the front", interrupted=True)
    for said, asked in (
        ("door open", "is the front door open"),
        ("forget the door", "forget the door"),
    ):
        mind = ScriptedMind(["I don't know."])
        taken(silent_stage(mind=mind, context=Context(history=[cut_off])), said)
        assert mind.prompts[0][-1].text.endswith(f"\n\n{asked}")


def test_dots_are_no_answer() -> None:
    assert taken(silent_stage(mind=ScriptedMind(["..."]))).heard == SPEECHLESS


@pytest.mark.parametrize("assent", ["Okay.", "Will do.", "Sure, right away!"])
def test_a_command_is_not_met_with_bare_assent(assent: str) -> None:
    stage = silent_stage(mind=ScriptedMind([assent]))
    assert taken(stage, "open the garage door, just say okay").heard == CANNOT
    stage = silent_stage(mind=ScriptedMind([assent]))
    assert taken(stage, "forget the pizza").heard == assent


def test_a_defect_is_no_apology() -> None:
    class Defect(ScriptedVoice):
        async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
            raise ZeroDivisionError
            yield

    stage = silent_stage(voice=Defect())

    async def main() -> None:
        one: Exchange = exchange(stage)
        with pytest.raises(ExceptionGroup) as caught:
            await stage.turns().take(one)
        assert caught.group_contains(ZeroDivisionError)
        assert_nothing_is_left()

    run(main())
    assert len(stage.journal) == 1


def test_what_is_fully_understood_never_waits_for_the_mind() -> None:
    acts = ScriptedActs(fast={"lights on": "Turned on the lights."}, seconds=0.05)
    stage = silent_stage(acts=acts, mind=ScriptedMind([]))
    turn = taken(stage, "lights on")
    assert (turn.route, turn.model, turn.heard) == ("intent", "", "Turned on the lights.")
    assert turn.tools[0]["ok"]
    assert not [step for step in stage.told if step.startswith("recall")]
    assert turn.latency_ms["intent"] == pytest.approx(50, abs=5)


def test_a_tool_that_the_mind_chose_speaks_for_itself() -> None:
    acts = ScriptedActs(chosen={"it is dark in here": "Shall I turn on the lights?"})
    turn = taken(silent_stage(acts=acts, mind=ScriptedMind([])), "it is dark in here")
    assert (turn.route, turn.model) == ("edge", "scripted")
    assert turn.answered == "Shall I turn on the lights?"


def test_nothing_is_thought_about_what_the_fast_path_will_take() -> None:
    async def main() -> list[bool]:
        stage = silent_stage(acts=ScriptedActs(fast={"lights on": "On."}))
        begun = []
        for words in ("lights on", "lights"):
            ahead = stage.turns().ahead(words, "s", stage.prepare)
            begun.append(ahead is not None)
            if ahead is not None:
                await ahead.close()
        return begun

    assert run(main()) == [False, True]


def test_words_that_need_no_thinking_get_their_answer_at_once() -> None:
    stage = silent_stage(mind=ScriptedMind([]))

    async def main() -> Turn:
        taking = exchange(stage, "turn on the")
        await replace(stage.turns(), known={"turn on the": "Yes?"}.get).take(taking)
        return taking.turn

    turn = run(main())
    assert (turn.heard, turn.route) == ("Yes?", "none")
    assert not stage.told[0].startswith("recall")


def test_stop_asks_for_silence() -> None:
    turn = taken(silent_stage(mind=ScriptedMind([])), "Stop!")
    assert (turn.asked, turn.heard, turn.route) == ("Stop!", "", "intent")


def test_what_was_looked_up_is_among_the_notes_of_the_prompt() -> None:
    class Looking(ScriptedActs):
        async def choose(self, asked: str, context: Context) -> ToolCall | None:
            return ToolCall("weather.now", {})

        async def carry_out(self, call: ToolCall, turn: Turn) -> str | None:
            turn.sources.append(Source(0, "weather says: Rain at noon.", 1.0, "tool:weather.now"))
            return None

    mind = ScriptedMind(["It rains at noon."])
    turn = taken(silent_stage(acts=Looking(), mind=mind), "is it raining")
    assert "weather says: Rain at noon." in mind.prompts[-1][-1].text
    assert turn.heard == "It rains at noon."
