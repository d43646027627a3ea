import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.ending.sentence import Stop, stop, substance

UNFINISHED = """
turn on the
turn on
Turn on...
please turn off
okay can you turn on
yes, and the
set a timer for
is the front
we are
set a timer for five
set a 10
remind me in twenty-five
remind me to
remind me
add milk and
add milk, um
um
what's the weather in the
I'd like
can I have
what is
could you
play something by
turn on the lights in
if it rains then turn off the sprinkler when
put the kettle on -
set the thermostat to
my favourite colour is
I
tell me about
well, the
"""

FINISHED = """
turn on the kitchen light
turn the light on
turn it off
is it raining
is the light on
set a timer for five minutes
set the brightness to fifty
wake me at seven
remind me in an hour
stop
yes
the kitchen
what is it for
who is it from
where are you from
yes it is
tell me what it is
you can come in
please stop
what time is it
how are you
what's the weather like
play the next one
never mind
thank you very much
what are you looking at
is the front door locked
"""


@pytest.mark.parametrize("heard", UNFINISHED.strip().splitlines())
def test_more_must_come(heard: str) -> None:
    assert stop(heard) is Stop.UNFINISHED
    assert stop(heard.capitalize() + ("" if heard[-1] in ".-" else ".")) is Stop.UNFINISHED


@pytest.mark.parametrize("heard", FINISHED.strip().splitlines())
def test_it_can_be_over(heard: str) -> None:
    assert stop(heard) is Stop.OPEN
    assert stop(heard.capitalize() + ".") is Stop.OVER
    assert stop(heard + "?") in (Stop.OVER, Stop.ASKED)


@pytest.mark.parametrize(
    ("heard", "how"),
    [
        ("Which ocean lies between Europe and America?", Stop.ASKED),
        ("Why is the sky blue?", Stop.ASKED),
        ("Which ocean lies between Europe and America.", Stop.OVER),
        ("What's the weather?", Stop.OVER),
        ("Can I get a large coffee?", Stop.OVER),
        ("What is the?", Stop.UNFINISHED),
    ],
)
def test_a_question_that_says_what_it_wants_to_know_is_asked(heard: str, how: Stop) -> None:
    assert stop(heard) is how


@pytest.mark.parametrize("mark", ["...", "\u2026", ",", "-", "\u2014", ":", ';"'])
def test_punctuation_says_that_it_goes_on_in_any_language(mark: str) -> None:
    assert stop(f"wie wird das Wetter{mark}", "de") is Stop.UNFINISHED
    assert stop("wie wird das Wetter?", "de") is Stop.OVER


def test_another_language_is_not_judged_by_english_words() -> None:
    assert stop("je veux un the", "fr") is Stop.OPEN
    assert stop("je veux un the.", "fr") is Stop.OVER


@pytest.mark.parametrize("heard", ["", " ", "...", "?!", "-"])
def test_no_words_are_silence(heard: str) -> None:
    assert stop(heard) is Stop.SILENT


def test_sounds_of_thinking_have_no_substance() -> None:
    assert substance("Um, the") == 1
    assert substance("um uh") == 0
    assert substance("Set a timer, um") == 3


@given(st.text(max_size=80), st.sampled_from(["en", "de", "xx"]))
def test_any_text_stops_somehow(heard: str, language: str) -> None:
    assert isinstance(stop(heard, language), Stop)
