import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sensors.events import Reading, Value
from sensors.house import House

NOW = 1_000_000.0


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


def test_a_stranger_inventing_names_cannot_fill_memory() -> None:
    home = House(capacity=2)
    home.apply([reading(f"room{n}/temperature", float(n)) for n in range(10)])
    assert len(home.latest()) == 2
    assert home.overflowed == 8
    assert home.apply([reading("room0/temperature", 30.0, NOW + 1)])


def test_what_an_offline_device_said_is_stale() -> None:
    lamp = reading("lamp/state", "on")
    home = house(lamp, reading("lamp/availability", "offline"))
    assert home.is_stale(lamp, NOW)
    home.apply([reading("lamp/availability", "online")])
    assert not home.is_stale(lamp, NOW)


def test_a_gateway_speaks_for_its_devices() -> None:
    home = house(reading("lamp/state", "on"), reading("lamp/gateway", "online"))
    assert home.is_online("lamp")
    home.apply([reading("lamp/gateway", "offline")])
    assert not home.is_online("lamp")


def test_what_is_known_of_a_device_can_be_forgotten() -> None:
    home = House(capacity=2, now=lambda: NOW)
    home.load([WARM, reading("hall/motion", value=True)])
    assert dict(home.of("bedroom")) == {"temperature": WARM}
    assert home.silence("bedroom") == 200
    assert home.forget("bedroom") == ["bedroom/temperature"]
    assert home.forget("bedroom") == []
    assert (home.reading(WARM.entity), home.silence("bedroom")) == (None, math.inf)
    assert home.apply([WARM]) == [WARM], "there is room again"


@given(st.permutations([replace(WARM, value=float(n), at=NOW + n) for n in range(6)]))
def test_the_newest_reading_survives_any_order(readings: list[Reading]) -> None:
    home = House()
    for one in readings:
        home.apply([one])
    assert home.latest() == [replace(WARM, value=5.0, at=NOW + 5)]


def test_a_clock_that_ran_ahead_does_not_freeze_the_house() -> None:
    home = House(now=lambda: NOW)
    home.apply([replace(WARM, at=NOW + 7_200)])
    truth = replace(WARM, value=18.0, at=NOW)
    assert home.apply([truth]) == [truth]
    assert home.apply([replace(WARM, value=19.0, at=NOW - 60)]) == []
