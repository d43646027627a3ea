"""Half a sentence waits for its other half, and not for ever."""

import asyncio

from daemon.unfinished import Unfinished
from models.ports import Transcript
from tests.clock import run


def heard(text: str) -> Transcript:
    return Transcript(text, 0.9, "en")


def is_half(text: str) -> bool:
    return text.rstrip(".").endswith("the")


def test_the_halves_of_a_sentence_are_one_question() -> None:
    async def main() -> list[str | None]:
        unfinished = Unfinished(is_half)
        first = unfinished.joined(heard("Turn on the.")).text
        said = [first, unfinished.answer(first)]
        await asyncio.sleep(3)
        whole = unfinished.joined(heard("kitchen light")).text
        said += [whole, unfinished.answer(whole)]
        return [*said, unfinished.joined(heard("what time is it")).text]

    assert run(main()) == [
        *("Turn on the.", "Go on.", "Turn on the kitchen light", None),
        "what time is it",
    ]


def test_nobody_is_nudged_twice() -> None:
    async def main() -> list[str | None]:
        unfinished = Unfinished(is_half)
        unfinished.answer("turn on the")
        return [unfinished.answer("turn on the um the"), unfinished.answer("turn off the")]

    assert run(main()) == [None, "Go on."]


def test_what_comes_much_later_is_a_sentence_of_its_own() -> None:
    async def main() -> str:
        unfinished = Unfinished(is_half)
        unfinished.answer("turn on the")
        await asyncio.sleep(13)
        return unfinished.joined(heard("what time is it")).text

    assert run(main()) == "what time is it"


def test_noise_is_no_second_half_and_other_languages_are_left_alone() -> None:
    async def main() -> list[str | None]:
        unfinished = Unfinished(is_half)
        unfinished.answer("turn on the")
        return [unfinished.joined(heard("")).text, Unfinished(is_half, "fr").answer("the")]

    assert run(main()) == ["", None]
