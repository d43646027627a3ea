from collections.abc import Sequence
from string import ascii_lowercase

import pytest

from sensors import domains
from sensors.asking import Candidate, Mention, relevant
from sensors.events import Reading
from tests.sensors.test_house import reading


def asked(question: str, readings: Sequence[Reading]) -> list[str]:
    """Keys of the readings that a question is about, when only their names and quantities tell."""
    candidates = [
        Candidate(r.entity, (r.name,), r.quantity, asked_by=domains.words("", "", r.quantity))
        for r in readings
    ]
    return [one.key for one in relevant(question, candidates)]


HOME = [
    reading("bedroom/temperature", 20.0),
    reading("bedroom/humidity", 50.0),
    reading("bedroom_window/contact", True),
    reading("coffee_machine/state", "off"),
    reading("dryer/state", "off"),
    reading("hall_motion_sensor/occupancy", False),
    reading("kitchen/temperature", 22.0),
    reading("kitchen_floor_light/state", "on"),
    reading("kitchen_window/contact", False),
    reading("living_room/temperature", 22.0),
    reading("living_room/co2", 700.0),
    reading("washing_machine/power", 3.0),
    reading("washing_machine/state", "finished"),
]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how warm is the bedroom", ["bedroom/temperature"]),
        ("is it cold in the bed room?", ["bedroom/temperature"]),
        ("What's the bedroom's humidity?", ["bedroom/humidity"]),
        ("bedroom or kitchen, what is warmer", ["bedroom/temperature", "kitchen/temperature"]),
        ("how hot is the livingroom", ["living_room/temperature"]),
        ("is the air in the living room stuffy", ["living_room/co2"]),
        ("which windows are open", ["bedroom_window/contact", "kitchen_window/contact"]),
        ("is the kitchen window closed", ["kitchen_window/contact"]),
        ("is the light on in the kitchen", ["kitchen_floor_light/state"]),
        ("did the washing machine finish", ["washing_machine/power", "washing_machine/state"]),
        ("how much electricity does the washing machine draw", ["washing_machine/power"]),
        ("is the washing machine or the dryer running", ["dryer/state", "washing_machine/state"]),
        ("is there anyone in the hall", ["hall_motion_sensor/occupancy"]),
        ("how warm is it", [f"{r}/temperature" for r in ("bedroom", "kitchen", "living_room")]),
        ("what is in this room", []),
        ("set a timer for ten minutes", []),
        ("", []),
    ],
)  # fmt: skip
def test_questions(question: str, expected: list[str]) -> None:
    assert asked(question, HOME) == expected


DOOR = [
    reading("bedroom/temperature", 20.0),
    reading("front_door/battery", 80.0),
    reading("front_door/contact", True),
    reading("front_door_lock/battery", 80.0),
    reading("front_door_lock/state", "locked"),
    reading("front_window/contact", True),
    reading("garage_door_lock/state", "locked"),
]
BOTH = ["front_door_lock/state", "front_door/contact"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("is the front door locked?", BOTH),
        ("Is the front door unlocked", BOTH),
        ("is the front door lock on", BOTH),
        ("is the front door closed and locked", BOTH),
        ("is the front door closed", ["front_door/contact"]),
        ("is everything locked", ["front_door_lock/state", "garage_door_lock/state"]),
        ("is the garage door locked", ["garage_door_lock/state"]),
    ],
)
def test_a_lock_and_its_door(question: str, expected: list[str]) -> None:
    assert asked(question, DOOR) == expected


def test_a_lock_may_be_a_property_of_its_door() -> None:
    door = [reading("front_door/contact", True), reading("front_door/lock", "locked")]
    assert asked("is the front door locked", door) == ["front_door/lock", "front_door/contact"]


@pytest.mark.parametrize("word", ["warmer", "colder", "hottest", "cooler", "warmest", "coldest"])
def test_a_comparison_is_about_all_of_them(word: str) -> None:
    rooms = [reading(f"{room}/temperature", 20.0) for room in ("attic", "bedroom", "zone_one")]
    found = asked(f"Which one is {word}?", [*rooms, reading("attic/co2", 1.0)])
    assert found == [room.entity for room in rooms]


def test_a_house_full_of_invented_names_does_not_cost_a_comparison_of_each_with_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = 0
    is_closer = Mention.is_closer

    def counting(self: Mention, other: Mention) -> bool:
        nonlocal compared
        compared += 1
        return is_closer(self, other)

    monkeypatch.setattr(Mention, "is_closer", counting)
    names = [f"kitchen_q{a}{b}" for a in ascii_lowercase for b in ascii_lowercase]
    many = [reading(f"{name}/temperature", 20.0) for name in names]
    assert len(asked("how warm is the kitchen", many)) == len(names)
    assert compared < 10 * len(names)
