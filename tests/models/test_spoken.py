import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.spoken import Spoken

SPOKEN = Spoken()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("It is 21.5 °C.", "It is twenty one point five degrees Celsius."),
        ("Humidity is 45%.", "Humidity is forty five percent."),
        ("It finished at 7:05 AM.", "It finished at seven o five AM."),
        ("It's 7:00.", "It's seven o'clock."),
        ("About 3 km, Dr. Smith.", "About three kilometers, doctor Smith."),
        ("Set for 5 min.", "Set for five minutes."),
        ("the 2nd floor", "the second floor"),
        ("**Bold** and `code` and [a link](http://x.example).", "Bold and code and a link."),
        ("- first thing", "first thing"),
        ("12,500 people", "twelve thousand five hundred people"),
        ("It draws 350 W.", "It draws three hundred and fifty watts."),
        ("1.2 kWh at 1013 hPa", "one point two kilowatt hours at ten thirteen hectopascals"),
        ("Vitamin 5 A1", "Vitamin five A one"),
        ("Fine 🙂", "Fine"),
    ],
)
def test_text_is_said_as_people_say_it(written: str, said: str) -> None:
    assert SPOKEN(written) == said


@pytest.mark.parametrize("nothing", ["", "   ", "...", "🙂", "***", "—"])
def test_what_cannot_be_said_is_nothing(nothing: str) -> None:
    assert SPOKEN(nothing) == ""


class _Broken:
    def normalize(self, text: str) -> str:
        raise AssertionError(text)


def test_a_grammar_that_fails_leaves_the_text_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = Spoken()
    monkeypatch.setattr(spoken, "_normalizer", _Broken())
    assert spoken("It is 5 °C.") == "It is 5 °C."


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    assert isinstance(SPOKEN(text), str)
