"""What is made ahead: whole clauses of the product's own, just as they are spoken later."""

from daemon.budget import BRIDGE
from daemon.clauses import Clauses
from daemon.honesty import CANNOT
from daemon.intents.responses import Responses
from daemon.standing import standing
from daemon.tools.tool import ToolResult
from daemon.turn import SORRY
from models.ports import ToolCall


def cut(text: str) -> list[str]:
    clauses = Clauses()
    return [*clauses.feed(text), *clauses.finish()]


def test_what_is_said_most_often_is_there_and_first() -> None:
    phrases = standing("en")
    assert phrases[0] == BRIDGE
    assert {CANNOT, "Okay.", "Done.", *cut(SORRY)} <= set(phrases)
    assert {"Timer cancelled.", "Turned on the lights.", "You have no timers."} <= set(phrases)
    assert len(phrases) == len(set(phrases))


def test_they_are_the_clauses_that_a_turn_will_ask_for() -> None:
    several = "Ask me about the house, tell me what to switch, or set a timer."
    assert len(cut(several)) == 2
    assert set(cut(several)) <= set(standing("en"))
    said = Responses("en").worded(
        ToolCall("HassCancelTimer", {}), "default", ToolResult("done", {"slots": {}})
    )
    assert f"{said.rstrip('.')}." in standing("en")


def test_nothing_in_them_is_to_be_filled_in() -> None:
    assert not [phrase for phrase in standing("en") if set(phrase) & set("{}[]<>%")]


def test_they_are_short_enough_to_be_kept() -> None:
    # Some 20 letters are spoken in a second; 190 seconds are kept.
    assert sum(map(len, standing("en"))) / 20 < 150


def test_a_language_without_phrases_of_its_own_has_the_others() -> None:
    assert BRIDGE in standing("de")
    assert "In Ordnung, ich lasse es." in " ".join(standing("de"))
    assert standing("xx")
