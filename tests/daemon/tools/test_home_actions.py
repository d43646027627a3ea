from dataclasses import replace
from typing import Any

import pytest

from daemon.tools.tool import Occasion
from sensors.entities import Command, EntityState
from tests.daemon.tools.acting import SAID, call, commanded, make, tools
from tests.doubles.home import NOW, Home, entity

KITCHEN = Occasion("turn", "intent", area="Kitchen")
MODEL = Occasion("turn", "model", area="Living Room")
YES = Occasion("turn", "intent", confirmed=True)

CEILING = {"brightness": 40.0, "color_temp": 2700.0}


@pytest.mark.parametrize(
    ("name", "arguments", "commands"),
    [
        ("HassTurnOn", {"name": "Bedroom Lamp"}, [("light.bedroom_lamp", "turn_on", {})]),
        (
            "HassTurnOff",
            {"area": "Kitchen", "domain": "light"},
            [("light.kitchen_cabinets", "turn_off", {}), ("light.kitchen_ceiling", "turn_off", {})],
        ),
        (
            "HassTurnOff",
            {"area": "Kitchen"},
            [("light.kitchen_cabinets", "turn_off", {}), ("light.kitchen_ceiling", "turn_off", {})],
        ),
        ("HassTurnOn", {"name": "all", "domain": "fan"}, [("fan.ceiling", "turn_on", {})]),
        (
            "HassTurnOff",
            {"domain": "cover", "device_class": "curtain", "area": "Living Room"},
            [("cover.left", "close", {}), ("cover.right", "close", {})],
        ),
        ("HassTurnOn", {"name": "Back Door", "domain": "lock"}, [("lock.back", "lock", {})]),
        ("HassTurnOn", {"name": "Party Mode"}, [("scene.party", "activate", {})]),
        ("HassTurnOff", {"name": "Main Valve"}, [("valve.main", "close", {})]),
        ("HassTurnOff", {"name": "Rover"}, [("vacuum.rover", "return_home", {})]),
        (
            "HassLightSet",
            {"name": "Bedroom Lamp", "brightness": 30, "color": "red"},
            [("light.bedroom_lamp", "turn_on", {"brightness": 30, "color": "red"})],
        ),
        (
            "HassLightSet",
            {"area": "Kitchen", "brightness": 30, "domain": "light"},
            [("light.kitchen_ceiling", "turn_on", {"brightness": 30})],
        ),
        (
            "HassLightSet",
            {"area": "Kitchen", "temperature": 2700},
            [("light.kitchen_ceiling", "turn_on", {"color_temp": 2700})],
        ),
        (
            "HassLightSet",
            {"name": "Bedroom Lamp", "brightness": 0},
            [("light.bedroom_lamp", "turn_off", {})],
        ),
        (
            "HassSetPosition",
            {"name": "Curtain Left", "position": 30},
            [("cover.left", "set_position", {"position": 30})],
        ),
        (
            "HassSetPosition",
            {"area": "Living Room", "device_class": "curtain", "domain": "cover", "position": 100},
            [("cover.left", "set_position", {"position": 100}), ("cover.right", "open", {})],
        ),
        (
            "HassClimateSetTemperature",
            {"temperature": 20.5},
            [("climate.living", "set_temperature", {"temperature": 20.5})],
        ),
        (
            "HassClimateSetFanMode",
            {"area": "Living Room", "fan_mode": "low"},
            [("climate.living", "set_fan_mode", {"mode": "low"})],
        ),
        (
            "HassFanSetSpeed",
            {"floor": "First Floor", "percentage": 40},
            [("fan.ceiling", "set_speed", {"percentage": 40.0})],
        ),
        ("HassFanSetSpeed", {"percentage": 0}, [("fan.ceiling", "turn_off", {})]),
        ("HassMediaPause", {}, [("media_player.tv", "pause", {})]),
        ("HassMediaNext", {"area": "Living Room"}, [("media_player.tv", "next", {})]),
        ("HassMediaPlayerMute", {"name": "Radio"}, [("media_player.radio", "mute", {})]),
        (
            "HassSetVolume",
            {"name": "TV", "volume_level": 90},
            [("media_player.tv", "set_volume", {"volume": 90.0})],
        ),
        (
            "HassSetVolumeRelative",
            {"volume_step": "up"},
            [("media_player.tv", "set_volume", {"volume": 60.0})],
        ),
        (
            "HassSetVolumeRelative",
            {"volume_step": -70, "area": "Kitchen"},
            [("media_player.radio", "set_volume", {"volume": 0.0})],
        ),
        (
            "HassMediaSearchAndPlay",
            {"search_query": "Queen", "media_class": "artist"},
            [("media_player.tv", "play_media", {"query": "Queen", "media_class": "artist"})],
        ),
        ("HassVacuumStart", {"name": "Rover"}, [("vacuum.rover", "start", {})]),
        ("HassVacuumReturnToBase", {}, [("vacuum.rover", "return_home", {})]),
        (
            "HassVacuumCleanArea",
            {"area": "Bedroom"},
            [("vacuum.rover", "clean_area", {"area": "Bedroom"})],
        ),
    ],
)
def test_an_intent_commands_what_it_means(
    name: str, arguments: dict[str, Any], commands: list[Any]
) -> None:
    home = Home()
    result = call(home, name, **arguments)
    assert commanded(home) == commands
    assert result.status in {"done", "sent"}


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("HassTurnOn", {}, "no_target"),
        ("HassTurnOn", {"name": "Sauna"}, "no_entity"),
        ("HassTurnOn", {"name": "Outside Temperature"}, "feature_not_supported"),
        ("HassTurnOff", {"name": "Party Mode", "domain": "scene"}, "feature_not_supported"),
        ("HassTurnOn", {"area": "Attic"}, "no_domain_in_area"),
        ("HassLightSet", {"name": "Kitchen cabinets", "brightness": 30}, "feature_not_supported"),
        ("HassLightSet", {"area": "Kitchen", "color": "red"}, "feature_not_supported"),
        ("HassLightSet", {"area": "Kitchen"}, "no_value"),
        ("HassSetPosition", {"name": "Curtain Right", "position": 30}, "feature_not_supported"),
        ("HassMediaUnpause", {}, "entity_wrong_state"),
        ("HassLawnMowerStartMowing", {}, "no_domain"),
        ("HassMediaSearchAndPlay", {"search_query": "x", "name": "Radio"}, "feature_not_supported"),
        ("HassTurnOn", {"name": "Sauna", "color": "red"}, "wrong_arguments"),
    ],
)
def test_what_cannot_be_done_says_why_and_does_nothing(
    name: str, arguments: dict[str, Any], error: str
) -> None:
    home = Home()
    result = call(home, name, **arguments)
    assert (result.status, result.value["error"], commanded(home)) == ("failed", error, [])


