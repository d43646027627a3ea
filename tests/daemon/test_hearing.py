"""Transcribing ahead of the end of an utterance."""

import asyncio

import numpy as np
import pytest

from audio.frames import Utterance
from daemon.hearing import Hearing
from models.ports import EngineFailed, Transcript
from tests.clock import run
from tests.daemon.stage import assert_nothing_is_left
from tests.doubles.models import ScriptedEar


def utterance(ended: int, decided: int | None = None) -> Utterance:
    return Utterance(np.zeros(ended, np.int16), 0, ended, decided or ended + 3200)


def test_a_pause_that_was_the_end_needs_no_second_decode() -> None:
    ear = ScriptedEar(["one"], seconds=0.3)

    async def main() -> float:
        hearing = Hearing(ear, lambda: ["lamp"])
        hearing.begin(utterance(16_000))
        await asyncio.sleep(0.4)
        assert (await hearing.words(utterance(16_000, 25_600))).text == "one"
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(0.4)
    assert len(ear.heard) == 1


@pytest.mark.parametrize("done", [True, False])
def test_a_pause_that_was_not_the_end_is_forgotten(done: bool) -> None:
    ear = ScriptedEar(["half", "the whole"] if done else ["the whole"], seconds=0.3)

    async def main() -> Transcript:
        hearing = Hearing(ear, list)
        hearing.begin(utterance(16_000))
        await asyncio.sleep(0.4 if done else 0.1)
        hearing.resumed()
        return await hearing.words(utterance(32_000))

    assert run(main()).text == "the whole"


def test_an_early_decode_of_other_sound_is_not_used() -> None:
    ear = ScriptedEar(["half", "the whole"])

    async def main() -> Transcript:
        hearing = Hearing(ear, list)
        hearing.begin(utterance(16_000))
        await asyncio.sleep(1)
        return await hearing.words(utterance(16_001))

    assert run(main()).text == "the whole"


def test_the_vocabulary_is_the_one_of_the_moment() -> None:
    ear, names = ScriptedEar(["one", "two"]), ["lamp"]

    async def main() -> None:
        hearing = Hearing(ear, lambda: names)
        await hearing.words(utterance(1))
        names.append("oven")
        await hearing.words(utterance(2))

    run(main())
    assert ear.vocabularies == [("lamp",), ("lamp", "oven")]


def test_who_stops_waiting_stops_the_decode() -> None:
    ear = ScriptedEar(["one"], seconds=5)

    async def main() -> float:
        hearing = Hearing(ear, list)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await hearing.words(utterance(1))
        assert_nothing_is_left()
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(0.2)


def test_closing_waits_for_what_was_thrown_away() -> None:
    finished: list[bool] = []

    class Stubborn(ScriptedEar):
        async def transcribe(self, utterance: Utterance, vocabulary: object) -> Transcript:
            try:
                await asyncio.sleep(9)
            finally:
                await asyncio.shield(asyncio.sleep(1))
                finished.append(True)
            raise AssertionError

    async def main() -> None:
        hearing = Hearing(Stubborn([]), list)
        hearing.begin(utterance(1))
        await asyncio.sleep(0.1)
        hearing.resumed()
        await hearing.close()
        assert finished
        assert_nothing_is_left()

    run(main())


def test_an_engine_that_fails_ahead_is_told_when_the_words_are_wanted() -> None:
    class Broken(ScriptedEar):
        async def transcribe(self, utterance: Utterance, vocabulary: object) -> Transcript:
            raise EngineFailed("no")

    async def main() -> None:
        hearing = Hearing(Broken([]), list)
        hearing.begin(utterance(1))
        await asyncio.sleep(0.1)
        with pytest.raises(EngineFailed):
            await hearing.words(utterance(1))
        hearing.begin(utterance(2))
        await asyncio.sleep(0.1)
        await hearing.close()  # nobody asks any more, and nobody is told

    run(main())
