import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from home_assistant_intents import get_intents
from jsonschema import Draft202012Validator

from daemon.tools.home import home_tools
from daemon.tools.tool import Tool
from tests.daemon.tools.acting import NO_LISTS, call, ran, tools
from tests.doubles.home import NOW, Home

PACKAGE: dict[str, Any] = get_intents("en") or {}

INTENTS = sorted(
    name for name in PACKAGE["intents"] if not name.endswith(("Timer", "Timers", "TimerStatus"))
)

OFFERED = {
    "HassTurnOn", "HassTurnOff", "HassLightSet", "HassSetPosition", "HassClimateSetTemperature",
    "HassMediaPause", "HassMediaUnpause", "HassMediaNext", "HassMediaPrevious",
    "HassMediaPlayerMute", "HassMediaPlayerUnmute", "HassSetVolume", "HassSetVolumeRelative",
    "HassMediaSearchAndPlay", "HassVacuumStart", "HassVacuumReturnToBase", "HassGetState",
    "HassGetWeather", "HassGetCurrentTime", "HassGetCurrentDate", "HassListAddItem",
    "HassListRemoveItem", "AuricleReadList", "AuricleMakeList",
}  # fmt: skip


async def unheard(message: str) -> None:
    raise AssertionError(message)


@cache
def everything() -> dict[str, Tool]:
    home = Home()
    made = home_tools(home, home, NO_LISTS, lambda: NOW, say=unheard)
    assert len({tool.name for tool in made}) == len(made)
    return {tool.name: tool for tool in made}


def slots(template: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Names of the slots that a sentence template fills, also by the rules that it refers to."""
    yield from (name or value for value, name in re.findall(r"\{(\w+)(?::(\w+))?\}", template))
    for rule in set(re.findall(r"<(\w+)>", template)) - seen:
        yield from slots(PACKAGE["expansion_rules"].get(rule, ""), seen | {rule})


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_has_a_tool_that_takes_its_slots(intent: str) -> None:
    properties = everything()[intent].schema["properties"]
    for group in PACKAGE["intents"][intent]["data"]:
        fixed = set(group.get("slots", ()))
        context = {"area"} if "area" in group.get("requires_context", ()) else set[str]()
        for sentence in group["sentences"]:
            assert fixed | context | set(slots(sentence)) <= properties.keys(), sentence


@pytest.mark.parametrize(
    "intent", ["HassTurnOn", "HassTurnOff", "HassSetPosition", "HassLightSet", "HassGetState"]
)
def test_the_domains_of_the_sentences_are_those_of_the_tool(intent: str) -> None:
    allowed = everything()[intent].schema["properties"]["domain"]["enum"]
    for group in PACKAGE["intents"][intent]["data"]:
        context = group.get("requires_context", {}).get("domain", [])
        named = {group.get("slots", {}).get("domain", "")}
        named |= {context} if isinstance(context, str) else set(context)
        assert named <= set(allowed)


def test_a_model_is_offered_what_it_is_measured_with_in_short_words() -> None:
    made = everything().values()
    assert {tool.name for tool in made if tool.offered} == OFFERED
    for tool in made:
        Draft202012Validator.check_schema(tool.schema)
        assert 0 < len(tool.description) < 130, tool.name


def test_what_only_reads_is_marked() -> None:
    assert {tool.name for tool in everything().values() if tool.effect == "read"} == {
        "HassGetState", "HassGetWeather", "HassGetCurrentTime", "HassGetCurrentDate",
        "HassClimateGetTemperature", "HassNevermind", "HassRespond", "AuricleReadList",
    }  # fmt: skip


def test_an_announcement_is_made_where_something_can_make_it() -> None:
    heard: list[str] = []

    async def say(message: str) -> None:
        heard.append(message)

    home = Home()
    made = {tool.name: tool for tool in home_tools(home, home, NO_LISTS, lambda: NOW, say=say)}
    result = ran(made["HassBroadcast"], message="Dinner is ready")
    assert (result.status, heard) == ("done", ["Dinner is ready"])
    assert "HassBroadcast" not in tools(home)


@pytest.mark.parametrize("name", ["HassNevermind", "HassRespond"])
def test_small_talk_does_nothing(name: str) -> None:
    home = Home()
    assert call(home, name).ok
    assert home.commanded == []
