import pytest

from daemon.bench.judging import right, rightly_heard
from daemon.bench.material import Item
from daemon.bench.pairing import Answered


def answered(item: Item, **turn: object) -> Answered:
    return Answered(item, "command", turn, 1, 0, 100.0, 100.0, 100.0, overlapped=False)


@pytest.mark.parametrize(
    ("said", "heard", "so"),
    [
        ("what's the Weather", "Whats the weather?", True),
        ("turn on the lamp", "turn on the lamb", False),
        ("turn on the lamp", "", False),
    ],
)
def test_words_are_compared_without_case_and_punctuation(said: str, heard: str, so: bool) -> None:
    assert rightly_heard(answered(Item("a", "s", None, text=said), asked=heard)) is so


def test_a_tool_must_have_done_it() -> None:
    item = Item("a", "s", None, tool="HassTurnOn")
    done = [{"name": "HassTurnOn", "ok": True}]
    assert right(answered(item, tools=done))
    assert not right(answered(item, tools=[{"name": "HassTurnOn", "ok": False}]))
    assert not right(answered(item, tools=[{"name": "HassTurnOff", "ok": True}]))
    assert not right(answered(item))


def test_an_answer_must_hold_the_word() -> None:
    item = Item("a", "s", None, answer="paris")
    assert right(answered(item, answered="It is Paris."))
    assert not right(answered(item, answered="It is London."))
    assert not right(answered(item))
