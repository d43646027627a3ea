from functools import cache
from typing import Any, Literal

import pytest

from daemon.intents.responses import Responses
from daemon.tools.tool import ToolResult
from models.ports import ToolCall


@cache
def responses(language: str = "en") -> Responses:
    return Responses(language)


def thing(name: str, state: str, domain: str = "light", **more: Any) -> dict[str, Any]:
    return {"entity": f"{domain}.x", "name": name, "domain": domain, "state": state, **more}


def said(
    name: str,
    slots: dict[str, Any],
    response: str = "default",
    status: Literal["done", "sent", "ask", "failed"] = "done",
    **value: Any,
) -> str:
    return responses().worded(ToolCall(name, slots), response, ToolResult(status, value))


def outcomes(*told: tuple[str, str]) -> list[dict[str, str]]:
    return [{"entity": name, "name": name, "status": status, "why": ""} for name, status in told]


def test_the_package_has_the_words() -> None:
    lamp = thing("Kitchen Lamp", "on")
    assert said("HassTurnOn", {"name": "Kitchen Lamp"}, matched=[lamp]) == "Turned on the light"
    assert said("HassStartTimer", {"minutes": 1}) == "Timer set for 1 minute"
    assert said("HassStartTimer", {"hours": 2, "minutes": 30}) == (
        "Timer set for 2 hours and 30 minutes"
    )
    now = ToolResult("done", {"slots": {"time": {"hour": 15, "minute": 4}}})
    assert responses().worded(ToolCall("HassGetCurrentTime", {}), "default", now) == "3:04 PM"
    assert said("HassNevermind", {}) == ""


def test_states_are_said_as_people_say_them() -> None:
    phone = thing("Phone", "on", "binary_sensor", device_class="battery")
    slots = {"name": "Phone", "domain": "binary_sensor", "device_class": "battery", "state": "off"}
    assert said("HassGetState", slots, "one_yesno", unmatched=[phone]) == "No, low"
    assert said("HassGetState", slots, "all", unmatched=[phone]) == "No, Phone is not normal"
    outside = thing("Outside", "42", "sensor", unit="°F")
    assert said("HassGetState", {"name": "Outside"}, "one", matched=[outside]) == "Outside is 42 °F"
    away = thing("Ada", "not_home", "person")
    assert said("HassGetState", {"name": "Ada"}, "where", matched=[away]) == "Ada is away"
    work = thing("Ada", "Work", "person")
    assert said("HassGetState", {"name": "Ada"}, "where", matched=[work]) == "Ada is at Work"


def test_whole_numbers_have_no_fraction() -> None:
    warm = thing("EcoBee", "heat", "climate", attributes={"current_temperature": 21.0})
    assert said("HassClimateGetTemperature", {}, matched=[warm]) == "21 degrees"


@pytest.mark.parametrize(
    ("response", "state", "answer"),
    [
        ("cover", "opening", "Opening the garage door."),
        ("cover", "open", "Opened the garage door."),
        ("lock", "locked", "Locked the garage door."),
    ],
)
def test_what_moves_is_where_it_was_seen(response: str, state: str, answer: str) -> None:
    door = thing("Garage Door", state, response)
    assert said("HassTurnOn", {"name": "Garage Door"}, response, matched=[door]) == answer


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ([("Hall Lamp", "unanswered")], "I have sent it, but the hall lamp has not answered."),
        (
            [("Hall Lamp", "unanswered"), ("TV", "unanswered")],
            "I have sent it, but the hall lamp and the TV have not answered.",
        ),
        (
            [
                ("a", "confirmed"),
                ("b", "confirmed"),
                ("c", "confirmed"),
                ("Hall Lamp", "unanswered"),
            ],
            "3 of 4 answered; the hall lamp has not.",
        ),
        ([("Movie Night", "sent")], "I have sent it."),
    ],
)
def test_silence_is_told(told: list[tuple[str, str]], answer: str) -> None:
    assert said("HassTurnOn", {}, status="sent", outcomes=outcomes(*told)) == answer


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("unavailable", "I can't reach the hall lamp right now."),
        ("contradicted", "I have sent it, but the hall lamp is still off."),
        ("impossible", "The hall lamp can't do that."),
        ("refused", "That did not work for the hall lamp."),
    ],
)
def test_failures_are_told(status: str, answer: str) -> None:
    told = outcomes(("TV", "confirmed"), ("Hall Lamp", status))
    lamp = thing("Hall Lamp", "off")
    assert said("HassTurnOn", {}, status="failed", outcomes=told, unmatched=[lamp]) == answer


