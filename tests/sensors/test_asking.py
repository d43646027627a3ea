import pytest

from sensors.asking import relevant
from tests.sensors.test_house import reading

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
    assert [r.entity for r in relevant(question, HOME)] == expected