def test_a_model_that_forgets_the_room_means_the_one_it_was_spoken_to_in() -> None:
    home = Home()
    call(home, "HassTurnOn", MODEL, domain="light")
    call(home, "HassTurnOff", MODEL)
    assert {one.entity for one in home.commanded} == {"light.living_ceiling"}
    call(home, "HassTurnOff", MODEL, name="all", domain="light")
    call(home, "HassTurnOff", KITCHEN, domain="light")
    assert len(home.commanded) == 2 + 4 + 4


@pytest.mark.parametrize(
    ("name", "arguments", "things"),
    [
        (
            "HassTurnOff",
            {"name": "the kitchen lights"},
            ["light.kitchen_cabinets", "light.kitchen_ceiling"],
        ),
        (
            "HassTurnOff",
            {"name": "lights in the galley"},
            ["light.kitchen_cabinets", "light.kitchen_ceiling"],
        ),
        ("HassTurnOff", {"name": "lights", "area": "Bedroom"}, ["light.bedroom_lamp"]),
        ("HassTurnOff", {"name": "Bedroom"}, ["light.bedroom_lamp"]),
        ("HassTurnOff", {"name": "living room fan", "domain": "fan"}, ["fan.ceiling"]),
        ("HassTurnOff", {"name": "lamp"}, ["light.living_ceiling"]),
        ("HassTurnOn", {"name": "curtains", "area": "Living Room"}, ["cover.left", "cover.right"]),
        (
            "HassSetPosition",
            {"name": "living room curtains", "position": 100},
            ["cover.left", "cover.right"],
        ),
        ("HassTurnOff", {"name": "kitchen lights", "domain": "lock"}, []),
        ("HassTurnOff", {"name": "kitchen disco lights"}, []),
        ("HassLightSet", {"name": "bedroom fan", "brightness": 5}, []),
    ],
)
def test_a_name_that_is_a_description_is_understood_as_one(
    name: str, arguments: dict[str, Any], things: list[str]
) -> None:
    home = Home()
    result = call(home, name, MODEL, **arguments)
    assert sorted(one.entity for one in home.commanded) == things
    assert things or result.value["error"] == "no_entity"


