import pytest

from sensors.entities import Command, Entity
from sensors.events import Value
from sensors.expectation import expected


def verdict(
    domain: str,
    service: str,
    said: Value,
    attribute: str = "",
    before: Value | None = None,
    **arguments: Value,
) -> str:
    entity = Entity(f"{domain}.x", "x", domain)
    wanted = expected(entity, Command(entity.id, service, arguments))
    return wanted[attribute].verdict(said, before)


@pytest.mark.parametrize(
    ("domain", "service", "said", "verdict_"),
    [
        ("light", "turn_on", "on", "met"),
        ("light", "turn_off", "on", "contrary"),
        ("switch", "turn_on", True, "met"),
        ("climate", "turn_on", "heat", "met"),
        ("climate", "turn_on", "off", "contrary"),
        ("media_player", "turn_on", "idle", "met"),
        ("media_player", "turn_off", "standby", "met"),
        ("media_player", "play", "buffering", "coming"),
        ("media_player", "pause", "playing", "contrary"),
        ("cover", "open", "opening", "coming"),
        ("cover", "open", "closing", "contrary"),
        ("cover", "stop", "open", "met"),
        ("cover", "stop", "closing", "contrary"),
        ("valve", "close", "closed", "met"),
        ("lock", "lock", "locking", "pending"),
        ("lock", "unlock", "jammed", "contrary"),
        ("vacuum", "return_home", "returning", "coming"),
        ("lawn_mower", "start", "mowing", "met"),
    ],
)
def test_words(domain: str, service: str, said: str, verdict_: str) -> None:
    assert verdict(domain, service, said) == verdict_


def test_numbers_have_tolerances() -> None:
    assert verdict("light", "turn_on", 48.0, "brightness", brightness=50.0) == "met"
    assert verdict("light", "turn_on", 47.0, "brightness", brightness=50.0) == "contrary"
    assert verdict("light", "turn_on", 2703.0, "color_temp", color_temp=2700.0) == "met"
    assert verdict("fan", "set_speed", 66.0, "percentage", percentage=50.0) == "met"
    assert verdict("climate", "set_temperature", 21.3, "temperature", temperature=21.0) == "met"
    assert verdict("media_player", "set_volume", 33.0, "volume", volume=30.0) == "contrary"
    assert verdict("number", "set_value", 7.0, value=7.0) == "met"
    assert verdict("number", "set_value", "seven", value=7.0) == "contrary"


def test_a_position_between_is_on_its_way() -> None:
    assert verdict("cover", "set_position", 40.0, "position", 80.0, position=30.0) == "coming"
    assert verdict("cover", "set_position", 90.0, "position", 80.0, position=30.0) == "contrary"
    assert verdict("cover", "set_position", 40.0, "position", None, position=30.0) == "contrary"
    assert verdict("cover", "set_position", "open", position=30.0) == "pending"
    assert verdict("cover", "set_position", "opening", position=30.0) == "coming"


def test_words_are_compared_as_people_write_them() -> None:
    assert verdict("climate", "set_mode", "heat cool", mode="heat_cool") == "met"
    assert verdict("climate", "set_fan_mode", "High", "fan_mode", mode="high") == "met"
    assert verdict("select", "select", "Eco", option="eco") == "met"


def test_colours_are_near_enough() -> None:
    assert verdict("light", "turn_on", "#ff0a05", "color", color="red") == "met"
    assert verdict("light", "turn_on", "blue", "color", color="red") == "contrary"
    assert verdict("light", "turn_on", "candle", "color", color="red") == "contrary"


def test_nothing_bright_is_dark() -> None:
    assert verdict("light", "turn_on", "off", brightness=0.0) == "met"
    assert verdict("fan", "set_speed", "off", percentage=0.0) == "met"


@pytest.mark.parametrize(
    ("domain", "service"),
    [("scene", "activate"), ("button", "activate"), ("media_player", "next"), ("light", "dance")],
)
def test_what_leaves_no_trace_expects_nothing(domain: str, service: str) -> None:
    assert expected(Entity("x.x", "x", domain), Command("x.x", service)) == {}
