import pytest

from daemon.intents.words import Words, tables

ENGLISH = Words(tables("words_en"), ("auricle",))


@pytest.mark.parametrize(
    ("said", "tidied"),
    [
        ("Um, hey Auricle, turn on the lamp, please.", "turn on the lamp"),
        ("  could   you please turn it on?  ", "turn it on"),
        ("an alarm in five minutes from now", "an alarm in five minutes from now"),
        ("Now!", "Now"),
        ("please", "please"),
        ("set it to 21 °C", "set it to 21 degrees"),
        ("turn on the normal lamp", "turn on the normal lamp"),
        ("", ""),
    ],
)
def test_fillers_are_cut_at_the_ends(said: str, tidied: str) -> None:
    assert ENGLISH.tidy(said) == tidied


@pytest.mark.parametrize(
    ("said", "literal", "order"),
    [
        ("Turn on the lamp.", "turn on the", True),
        ("Turn on the lamp?", "turn on the", True),
        ("Lamp on.", "on", True),
        ("Lamp on?", "on", False),
        ("Don't turn on the lamp.", "don't turn on the", False),
        ("Turn on the lamp, never.", "turn on the never", False),
        ("Should I turn on the lamp", "should i turn on the", False),
        ("He said turn on the lamp", "he said turn on the", False),
    ],
)
def test_only_orders_are_orders(said: str, literal: str, order: bool) -> None:
    assert ENGLISH.orders(said, literal) is order


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("7 am", True),
        ("half past six", True),
        ("twenty-five past", True),
        ("the morning", True),
        ("the station at nine", False),
        ("kitchen", False),
        ("seven and turn on the light", False),
    ],
)
def test_what_may_be_a_time(text: str, time: bool) -> None:
    assert ENGLISH.is_time(text) is time


@pytest.mark.parametrize(
    ("text", "otherwise"),
    [
        ("turn on the lamb", False),
        ("what is the temperature in the kitchin", False),
        ("never turn on the lamb", True),
        ("turn on the lamb he said", True),
        ("turn on the lamb i think", True),
    ],
)
def test_what_is_denied_or_reported_is_not_mended(text: str, otherwise: bool) -> None:
    assert ENGLISH.means_otherwise(text) is otherwise


def test_a_language_without_words_is_left_as_it_is() -> None:
    nothing = Words({})
    assert nothing.tidy("Bitte mach das Licht an!") == "Bitte mach das Licht an"
    assert nothing.orders("Licht an", "licht an")
    assert not nothing.mends