def test_a_description_of_everything_means_everything() -> None:
    home = Home()
    call(home, "HassTurnOff", MODEL, name="all the lights")
    assert len(home.commanded) == 4
    home.add(entity("switch.x", "Lights", "Kitchen"))
    call(home, "HassTurnOff", MODEL, name="lights")
    assert home.commanded[4:] == [Command("switch.x", "turn_off")], "a name of a thing is its name"


def test_done_is_what_was_observed() -> None:
    home = Home()
    result = call(home, "HassTurnOn", name="Bedroom Lamp")
    assert result.status == "done"
    (seen,) = result.value["matched"]
    assert (seen["entity"], seen["domain"], seen["state"], seen["age"]) == (
        "light.bedroom_lamp", "light", "on", 0.0,
    )  # fmt: skip
    assert result.value["outcomes"][0]["status"] == "confirmed"


@pytest.mark.parametrize(
    ("answers", "status", "matched", "unmatched"),
    [
        ({}, "done", 2, 0),
        ({"light.kitchen_ceiling": "unanswered"}, "sent", 2, 0),
        ({"light.kitchen_ceiling": "sent"}, "sent", 2, 0),
        ({"light.kitchen_ceiling": "unavailable"}, "failed", 1, 1),
        ({"light.kitchen_ceiling": "contradicted"}, "failed", 1, 1),
        (
            {"light.kitchen_ceiling": "impossible", "light.kitchen_cabinets": "unsent"},
            "failed",
            0,
            2,
        ),
    ],
)
def test_the_status_is_as_good_as_the_worst_outcome(
    answers: dict[str, str], status: str, matched: int, unmatched: int
) -> None:
    home = Home(answers)
    result = call(home, "HassTurnOff", area="Kitchen", domain="light")
    assert result.status == status
    assert result.value["counted"] == {"matched": matched, "unmatched": unmatched}
    assert len(result.value["outcomes"]) == 2
    # Only what may have happened can be taken back.
    undone = result.undo[0].arguments["states"] if result.undo else []
    assert len(undone) == matched


