from hypothesis import given
from hypothesis import strategies as st

from daemon.summary import summarise
from memory.records import Turn


def turns(*said: str) -> list[Turn]:
    return [Turn(str(n), "s", float(n), "mic", asked=words) for n, words in enumerate(said)]


def count(text: str) -> int:
    return len(text.split())


def test_what_was_told_is_kept_word_for_word_and_longer_than_what_was_asked() -> None:
    said = turns("My dentist is called Kowalski.", "who wrote hamlet", "The key is under the pot.")
    assert summarise("", said, 100, count).splitlines() == [
        "You told me: My dentist is called Kowalski.",
        "You asked: who wrote hamlet",
        "You told me: The key is under the pot.",
    ]
    assert summarise("", said, 18, count).splitlines() == [
        "You told me: My dentist is called Kowalski.",
        "You told me: The key is under the pot.",
    ]
    assert summarise("", said, 10, count) == "You told me: The key is under the pot."


def test_an_earlier_summary_goes_on() -> None:
    before = summarise("", turns("My car is red."), 100, count)
    after = summarise(before, turns("My bike is blue."), 100, count)
    assert after.splitlines() == ["You told me: My car is red.", "You told me: My bike is blue."]


def test_a_monologue_does_not_crowd_out_the_rest() -> None:
    said = turns("My cat is Momo.", "and then it is " + "so very long " * 200)
    assert "You told me: My cat is Momo." in summarise("", said, 80, count)


@given(st.lists(st.text(max_size=80), max_size=8), st.integers(0, 60))
def test_it_never_takes_more_than_its_budget(said: list[str], budget: int) -> None:
    assert count(summarise("", turns(*said), budget, count)) <= budget
