from collections.abc import Mapping

import pytest

from daemon.tools.states import shows, word
from sensors.entities import Command, EntityState
from sensors.events import Value
from tests.daemon.tools.acting import tools
from tests.doubles.home import NOW, STATES, Home


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "on"), (False, "off"), (21.0, "21"), (21.5, "21.5"), ("Heat", "Heat"), (None, "")],
)
def test_a_state_is_written_as_home_assistant_does(value: Value | None, text: str) -> None:
    assert word(value) == text


@pytest.mark.parametrize(
    ("thing", "service", "arguments", "state", "seen"),
    [
        ("lock.front", "lock", {}, EntityState("locked"), True),
        ("lock.front", "unlock", {}, EntityState("locked"), False),
        ("lock.front", "lock", {}, EntityState("locked", late=True), None),
        ("lock.front", "lock", {}, EntityState("locked", available=False), None),
        ("lock.front", "lock", {}, EntityState(None), None),
        ("lock.front", "lock", {}, EntityState("locking"), None),
        ("scene.party", "activate", {}, EntityState("on"), None),
        ("light.bedroom_lamp", "turn_on", {"brightness": 30}, EntityState("on"), None),
        (
            "light.bedroom_lamp",
            "turn_on",
            {"brightness": 30},
            EntityState("on", {"brightness": 30.0}),
            True,
        ),
        (
            "light.bedroom_lamp",
            "turn_on",
            {"brightness": 30},
            EntityState("on", {"brightness": 80.0}),
            False,
        ),
        ("cover.left", "close", {}, EntityState("closed"), True),
        ("cover.left", "close", {}, EntityState("open", {"position": 0.0}), True),
        ("cover.left", "close", {}, EntityState("open"), False),
    ],
)
def test_an_effect_is_seen_or_not_or_nobody_can_tell(
    thing: str,
    service: str,
    arguments: Mapping[str, Value],
    state: EntityState,
    seen: bool | None,
) -> None:
    assert shows(STATES[thing][0], Command(thing, service, arguments), state) is seen


def test_a_tool_can_tell_what_a_crash_cut_short() -> None:
    home = Home()
    happened = tools(home)["HassTurnOff"].happened
    kitchen = {"area": "Kitchen", "domain": "light"}
    assert happened(kitchen) is False
    for name in ("light.kitchen_ceiling", "light.kitchen_cabinets"):
        home.states[name] = EntityState("off", at=NOW)
    assert happened(kitchen) is True
    home.states["light.kitchen_ceiling"] = EntityState(None)
    assert happened(kitchen) is None
    assert happened({"name": "Ceiling"}) is None
    assert tools(home)["HassMediaNext"].happened({}) is None
    assert not tools(home)["HassMediaNext"].idempotent
    assert tools(home)["HassTurnOff"].idempotent
