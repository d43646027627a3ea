from hypothesis import given
from hypothesis import strategies as st

from memory.words import MOST_WORDS, content_words, storable


def test_only_words_with_content_are_left() -> None:
    assert content_words("When did the washing-machine finish, please?") == [
        "washing",
        "machine",
        "finish",
    ]


def test_a_question_of_function_words_has_no_content() -> None:
    assert content_words("What is it that you would have me do?") == []


def test_words_are_distinct_and_bounded() -> None:
    monologue = " ".join(f"word{n} word{n}" for n in range(5000))
    assert content_words(monologue) == [f"word{n}" for n in range(MOST_WORDS)]


@given(st.text(st.characters()))
def test_storable_text_can_be_encoded(text: str) -> None:
    storable(text).encode()


def test_lone_surrogates_are_replaced_and_the_rest_is_kept() -> None:
    assert storable("grün \udcff 台") == "grün ? 台"
