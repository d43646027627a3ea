import pytest

from daemon.tools.wanting import reach


@pytest.mark.parametrize(
    "asked",
    [
        "turn on the kitchen lamp",
        "can you dim the lights",
        "could you please make it brighter",
        "hey, would you brew some coffee",
        "lights off",
        "next song",
        "it's too dark in here",
        "I'd like to hear some jazz",
        "i want to listen to the radio",
        "I can't hear the music",
        "we're out of milk",
        "cancel my alarm",
        "stop the music",
    ],
)
def test_orders_and_wishes_may_do_something(asked: str) -> None:
    assert reach(asked) == "write"


@pytest.mark.parametrize(
    "asked",
    [
        "is the front door locked",
        "what's on my shopping list",
        "do I need an umbrella tomorrow",
        "can you tell me what time it is",
        "how do i turn on the vacuum",
        "did you lock the door?",
        "should I unlock the door",
        "the lights are on, aren't they?",
    ],
)
def test_questions_only_look(asked: str) -> None:
    assert reach(asked) == "read"


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "never mind",
        "stop",
        "my bike is in the cellar",
        "Anna has left her phone at work",
        "the man on the news said turn everything on " * 6,
    ],
)
def test_what_merely_tells_leads_to_nothing(asked: str) -> None:
    assert reach(asked) == ""


@pytest.mark.parametrize(
    "asked",
    [
        "My wife said turn on the hall lamp", "He shouted turn on the lights",
        "She told me to turn off the lights", "Turn everything off except the kitchen",
        "Turn off all lights but not the hall lamp", "Don't turn on the hall lamp",
        "Dont turn off the lights", "Never turn on the coffee machine",
        "Please don't lock the front door", "Turn off the lights unless someone is home",
        "Turn on the lights if nobody is at home", "If it rains close the bedroom blind",
        "Turn on the lights tomorrow", "Open the garage door at seven",
        "I turned on the kitchen ceiling", "You turned off the lights",
        "The lights turn on at seven", "Stop turning on the light", "Simon says turn on the lights",
        "Repeat after me turn on the lights", "Turn on the light was a great song",
        "Turn on the light, scratch that", "Turn on the hall lamp, never mind",
        "turn the lights on not off", "set the thermostat to 21 not 25", "maybe turn on the lights",
        "almost turn on the hall lamp", "ask Anna to turn on the hall lamp",
        "It would be stupid to turn on the lights", "the wolf howled turn on the lights",
        "in the book the man turned off the lights", "don't you dare turn off the hall lamp",
        "lights", "kitchen", "leave the lights on", "keep the lights off",
        "the light in the hall stays on", "he asked you to turn off the coffee machine",
        "my neighbour unlocks the front door", "there is no need to turn on the lights",
        "Turn on the tv when I arrive home", "the sign says open the door",
    ],
)  # fmt: skip
def test_an_order_that_is_denied_reported_or_conditional_is_none(asked: str) -> None:
    assert reach(asked) != "write"


@pytest.mark.parametrize(
    "asked",
    [
        "olly turn the volume up", "alexa turn off the fan", "please help me start the vacuum",
        "hey olly mute the speakers", "set an alarm for five am", "wake me up at ten tomorrow",
        "it's too bright in here can you turn a light off", "I can't hear, turn it up",
        "create a new list", "remove eggs from my list", "brighten the lights", "softer",
    ],
)  # fmt: skip
def test_what_stands_around_an_order_does_not_hide_it(asked: str) -> None:
    assert reach(asked) == "write"


@pytest.mark.parametrize(
    "asked",
    ["When did the washing machine finish?", "why is the sky blue", "how often did the door open",
     "was the window open last night"],
)  # fmt: skip
def test_what_happened_is_for_memory(asked: str) -> None:
    assert reach(asked) == ""


@pytest.mark.parametrize("asked", ["when does my alarm ring", "when will it rain"])
def test_what_is_to_come_may_be_looked_up(asked: str) -> None:
    assert reach(asked) == "read"
