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
        ("The TV is on.", "The T V is on."),
        ("Both TVs and the LED are off.", "Both T V's and the L E D are off."),
        ("NO2 is 21 µg/m³.", "N O two is twenty one micrograms per cubic meter."),
        ("CO2 is 800 ppm.", "C O two is eight hundred parts per million."),
        ("CO, tVOC, eCO2, SO2 and O3.", "C O, t V O C, e C O two, S O two and O three."),
        (
            "PM2.5 is 12 and PM10 is 9 at 5 PM.",
            "P M two point five is twelve and P M ten is nine at five PM.",
        ),
        ("No TVOX, LEDGER or VOCAL CO5X here.", "No TVOX, LEDGER or VOCAL CO five X here."),
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
