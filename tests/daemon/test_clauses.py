"""A stream of text in, clauses to be spoken out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.clauses import Clauses

WORDS = st.sampled_from(
    [
        "the",
        "lamp",
        "is",
        "on.",
        "off,",
        "Dr.",
        "e.g.",
        "3.5",
        "7:05",
        "p.m.",
        "No.",
        "well;",
        "so:",
        "-",
        "“quoted”",
        "'it.'",
        "why?",
        "yes!",
        "U.S.",
        "21.5",
        "°C",
        "1.",
        "…",
        "—",
        "(see",
        "it.)",
        "because",
        "which",
        "but.",
        "until",
    ]
)
TEXTS = st.one_of(
    st.lists(st.tuples(WORDS, st.sampled_from([" ", " ", " ", "  ", "\n"]))).map(
        lambda parts: "".join(word + space for word, space in parts)
    ),
    st.text(alphabet="ab .,!?\n-—", max_size=600),
)


def cut(*pieces: str) -> list[str]:
    clauses = Clauses()
    return [clause for piece in pieces for clause in clauses.feed(piece)] + clauses.finish()


@given(TEXTS)
def test_nothing_is_lost_added_or_empty(text: str) -> None:
    clauses = cut(text)
    assert all(clause == clause.strip() != "" for clause in clauses)
    assert "".join("".join(clauses).split()) == "".join(text.split())


@given(st.lists(WORDS, max_size=80))
def test_words_stay_words(words: list[str]) -> None:
    assert " ".join(cut(" ".join(words))) == " ".join(words)


@given(TEXTS, st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_how_the_text_comes_in_pieces_does_not_change_the_clauses(
    text: str, lengths: list[int]
) -> None:
    pieces, rest = [], text
    while rest:
        for length in lengths:
            pieces.append(rest[:length])
            rest = rest[length:]
    assert cut(*pieces) == cut(text) == cut(*text)


@pytest.mark.parametrize("length", range(200, 240))
def test_a_sentence_that_does_not_end_is_cut_where_a_stream_would_be(length: int) -> None:
    text = ("word " * 99)[: length - 1].strip() + ". And more, and more."
    assert cut(text) == cut(*text)
    assert cut("Yes, that is so. " + text) == cut(*("Yes, that is so. " + text))


@given(st.text(alphabet="abc ,.", max_size=2000))
def test_the_voice_is_never_starved(text: str) -> None:
    assert all(len(clause) <= 221 for clause in cut(text))


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("It is six. Good evening.", ["It is six.", "Good evening."]),
        ("It's 21.5 °C in there. Nice.", ["It's 21.5 °C in there.", "Nice."]),
        ("Dr. Smith called. He is well.", ["Dr. Smith called.", "He is well."]),
        ("At 7:05 p.m. it rained. Hard.", ["At 7:05 p.m. it rained.", "Hard."]),
        ("The U.S. has fifty states. Fifty!", ["The U.S. has fifty states.", "Fifty!"]),
        ("Use a pan, e.g. an iron one. Heat it.", ["Use a pan, e.g. an iron one.", "Heat it."]),
        ('He said "Stop." Then he left.', ['He said "Stop."', "Then he left."]),
        ("Really?! Yes. No…", ["Really?!", "Yes.", "No…"]),
        ("Wait... what? Oh.", ["Wait...", "what?", "Oh."]),
        ("version 2.0", ["version 2.0"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_are_clauses(text: str, clauses: list[str]) -> None:
    assert cut(text) == clauses


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        # The first clause is spoken soon, later ones are left whole: they sound better.
        (
            "The lamp in the hall, which is old, is broken. It was new, once upon a time.",
            ["The lamp in the hall,", "which is old, is broken.", "It was new, once upon a time."],
        ),
        # One that is too short would only leave the voice waiting for the next.
        ("Well, that depends on you.", ["Well, that depends on you."]),
        ("There are three: a, b, c.", ["There are three:", "a, b, c."]),
        ("It is 1,000 metres high.", ["It is 1,000 metres high."]),
        ("The oven is old - very old.", ["The oven is old -", "very old."]),
        # A breath is as good as a comma, once there is something to say before it.
        (
            "The sky appears blue because of the air. It is thin because it is high up.",
            ["The sky appears blue", "because of the air.", "It is thin because it is high up."],
        ),
        ("It is high but thin.", ["It is high but thin."]),
        ("It lies between nineteen and twenty.", ["It lies between nineteen and twenty."]),
        ("The lamp is on and, which is odd, hot.", ["The lamp is on and,", "which is odd, hot."]),
    ],
)
def test_the_first_clause_is_short_and_the_others_are_whole(text: str, clauses: list[str]) -> None:
    assert cut(text) == clauses


def test_a_breath_is_certain_once_its_word_is_whole() -> None:
    clauses = Clauses()
    assert clauses.feed("The sky appears blue when") == []
    assert clauses.feed(" ") == ["The sky appears blue"]
    assert clauses.feed("it can. ") == ["when it can."]
    assert Clauses().feed("The sky appears blue whenever it ") == []


def test_a_clause_is_given_as_soon_as_it_is_certain() -> None:
    clauses = Clauses()
    assert clauses.feed("The lamp in the hall,") == []
    assert clauses.feed(" which") == ["The lamp in the hall,"]
    assert clauses.feed(" is old.") == []
    assert clauses.feed(" ") == ["which is old."]
    assert clauses.finish() == []
