from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from audio.frames import RATE, Utterance
from daemon.intents.recogniser import LONGEST, Recogniser
from daemon.intents.rescoring import Rescoring
from models.ports import Enough, Transcript
from tests.clock import run
from tests.daemon.intents.home import HOME


@cache
def ears() -> Recogniser:
    return Recogniser(HOME)


class Ear:
    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.names: Sequence[str] = ()
        self.enough: Enough = lambda _text, _confidence: True

    async def transcribe(
        self,
        utterance: Utterance,
        vocabulary: Sequence[str],
        *,
        enough: Enough = lambda _text, _confidence: False,
    ) -> Transcript:
        self.names = vocabulary
        self.enough = enough
        return self.transcript

    async def sketch(self, utterance: Utterance, vocabulary: Sequence[str]) -> Transcript:
        self.names = vocabulary
        return self.transcript


def heard(text: str, *others: str) -> Transcript:
    ear = Ear(Transcript(text, 0.7, "en", others=others))
    rescoring = Rescoring(ear, ears(), "Kitchen")
    silence = Utterance(np.zeros(RATE, np.int16), 0, RATE, RATE)
    transcript = run(rescoring.transcribe(silence, ["Kitchen"]))
    assert ear.names == ["Kitchen"]
    return transcript


@pytest.mark.parametrize(
    ("text", "confidence", "enough"),
    [
        ("Turn on the kitchen lamp.", 0.6, True),
        ("Turn on the kitchen lamp and turn off the bedroom lamp.", 0.6, True),
        ("Turn on the kitchen lamp.", 0.4, False),  # It would be asked first.
        ("Turn on the kitchen lemp.", 0.6, False),  # It is mended.
        ("Tell me a joke.", 0.6, False),  # It is for the mind, which needs every word.
        ("", 0.6, False),
    ],
)
def test_what_is_understood_needs_no_closer_look(
    text: str, confidence: float, enough: bool
) -> None:
    ear = Ear(Transcript("", 0.0, "en"))
    silence = Utterance(np.zeros(RATE, np.int16), 0, RATE, RATE)
    run(Rescoring(ear, ears(), "Kitchen").transcribe(silence, ()))
    assert ear.enough(text, confidence) is enough


def test_a_sketch_is_what_the_ear_makes_of_it() -> None:
    half = Transcript("Perk kitchen", 0.7, "en", others=("Turn kitchen lights off.",))
    ear = Ear(half)
    silence = Utterance(np.zeros(RATE, np.int16), 0, RATE, RATE)
    assert run(Rescoring(ear, ears(), "Kitchen").sketch(silence, ["Kitchen"])) is half
    assert ear.names == ["Kitchen"]


def test_what_means_something_is_preferred() -> None:
    transcript = heard("Perk kitchen lights off.", "Pat kitchen.", "Turn kitchen lights off.")
    assert transcript.text == "Turn kitchen lights off."
    assert transcript.confidence == 0.7


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Turn on the kitchen lamp.", "Turn off the kitchen lamp."),
        ("Turn on the kitchen lamp and the bedroom lamp.", "Turn on the bedroom lamp."),
        ("Turn on the lights and kitchen.", "Turn off the lights in the kitchen."),
        ("Tell me a joke.", "Tell me a yoke."),
    ],
)
def test_what_means_something_already_stays(text: str, other: str) -> None:
    assert heard(text, other).text == text


@pytest.mark.parametrize(
    "other",
    [
        "Unlock the front door.",
        "Turn off all the lights.",
        "Play the other one.",
        "Run good night.",
        "Cancel all timers.",
    ],
)
def test_nothing_far_reaching_is_chosen_for_meaning_something(other: str) -> None:
    assert heard("I am off the lights tore.", other).text == "I am off the lights tore."


def test_nothing_is_chosen_where_there_is_no_choice() -> None:
    assert heard("Walk the dog.").text == "Walk the dog."
    assert heard("", "Turn on the kitchen lamp.").text == ""
    assert ears().likeliest(["a" * (LONGEST + 1), "turn on the kitchen lamp"]).startswith("aaa")
    assert Recogniser(HOME, "xx").likeliest(["a", "turn on the kitchen lamp"]) == "a"


@pytest.mark.parametrize(
    ("text", "confidence", "enough"),
    [
        ("What language do people speak in Brazil?", 0.8, True),
        ("What language do people speak in Brazil?", 0.7, False),  # It was hardly heard.
        ("Which stores are locked?", 0.8, False),  # It may be about the house.
        ("Brazil is a country.", 0.9, False),
    ],
)
def test_a_question_about_nothing_in_the_house_needs_no_closer_look(
    text: str, confidence: float, enough: bool
) -> None:
    ear = Ear(Transcript("", 0.0, "en"))
    silence = Utterance(np.zeros(RATE, np.int16), 0, RATE, RATE)
    rescoring = Rescoring(ear, ears(), "Kitchen", lambda asked: "lock" in asked)
    run(rescoring.transcribe(silence, ()))
    assert ear.enough(text, confidence) is enough
