import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sensors.events import Reading, Value
from sensors.house import House

NOW = 1_000_000.0


def _lines(home: House, question: str, now: float, limit: int = 8) -> list[str]:
    return [line for _, line in home.about(question, now, limit)]


def reading(
    entity: str, value: Value, at: float = NOW, unit: str = "", quantity: str = ""
) -> Reading:
    device, _, prop = entity.rpartition("/")
    name, topic = device.replace("_", " "), f"home/{device}/sensor"
    return Reading(entity, name, quantity or prop.replace("_", " "), value, unit, at, topic)


WARM = reading("bedroom/temperature", 21.5, NOW - 200, "°C")


def house(*readings: Reading) -> House:
    made = House()
    made.load(readings)
    return made


def test_newer_wins_in_any_order() -> None:
    older = replace(WARM, value=19.0, at=WARM.at - 1)
    home = house(WARM)
    assert home.apply([older]) == []
    assert home.latest() == [WARM]
    newer = replace(WARM, value=22.0, at=WARM.at + 1)
    assert home.apply([older, newer]) == [newer]
    assert home.latest() == [newer]


def test_a_retained_repetition_does_not_make_a_reading_young() -> None:
    home = house(WARM)
    assert home.apply([replace(WARM, at=NOW, late=True)]) == []
    assert home.latest() == [WARM]
    differs = replace(WARM, value=15.0, at=NOW, late=True)
    assert home.apply([differs]) == [differs]
    assert _lines(home, "how warm is the bedroom", NOW + 60) == [
        "bedroom temperature: 15 °C (last known, time unknown)"
    ]


def test_a_stranger_inventing_names_cannot_fill_memory() -> None:
    home = House(capacity=2)
    home.apply([reading(f"room{n}/temperature", float(n)) for n in range(10)])
    assert len(home.latest()) == 2
    assert home.overflowed == 8
    assert home.apply([reading("room0/temperature", 30.0, NOW + 1)])


def test_describes_what_was_asked() -> None:
    home = house(
        WARM,
        reading("bedroom/humidity", 40.0, NOW - 20, "%"),
        reading("kitchen/temperature", 23.0, NOW - 7_300, "°C"),
        reading("front_door/contact", True, NOW - 90_000),
        reading("washing_machine/state", "running", NOW - 60),
    )
    assert _lines(home, "How warm is the bedroom?", NOW) == [
        "bedroom temperature: 21.5 °C (3 minutes ago)"
    ]
    assert _lines(home, "Tell me about the bedroom", NOW) == [
        "bedroom humidity: 40 % (just now)",
        "bedroom temperature: 21.5 °C (3 minutes ago)",
    ]
    assert _lines(home, "what are the temperatures", NOW) == [
        "bedroom temperature: 21.5 °C (3 minutes ago)",
        "kitchen temperature: 23 °C (2 hours ago, may have changed since)",
    ]
    assert _lines(home, "what are the temperatures", NOW, limit=1) == [
        "bedroom temperature: 21.5 °C (3 minutes ago)"
    ]
    assert _lines(home, "Is the front door closed?", NOW) == ["front door: closed (1 day ago)"]
    assert _lines(home, "is the washing machine finished", NOW) == [
        "washing machine: running (1 minute ago)"
    ]
    assert _lines(home, "Who wrote Hamlet?", NOW) == []
    assert _lines(House(), "How warm is it?", NOW) == []


def test_a_door_that_is_closed_is_not_therefore_locked() -> None:
    home = house(
        reading("front_door/contact", True, NOW - 90),
        reading("front_door_lock/lock", False),
    )
    assert _lines(home, "is the front door locked?", NOW) == [
        "front door lock: unlocked (just now)",
        "front door: closed (1 minute ago)",
    ]


def test_a_comparison_of_everything_is_bounded() -> None:
    home = house(*(reading(f"room_{n}/temperature", float(n)) for n in range(20)))
    assert len(_lines(home, "which one is warmer?", NOW)) == 8


def test_what_an_offline_device_said_is_stale() -> None:
    home = house(reading("lamp/state", "on"), reading("lamp/availability", "offline"))
    assert _lines(home, "is the lamp on", NOW) == [
        "lamp availability: offline (just now)",
        "lamp: on (just now, may have changed since)",
    ]


def test_a_gateway_speaks_for_its_devices_and_is_no_property_of_theirs() -> None:
    home = house(reading("lamp/state", "on"), reading("lamp/gateway", "online"))
    assert home.is_online("lamp")
    assert _lines(home, "is the lamp on", NOW) == ["lamp: on (just now)"]
    home.apply([reading("lamp/gateway", "offline")])
    assert not home.is_online("lamp")
    assert _lines(home, "is the lamp on", NOW) == ["lamp: on (just now, may have changed since)"]


def test_what_is_known_of_a_device_can_be_forgotten() -> None:
    home = House(capacity=2, now=lambda: NOW)
    home.load([WARM, reading("hall/motion", value=True)])
    assert dict(home.of("bedroom")) == {"temperature": WARM}
    assert home.silence("bedroom") == 200
    assert home.forget("bedroom") == ["bedroom/temperature"]
    assert home.forget("bedroom") == []
    assert (home.reading(WARM.entity), home.silence("bedroom")) == (None, math.inf)
    assert home.apply([WARM]) == [WARM], "there is room again"


def test_names_are_readable() -> None:
    home = house(WARM, reading("bedroom/humidity", 40.0), reading("0x00158d00/battery", 90.0))
    assert home.names() == ["bedroom"]


@given(st.permutations([replace(WARM, value=float(n), at=NOW + n) for n in range(6)]))
def test_the_newest_reading_survives_any_order(readings: list[Reading]) -> None:
    home = House()
    for one in readings:
        home.apply([one])
    assert home.latest() == [replace(WARM, value=5.0, at=NOW + 5)]


@given(st.text(max_size=60))
def test_any_question_can_be_asked(question: str) -> None:
    for line in _lines(house(WARM, reading("x/state", "on")), question, NOW):
        assert "\n" not in line


def test_a_clock_that_ran_ahead_does_not_freeze_the_house() -> None:
    home = House(now=lambda: NOW)
    home.apply([replace(WARM, at=NOW + 7_200)])
    truth = replace(WARM, value=18.0, at=NOW)
    assert home.apply([truth]) == [truth]
    assert home.apply([replace(WARM, value=19.0, at=NOW - 60)]) == []
