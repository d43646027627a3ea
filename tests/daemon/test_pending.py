"""Answers to a question that was asked back."""

import pytest

from daemon.pending import Option, Pending, assent, dropped
from models.ports import ToolCall

UNLOCK = Option("", ToolCall("HassTurnOff", {"name": "Front Door"}))
LAMP = Option("kitchen lamp", ToolCall("HassTurnOn", {"name": "Kitchen Lamp"}))
LIGHT = Option("kitchen light", ToolCall("HassTurnOn", {"name": "Kitchen Light"}))
HALL = Option("hall lamp", ToolCall("HassTurnOn", {"name": "Hall Lamp"}))


def pending(*options: Option) -> Pending:
    return Pending(options, confirmed=True, session="s", until=100.0)


@pytest.mark.parametrize(
    "said", ["Yes.", "yes, please", "Yeah", "do it!", "um, sure", "That's right"]
)
def test_a_clear_yes_is_a_yes(said: str) -> None:
    assert pending(UNLOCK).chosen(said, "en") is UNLOCK


@pytest.mark.parametrize("said", ["No.", "no thanks", "Never mind.", "don't", "Cancel"])
def test_a_clear_no_is_a_no(said: str) -> None:
    assert pending(UNLOCK).chosen(said, "en") == "no"


@pytest.mark.parametrize(
    "said",
    [
        "yes unlock", "did you say yes", "yesterday", "what", "", "yes or no", "is that a yes",
        "turn on the light", "say yes", "you know what yes means",
    ],
)  # fmt: skip
def test_a_sentence_that_merely_holds_a_yes_is_no_answer(said: str) -> None:
    assert pending(UNLOCK).chosen(said, "en") is None


@pytest.mark.parametrize(
    ("said", "option"),
    [
        ("the kitchen lamp", LAMP), ("kitchen lamb", LAMP), ("the hall one", HALL),
        ("The first one.", LAMP), ("the second", LIGHT), ("light please", LIGHT),
    ],
)  # fmt: skip
def test_one_of_several_is_chosen_by_its_name(said: str, option: Option) -> None:
    assert pending(LAMP, LIGHT, HALL).chosen(said, "en") is option


@pytest.mark.parametrize("said", ["kitchen", "yes", "the weather", "turn it on"])
def test_what_fits_several_or_none_chooses_none(said: str) -> None:
    assert pending(LAMP, LIGHT, HALL).chosen(said, "en") is None


def test_none_of_several_is_a_no() -> None:
    assert pending(LAMP, LIGHT).chosen("neither", "en") == "no"


def test_languages_have_their_own_words() -> None:
    assert assent("ja bitte", "de") == assent("Oui.", "fr-FR") == assent("yes", "xx") == "yes"
    assert assent("ja", "en") is None
    assert dropped("de") != dropped("en")
