"""A name in front of a sentence is not part of it."""

import pytest

from daemon.called import Called
from models.ports import Transcript

CALLED = Called(["okay_nabu", "hey_jarvis", "alexa"])


@pytest.mark.parametrize(
    ("heard", "left"),
    [
        ("Okay Nabu, turn on the light.", "Turn on the light."),
        ("OK, Naboo. Turn on the light.", "Turn on the light."),
        ("Hey Jarvis what time is it?", "What time is it?"),
        ("Jarvis, stop.", "Stop."),
        ("Alexa.", ""),
        ("Okay, now turn on the light.", "Okay, now turn on the light."),
        ("Hey, what time is it?", "Hey, what time is it?"),
        ("Alex wants to know the time.", "Alex wants to know the time."),
        ("Turn on the light, Alexa.", "Turn on the light, Alexa."),
        ("", ""),
    ],
)
def test_a_name_in_front_is_taken_off(heard: str, left: str) -> None:
    taken = CALLED.off(Transcript(heard, 0.9, "en", others=(heard,)))
    assert taken.text == left
    assert taken.others == (left,)
