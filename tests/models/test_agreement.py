from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from models.agreement import Agreement


def heard(*sketches: str) -> Agreement:
    agreement = Agreement()
    for sketch in sketches:
        assert agreement.hear(sketch) == agreement.stable
    return agreement


def test_nothing_is_stable_until_it_was_heard_twice() -> None:
    assert heard().stable == ""
    once = heard("Turn on")
    assert (once.stable, once.unstable) == ("", "Turn on")


def test_what_two_sketches_begin_with_is_stable() -> None:
    grown = heard("Turn on the", "Turn on the kitchen light")
    assert (grown.stable, grown.unstable) == ("Turn on the", "kitchen light")


def test_the_last_word_changes_while_it_is_spoken() -> None:
    grown = heard("Turn on the kit.", "Turn on the kitchen.", "Turn on the kitchen light.")
    assert (grown.stable, grown.unstable) == ("Turn on the kitchen", "light.")


def test_case_and_punctuation_do_not_count_and_are_told_as_last_written() -> None:
    assert heard("turn on, the", "Turn on the kitchen").stable == "Turn on the"
    assert heard("Stop.", "Stop", "Stop the").stable == "Stop"


def test_a_slip_of_the_decoder_takes_nothing_back() -> None:
    slip = heard("Is the front", "Is the front door", "It's", "Is the front door locked")
    assert slip.stable == "Is the front"
    assert heard("Is the front", "Is the front door", "").stable == "Is the front"
    assert heard("Is the front door", "Is the front door", "Is the").stable == "Is the front door"


def test_what_two_sketches_agree_on_replaces_what_was_stable() -> None:
    better = heard("Turn of", "Turn of the", "Turn off the", "Turn off the light")
    assert (better.stable, better.unstable) == ("Turn off the", "light")


def test_a_new_utterance_begins_with_nothing() -> None:
    agreement = heard("What is", "What is the")
    agreement.reset()
    assert (agreement.stable, agreement.unstable) == ("", "")
    assert agreement.hear("What is") == ""


@given(st.lists(st.text("ab .", max_size=12), max_size=6))
def test_whatever_is_stable_was_written_by_two_sketches_in_a_row(sketches: list[str]) -> None:
    agreement = Agreement()
    written = [""]
    for sketch in sketches:
        agreement.hear(sketch)
        written.append(sketch)
    stable = agreement.stable.replace(".", "").split()
    assert not stable or any(
        one.replace(".", "").split()[: len(stable)]
        == stable
        == other.replace(".", "").split()[: len(stable)]
        for one, other in pairwise(written)
    )
