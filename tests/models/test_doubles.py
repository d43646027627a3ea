"""Doubles that let mistakes pass are worse than none: each must notice what it is there for."""

import asyncio
from contextlib import aclosing

import numpy as np
import pytest

from audio.frames import Utterance
from models.ports import LanguageModel, Message, Offer, Prefilled, ToolCall, Transcriber, Voice
from tests.clock import run
from tests.doubles.models import ScriptedEar, ScriptedMind, ScriptedVoice

QUESTION = [Message("system", "be kind"), Message("user", "how warm is it")]
UTTERANCE = Utterance(np.zeros(320, np.int16), 0, 320, 640)

# That these are assignable is checked by mypy.
_EAR: Transcriber = ScriptedEar([])
_MIND: LanguageModel = ScriptedMind([])
_VOICE: Voice = ScriptedVoice()


def test_a_mind_takes_its_time_and_tells_what_was_reused() -> None:
    async def scenario() -> tuple[list[str | Prefilled], float]:
        mind = ScriptedMind(["It is warm."], prefill_s=1, token_s=2)
        await mind.warm(QUESTION[:1])
        started = asyncio.get_running_loop().time()
        pieces = [piece async for piece in mind.reply(QUESTION, max_tokens=9)]
        return pieces, asyncio.get_running_loop().time() - started

    pieces, took = run(scenario())
    assert pieces == [Prefilled(8, 3), "It", " is", " warm."]
    assert took == pytest.approx(7)


def test_a_mind_lets_a_second_reply_wait_until_the_first_is_closed() -> None:
    async def scenario() -> None:
        mind = ScriptedMind(["one", "two"])
        async with aclosing(mind.reply(QUESTION, max_tokens=9)) as first:
            await anext(first)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(60):
                    await anext(mind.reply(QUESTION, max_tokens=9))
        async with aclosing(mind.reply(QUESTION, max_tokens=9)) as second:
            await anext(second)

    run(scenario())


def test_a_mind_chooses_only_what_is_offered_and_with_its_margin() -> None:
    async def scenario() -> None:
        call = ToolCall("Play", {})
        mind = ScriptedMind([], choices=[call, call, call], margin=2.0, choose_s=1)
        offers = [Offer("Play", {"type": "object"})]
        chosen = await mind.choose(QUESTION, offers, said="play", reluctance=1.9)
        assert chosen.call == call
        assert (await mind.choose(QUESTION, offers, said="play", reluctance=2.1)).call is None
        with pytest.raises(AssertionError, match="only what is offered"):
            await mind.choose(QUESTION, [Offer("Stop", {"type": "object"})], said="play")
        with pytest.raises(AssertionError, match="more was asked"):
            await mind.choose(QUESTION, offers, said="play")
        assert asyncio.get_running_loop().time() == pytest.approx(3)

    run(scenario())


def test_an_ear_notices_overlap_and_the_end_of_its_script() -> None:
    async def scenario() -> None:
        ear = ScriptedEar(["hello"])
        both = [ear.transcribe(UTTERANCE, []), ear.transcribe(UTTERANCE, ["lamp"])]
        done = await asyncio.gather(*both, return_exceptions=True)
        assert [type(one).__name__ for one in done] == ["Transcript", "AssertionError"]
        with pytest.raises(AssertionError, match="more was said"):
            await ear.transcribe(UTTERANCE, [])

    run(scenario())


def test_a_voice_is_as_long_as_its_text_and_knows_what_was_cut() -> None:
    async def scenario() -> None:
        voice = ScriptedVoice(rate=1000, letter_s=0.1, frame_s=0.25)
        frames = [frame async for frame in voice.say("Okay.")]
        assert [frame.start for frame in frames] == [0, 250]
        assert frames[-1].end == 500
        async with aclosing(voice.say("Something longer.")) as started:
            await anext(started)
        assert voice.said == ["Okay.", "Something longer."]
        assert voice.finished == ["Okay."]

    run(scenario())