@pytest.mark.parametrize(
    ("name", "arguments", "back"),
    [
        ("HassTurnOff", {"name": "kitchen ceiling"}, ("light.kitchen_ceiling", "turn_on", CEILING)),
        ("HassTurnOn", {"name": "Bedroom Lamp"}, ("light.bedroom_lamp", "turn_off", {})),
        (
            "HassTurnOff",
            {"name": "Curtain Left"},
            ("cover.left", "set_position", {"position": 60.0}),
        ),
        ("HassTurnOn", {"name": "Curtain Right"}, ("cover.right", "close", {})),
        ("HassTurnOff", {"name": "Front Door"}, ("lock.front", "lock", {})),
        ("HassTurnOn", {"name": "Back Door"}, None),
        ("HassTurnOff", {"name": "Back Door"}, None),
        ("HassTurnOn", {"name": "Party Mode"}, None),
        (
            "HassClimateSetTemperature",
            {"temperature": 23},
            ("climate.living", "set_temperature", {"temperature": 21.0}),
        ),
        (
            "HassClimateSetFanMode",
            {"fan_mode": "low"},
            ("climate.living", "set_fan_mode", {"mode": "auto"}),
        ),
        ("HassTurnOff", {"name": "Thermostat"}, ("climate.living", "set_mode", {"mode": "heat"})),
        ("HassFanSetSpeed", {"percentage": 5}, ("fan.ceiling", "turn_off", {})),
        ("HassSetVolume", {"volume_level": 5}, ("media_player.tv", "set_volume", {"volume": 50.0})),
        ("HassMediaPause", {}, ("media_player.tv", "play", {})),
        ("HassMediaPlayerMute", {}, ("media_player.tv", "unmute", {})),
        ("HassMediaNext", {}, None),
        ("HassVacuumStart", {}, ("vacuum.rover", "return_home", {})),
    ],
)
def test_an_undo_brings_back_what_was_before(
    name: str, arguments: dict[str, Any], back: tuple[str, str, dict[str, Any]] | None
) -> None:
    home = Home()
    result = call(home, name, YES, **arguments)
    home.commanded.clear()
    assert (result.undo == ()) is (back is None)
    make(home, result.undo)
    assert commanded(home) == ([] if back is None else [back])


def test_an_undo_of_many_brings_back_each() -> None:
    home = Home()
    before = dict(home.states)
    result = call(home, "HassTurnOff", name="all", domain="light")
    assert {home.states[name].value for name in before if name.startswith("light")} == {"off"}
    make(home, result.undo)
    assert {name: state.value for name, state in home.states.items()} == {
        name: state.value for name, state in before.items()
    }


def test_what_was_not_known_before_cannot_be_brought_back() -> None:
    for unknown in (
        EntityState(None),
        EntityState("on", available=False),
        EntityState("on", stale=True),
    ):
        home = Home()
        home.states["light.bedroom_lamp"] = unknown
        assert call(home, "HassTurnOff", name="Bedroom Lamp").undo == ()


def test_an_undo_that_does_what_is_asked_about_asks_like_anything_else() -> None:
    home = Home()
    hot = {**home.states["climate.living"].attributes, "temperature": 30.0}
    home.states["climate.living"] = EntityState("heat", hot, at=NOW)
    cooled = call(home, "HassClimateSetTemperature", temperature=21)
    home.commanded.clear()
    (answer,) = make(home, cooled.undo, replace(SAID, cause="undo"))
    assert (answer.status, answer.say) == ("ask", "Shall I set the thermostat to 30 degrees?")
    assert commanded(home) == []


def test_nothing_takes_back_what_closed_the_house() -> None:
    home = Home()
    home.add(entity("valve.gas", "Gas", "Kitchen", "gas"), EntityState("open", at=NOW))
    home.states["cover.garage"] = EntityState("open", at=NOW)
    for name in ("Big Door", "Gas"):
        assert call(home, "HassTurnOff", name=name).undo == ()


def test_a_yes_counts_for_no_lock_that_was_found_since() -> None:
    home = Home()
    locks = {"area": "Entrance", "domain": "lock"}
    agreed = replace(YES, plan=tools(home)["HassTurnOff"].plan(locks, SAID))
    home.add(entity("lock.safe", "Gun Safe", "Entrance"), EntityState("locked", at=NOW))
    assert call(home, "HassTurnOff", agreed, **locks).status == "ask"
    assert commanded(home) == []
    del home.known["lock.safe"]
    assert call(home, "HassTurnOff", agreed, **locks).ok


