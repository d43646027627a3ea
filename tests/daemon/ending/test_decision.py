from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.ending import LONGEST_MS, nudge, patience_ms
from daemon.ending.decision import QUICKEST_MS

SOUNDS = st.none() | st.floats(0, 1)


def test_a_command_that_is_understood_is_not_waited_for() -> None:
    whole = patience_ms("Turn on the light.", 0.97, understood=True, asks=False)
    assert whole <= 300
    # What it is without the grammar.
    assert patience_ms("Turn on the light.", 0.97, understood=False, asks=False) > whole


def test_a_sentence_that_is_over_waits_as_people_do() -> None:
    assert 400 <= patience_ms("Why is the sky blue?", 0.97, understood=False, asks=False) <= 700


def test_an_unfinished_sentence_gets_seconds() -> None:
    for probability in (None, 0.0, 0.5, 0.99):
        waits = patience_ms("Set a timer for", probability, understood=False, asks=False)
        assert 2000 <= waits <= LONGEST_MS


def test_the_grammar_does_not_outvote_words_that_want_more() -> None:
    assert patience_ms("set a timer for 5", 0.97, understood=True, asks=False) >= 800


def test_the_grammar_does_not_outvote_a_voice_that_goes_on() -> None:
    quick = patience_ms("Turn on the kitchen light.", 0.97, understood=True, asks=False)
    slow = patience_ms("Turn on the kitchen light.", 0.02, understood=True, asks=False)
    assert slow >= 3 * quick


def test_a_short_answer_is_one_only_to_a_question() -> None:
    assert patience_ms("The kitchen", 0.97, understood=False, asks=True) <= 300
    assert patience_ms("The kitchen", 0.97, understood=False, asks=False) >= 600
    told = "The kitchen that we had before the new one was built"
    assert patience_ms(told, 0.97, understood=False, asks=True) >= 600
    assert patience_ms("The", 0.9, understood=False, asks=True) >= 2000


def test_without_words_nobody_is_in_a_hurry() -> None:
    assert patience_ms("", 0.99, understood=False, asks=True) >= 1000
    assert patience_ms(None, 0.99, understood=False, asks=True) >= 900


def test_without_a_judge_of_sound_it_is_waited_longer() -> None:
    for heard, understood in (("Turn it on.", True), ("Why is it blue?", False)):
        sure = patience_ms(heard, 0.99, understood=understood, asks=False)
        assert patience_ms(heard, None, understood=understood, asks=False) > sure


@pytest.mark.parametrize("heard", ["Turn it on.", "turn it", "turn on the", "", None])
@pytest.mark.parametrize("understood", [True, False])
@pytest.mark.parametrize("asks", [True, False])
def test_the_more_it_sounds_over_the_less_it_waits(
    heard: str | None, understood: bool, asks: bool
) -> None:
    waits = [patience_ms(heard, step / 20, understood=understood, asks=asks) for step in range(21)]
    assert all(one >= other for one, other in pairwise(waits))


@given(st.none() | st.text(max_size=60), SOUNDS, st.booleans(), st.booleans(), st.floats(0.1, 10))
def test_patience_has_bounds(
    heard: str | None, probability: float | None, understood: bool, asks: bool, patience: float
) -> None:
    waits = patience_ms(heard, probability, understood=understood, asks=asks, patience=patience)
    assert QUICKEST_MS <= waits <= LONGEST_MS


def test_slow_speakers_are_given_more_time() -> None:
    once = patience_ms("Why is it blue?", 0.95, understood=False, asks=False)
    assert (
        patience_ms("Why is it blue?", 0.95, understood=False, asks=False, patience=1.5)
        == 1.5 * once
    )


def test_a_word_or_two_are_seldom_a_sentence() -> None:
    fragment = patience_ms("The second.", 0.97, understood=False, asks=False)
    assert fragment > patience_ms("The second one.", 0.97, understood=False, asks=False)


def test_only_what_can_be_gone_on_with_is_nudged() -> None:
    assert nudge("Set a timer for")
    assert nudge("remind me to")
    assert not nudge("Um, the")
    assert not nudge("um")
    assert not nudge("Turn on the light.")
    assert not nudge("")
