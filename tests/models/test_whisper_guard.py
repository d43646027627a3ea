from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.whisper_guard import Decode, refusal

SAID = Decode(
    text="Is the front door locked?",
    language="en",
    tokens=6,
    logprob=-0.2,
    no_speech=0.02,
    compression=0.8,
    ended=True,
)


def test_clear_speech_is_believed() -> None:
    assert refusal(SAID, voiced=1.2) == ""


@pytest.mark.parametrize("word", ["Stop.", "Yes.", "No.", "Resume"])
def test_one_word_is_enough(word: str) -> None:
    said = replace(SAID, text=word, tokens=2, logprob=-0.4, no_speech=0.3, compression=0.4)
    assert refusal(said, voiced=0.2) == ""


@pytest.mark.parametrize(
    ("changes", "voiced", "reason"),
    [
        ({"text": "..."}, 1.2, "no words"),
        ({}, 0.05, "hardly any voice"),
        ({"text": "no " * 30, "compression": 6.0}, 20.0, "repetition"),
        ({"ended": False}, 1.2, "never ended"),
        ({"text": "I'm going to put the oil in the pan."}, 0.3, "more words than voice"),
        ({"text": "you", "logprob": -0.61, "no_speech": 0.93}, 1.2, "no speech"),
        ({"text": "The", "logprob": -3.9, "no_speech": 0.2}, 1.2, "uncertain"),
    ],
)
def test_each_sign_of_invention_has_its_reason(
    changes: dict[str, object], voiced: float, reason: str
) -> None:
    assert refusal(replace(SAID, **changes), voiced) == reason  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "logprob", "no_speech", "reason"),
    [
        ("Ye-beom!", -1.07, 0.11, "uncertain"),
        ("Ha!", -0.33, 0.5, "uncertain"),
        ("Whoa!", -0.69, 0.25, "uncertain"),
        ("Resume.", -0.6, 0.2, ""),
        ("Nevermind.", -0.14, 0.24, ""),
    ],
)
def test_what_is_half_certain_is_believed_and_what_is_less_is_not(
    text: str, logprob: float, no_speech: float, reason: str
) -> None:
    heard = replace(SAID, text=text, tokens=3, logprob=logprob, no_speech=no_speech)
    assert refusal(heard, voiced=0.6) == reason


def test_a_confident_text_survives_some_doubt_that_there_was_speech() -> None:
    assert refusal(replace(SAID, logprob=-0.12, no_speech=0.51), voiced=1.2) == ""


@given(st.floats(-6, 0), st.floats(0, 1), st.floats(0, 1), st.floats(0, 6))
def test_more_doubt_never_makes_a_refused_text_believed(
    logprob: float, no_speech: float, more: float, less: float
) -> None:
    doubted = replace(SAID, logprob=logprob, no_speech=no_speech)
    worse = replace(doubted, logprob=logprob - less, no_speech=min(1.0, no_speech + more))
    assert not (refusal(doubted, 1.2) and not refusal(worse, 1.2))


@given(st.floats(-20, 0.1), st.floats(0, 1))
def test_confidence_and_belief_are_probabilities(logprob: float, no_speech: float) -> None:
    decode = replace(SAID, logprob=logprob, no_speech=no_speech)
    assert 0.0 <= decode.belief <= decode.confidence <= 1.0
