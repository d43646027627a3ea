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
