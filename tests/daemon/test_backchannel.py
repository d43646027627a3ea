"""What a listener says, what silences, and what is only the assistant's own voice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.backchannel import is_backchannel, is_echo, is_stop

LISTENING = [
    "Mm-hm.",
    "Mm-hmm.",
    "Mhm.",
    "Hmm.",
    "Hmmmm...",
    "Uh-huh.",
    "Uh huh",
    "Yeah.",
    "Yeah, yeah.",
    "Okay.",
    "OK.",
    "Ok, okay.",
    "Right.",
    "Wow!",
    "I see.",
    "Oh, I see.",
    "Oh, okay.",
    "Really?",
    "Yeah, that makes sense.",
    "All right.",
    "That\u2019s right.",
    "[cough]",
    "(coughs)",
    "*laughs*",
    "[BLANK_AUDIO]",
    "♪♪",
    "...",
    "",
    "Oh wow, great.",
    "Thank you.",
    "Ha ha ha.",
    "Mmm.",
]
STOPPING = [
    "Stop.",
    "Stop!",
    "stop",
    "Stop, stop, stop!",
    "Okay, stop.",
    "Be quiet.",
    "Shut up!",
    "Enough.",
    "That's enough.",
    "That\u2019s enough, thanks.",
    "Never mind.",
    "Nevermind",
    "Stop talking.",
    "Please stop talking now.",
    "Cancel.",
    "No, stop.",
    "Okay okay, stop it please.",
    "Shh!",
    "Shhhh.",
    "Auricle, stop.",
    "Oh, forget it.",
    "Wait.",
    "Hold on.",
    "Can you be quiet, please?",
    "Quiet!",
]
SPEAKING = [
    "What time is it?",
    "Turn off the light.",
    "No.",
    "Yeah, but turn it down.",
    "Okay, what about tomorrow?",
    "And the kitchen?",
    "Huh?",
    "What?",
    "Right?",
    "Okay Nabu.",
    "Stop the music.",
    "Stop the timer.",
    "Cancel the timer.",
    "I see a bird.",
    "Thank you for the music.",
    "Louder.",
    "Hello?",
    "Help!",
    "Not that one.",
    "Yes, please do.",
    "Wait for me.",
    "Enough of that song, play another.",
]


@pytest.mark.parametrize("text", LISTENING)
def test_a_listener_does_not_take_the_floor(text: str) -> None:
    assert is_backchannel(text)
    assert not is_stop(text)


@pytest.mark.parametrize("text", STOPPING)
def test_what_asks_for_silence_is_known(text: str) -> None:
    assert is_stop(text)
    assert not is_backchannel(text)


@pytest.mark.parametrize("text", SPEAKING)
def test_whoever_says_more_takes_the_floor(text: str) -> None:
    assert not is_backchannel(text)
    assert not is_stop(text)


def test_a_monologue_of_small_words_takes_the_floor() -> None:
    assert not is_backchannel("yeah " * 13)
    assert not is_stop("stop " * 13)


SPOKEN = "It's 21.5 degrees in the bedroom, and the kitchen light has been on since 7 o'clock."


@pytest.mark.parametrize(
    "heard",
    [
        "The kitchen light has been on since",
        "the bedroom and the kitchen light",
        "in the bedroom, and the kitchen lights",
        "kitchen light has bin on since seven o'clock",
        "been on",
        SPOKEN,
    ],
)
def test_the_own_voice_is_known_again(heard: str) -> None:
    assert is_echo(heard, SPOKEN)


@pytest.mark.parametrize(
    "heard",
    [
        "Turn off the kitchen light.",
        "turn it off",
        "And how warm is it in the kitchen?",
        "kitchen",
        "stop",
        "Since when?",
        "the light in the hall",
        "What about the living room?",
        "",
    ],
)
def test_other_words_are_somebody_elses(heard: str) -> None:
    assert not is_echo(heard, SPOKEN)
    assert not is_echo(heard, "")


def test_who_wants_silence_is_believed_even_if_the_answer_says_the_same() -> None:
    assert not is_echo("never mind", "Okay, never mind.")
    assert is_echo("okay never mind the rain", "Okay, never mind the rain.")


def test_letters_inside_of_words_are_no_echo() -> None:
    assert not is_echo("turn on", "They return on Monday.")


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_judged(text: str, spoken: str) -> None:
    assert not (is_stop(text) and is_backchannel(text))
    is_echo(text, spoken)