def test_what_is_not_there_is_told_in_the_package_s_words() -> None:
    assert said("HassTurnOn", {}, status="failed", error="no_area", area="Cellar") == (
        "Sorry, I am not aware of any area called Cellar"
    )
    assert said("HassTurnOn", {}, status="failed", error="never heard of") == "That did not work."
    assert said("HassTurnOn", {}, status="failed") == "That did not work."


def test_what_nobody_heard_of_is_not_told_as_a_state() -> None:
    silent = thing("Attic", "", "sensor", known=False)
    answer = said("HassGetState", {"name": "Attic"}, "one", matched=[silent])
    assert answer == "I have not heard from the attic yet."


def test_old_states_are_told_as_old() -> None:
    lamp = thing("Kitchen Lamp", "on")
    answer = said(
        "HassGetState", {"state": "on"}, "one_yesno", matched=[lamp], uncertain=["light.x"]
    )
    assert answer == "As far as I last heard: Yes"


def test_questions_name_what_would_be_done() -> None:
    door = thing("Front Door", "locked", "lock")
    assert said("HassTurnOff", {}, status="ask", matched=[door]) == "Shall I unlock the front door?"
    warm = {"name": "EcoBee", "temperature": 30}
    assert said("HassClimateSetTemperature", warm, status="ask") == (
        "Shall I set the EcoBee to 30 degrees?"
    )
    assert said("HassBroadcast", {}, status="ask") == "Shall I really do that?"


def test_there_is_always_something_to_say() -> None:
    assert said("AuricleUndo", {}) == "Done."
    assert said("HassTurnOn", {"name": "x"}, matched=[thing("x", "on", "odd_domain")]) == "Done."
    assert said("HassClimateGetTemperature", {}) == "Done."


def test_names_are_no_templates() -> None:
    name = "{{ 7 * 7 }} {x}"
    lamp = thing(name, "on")
    answer = said("HassGetState", {"state": "on"}, "any", matched=[lamp])
    assert answer == f"Yes, {name}"
    told = outcomes((name, "unanswered"))
    assert name in said("HassTurnOn", {}, status="sent", outcomes=told)


def test_other_languages_fall_back_to_english() -> None:
    lamp = ToolResult("done", {"matched": [thing("Lampe", "on")]})
    german = responses("de").worded(ToolCall("HassTurnOn", {"domain": "light"}), "light", lamp)
    assert german
    assert german != "Done."
    unknown = responses("tlh").worded(ToolCall("HassTurnOn", {"name": "Lampe"}), "default", lamp)
    assert unknown == "Turned on the light"
    sent = ToolResult("sent", {"outcomes": outcomes(("Lampe", "unanswered"))})
    assert responses("de").worded(ToolCall("HassTurnOn", {}), "light", sent) == (
        "I have sent it, but the lampe has not answered."
    )


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("HassLightSet", {"brightness": 40}, "Brightness set"),
        ("HassLightSet", {"color": "red"}, "Color set"),
        ("HassListAddItem", {"item": "milk"}, "Added milk"),
    ],
)
def test_a_call_that_no_sentence_led_to_has_a_response_too(
    name: str, arguments: dict[str, object], said: str
) -> None:
    assert Responses().worded(ToolCall(name, arguments), "default", ToolResult("done")) == said