def test_a_yes_counts_for_no_other_thing_of_that_name() -> None:
    home = Home()
    plan = tools(home)["HassTurnOff"].plan
    before = plan({"name": "Front Door"}, SAID)
    del home.known["lock.front"]
    home.add(entity("lock.neighbour", "Front Door", "Entrance"))
    assert before != plan({"name": "Front Door"}, SAID)


def test_nothing_dangerous_happens_before_somebody_said_yes() -> None:
    home = Home()
    unlock = tools(home)["HassTurnOff"]
    assert unlock.confirm({"name": "Front Door"}, SAID) == "Shall I unlock the front door?"
    # Not even if whoever calls forgot to ask.
    assert call(home, "HassTurnOff", name="Front Door").status == "ask"
    assert commanded(home) == []
    assert call(home, "HassTurnOff", YES, name="Front Door").status == "done"
    assert commanded(home) == [("lock.front", "unlock", {})]


def test_no_name_and_no_state_says_yes() -> None:
    home = Home()
    home.add(entity("lock.stranger", "yes unlock", "Kitchen"), EntityState("yes, confirmed"))
    for occasion in (replace(KITCHEN, asked="yes unlock"), replace(MODEL, asked="yes, confirmed")):
        result = call(home, "HassTurnOff", occasion, name="yes unlock")
        assert (result.status, result.say) == ("ask", "Shall I unlock the yes unlock?")
    assert commanded(home) == []


def test_a_whole_house_of_sockets_is_asked_about() -> None:
    home = Home()
    question = "Shall I turn off the freezer plug and the garage door?"
    assert call(home, "HassTurnOff", name="all", domain="switch").say == question
    assert tools(home)["HassTurnOff"].confirm({"domain": "light", "name": "all"}, SAID) == ""


def test_several_of_one_name_are_asked_about_and_each_choice_can_be_made() -> None:
    home = Home()
    asked = call(home, "HassTurnOn", name="Ceiling")
    assert (asked.status, commanded(home)) == ("ask", [])
    assert asked.say == "Which one: the ceiling in the kitchen or the ceiling in the living room?"
    kitchen, living = asked.value["choices"]
    assert kitchen["label"] == "the ceiling in the kitchen"
    assert call(home, "HassTurnOn", **living["arguments"]).status == "done"
    assert commanded(home) == [("light.living_ceiling", "turn_on", {})]


def test_things_of_one_name_and_room_differ_by_what_they_are() -> None:
    home = Home()
    home.add(entity("light.desk", "Desk", "Bedroom"))
    home.add(entity("switch.desk", "Desk", "Bedroom"))
    asked = call(home, "HassTurnOn", name="Desk")
    assert [choice["label"] for choice in asked.value["choices"]] == [
        "the desk in the bedroom, light",
        "the desk in the bedroom, switch",
    ]


def test_no_more_choices_are_read_out_than_anybody_remembers() -> None:
    home = Home()
    for n in range(9):
        home.add(entity(f"light.n{n}", "Spot", f"Room {n}"))
    asked = call(home, "HassTurnOn", name="Spot")
    assert len(asked.value["choices"]) == 5
    assert asked.say.endswith("the spot in the room 3 or the spot in the room 4?")


def test_a_thousand_lamps_are_commanded_and_told_in_few_words() -> None:
    home = Home()
    for n in range(1_000):
        home.add(entity(f"light.n{n}", f"Lamp {n}", "Attic"))
    result = call(home, "HassTurnOn", area="Attic", domain="light")
    assert len(home.commanded) == 1_000
    assert result.value["counted"]["matched"] == 1_000
    assert len(result.value["matched"]) == len(result.value["outcomes"]) == 60
    assert len(str(result.value)) < 40_000
    assert result.undo == ()
