"""What a language model, and the ear, are told of a house."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.areas import Area, Floor
from sensors.entities import Discovery, Entity
from sensors.events import Reading, Value
from sensors.house import House
from sensors.naming import NAMES
from sensors.owner import Correction, Owner
from sensors.registry import Registry
from sensors.telling import Telling
from tests.sensors.test_house import NOW, WARM, reading


class Silent:
    """A driver of something that is announced and neither read nor commanded here."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.topics: Sequence[str] = (f"state/{entity.id}",)
        self.tells = True


class Home:
    """A house of announced things and plain readings, and what is told of it."""

    def __init__(self, *readings: Reading, owner: Owner | None = None) -> None:
        self.house = House(now=lambda: NOW)
        self.registry = Registry(self.house, owner)
        self.telling = Telling(self.house, self.registry)
        self.house.apply(self.registry.observe(readings))

    def has(
        self,
        entity_id: str,
        name: str,
        state: Value | None,
        area: str = "",
        *,
        kind: str = "",
        quantity: str = "state",
        attributes: Mapping[str, tuple[Value, str, str]] | None = None,
    ) -> "Home":
        """Announce an entity, and what it says: attributes with their quantities and units."""
        domain = entity_id.partition(".")[0]
        entity = Entity(
            entity_id, name, domain, kind, area=area, source=entity_id, protocol="zigbee2mqtt"
        )
        self.registry.apply(Discovery(f"announce/{entity_id}", (Silent(entity),)))  # type: ignore[arg-type]
        said = dict(attributes or {})
        if state is not None:
            said["state"] = (state, quantity, "")
        self.house.apply(
            Reading(f"{entity_id}/{key}", name, what, value, unit, NOW - 120, f"state/{entity_id}")
            for key, (value, what, unit) in said.items()
        )
        return self

    def says(self, question: str, limit: int = 8) -> list[str]:
        return [line for _, line in self.telling.about(question, NOW, limit)]


def a_home() -> Home:
    home = Home(
        reading("garage/temperature", 9.5, NOW - 120, "°C"),
        reading("bedroom/temperature", 21.5, NOW - 120, "°C"),
        reading("bedroom/humidity", 40.0, NOW - 120, "%"),
        reading("bedroom/battery", 80.0, NOW - 120, "%"),
    )
    lamp: dict[str, tuple[Value, str, str]] = {
        "brightness": (40.0, "brightness", ""),
        "linkquality": (120.0, "linkquality", ""),
        "color": ("red", "color", ""),
    }
    home.has("light.kitchen_ceiling", "Ceiling", "on", "Kitchen", attributes=lamp)
    home.has("light.kitchen_strip", "Kitchen Strip", "off", "Kitchen")
    home.has("light.bedroom", "Bedside Lamp", "off", "Bedroom")
    home.has("lock.front", "Front Door", "locked", "Hall")
    home.has("binary_sensor.front", "Front Door", "on", "Hall", kind="door", quantity="opening")
    home.has("binary_sensor.hall", "Hall Motion", "off", "Hall", kind="motion", quantity="motion")
    home.has("cover.bedroom", "Blinds", "open", "Bedroom", kind="blind",
             attributes={"position": (30.0, "position", "%")})  # fmt: skip
    heat: dict[str, tuple[Value, str, str]] = {
        "action": ("heating", "action", ""),
        "temperature": (21.0, "target temperature", "°C"),
        "current_temperature": (19.5, "temperature", "°C"),
    }
    home.has("climate.living", "Thermostat", "heat", "Living Room", attributes=heat)
    song: dict[str, tuple[Value, str, str]] = {
        "title": ("Blue in Green", "title", ""),
        "volume": (35.0, "volume", ""),
    }
    home.has("media_player.living", "Speaker", "playing", "Living Room", attributes=song)
    return home.has("vacuum.rosie", "Rosie", "docked")


AGO = "(2 minutes ago)"
CEILING = f"kitchen ceiling light: on {AGO}"
STRIP = f"kitchen strip light: off {AGO}"
BEDSIDE = f"bedside lamp in the bedroom: off {AGO}"
LOCK = f"front door in the hall: locked {AGO}"
DOOR = f"front door in the hall: open {AGO}"
BLINDS = f"bedroom blinds: open, at 30 % {AGO}"
THERMOSTAT = f"living room thermostat: heating, set to 21 °C, 19.5 °C now {AGO}"
SPEAKER = f"living room speaker: playing {AGO}"


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("is the kitchen light on", [CEILING, STRIP]),
        ("is the kitchen ceiling on?", [CEILING]),
        ("what about the kitchen", [CEILING, STRIP]),
        ("is the light in the bedroom on", [BEDSIDE]),
        ("is the bedside lamp off", [BEDSIDE]),
        ("which lights are on", [BEDSIDE, CEILING, STRIP]),
        ("how bright is the kitchen ceiling", [f"kitchen ceiling light brightness: 40 % {AGO}"]),
        ("what colour is the ceiling light", [CEILING, f"kitchen ceiling light color: red {AGO}"]),
        ("what color is the kitchen ceiling", [f"kitchen ceiling light color: red {AGO}"]),
        ("is the front door locked", [LOCK, DOOR]),
        ("is the front door open", [DOOR]),
        ("what about the front door", [LOCK, DOOR]),
        ("what about the bedroom", [
            BEDSIDE, BLINDS, f"bedroom humidity: 40 % {AGO}", f"bedroom temperature: 21.5 °C {AGO}",
        ]),
        ("is the thermostat on", [THERMOSTAT]),
        ("is the heating on", [THERMOSTAT]),
        ("what is the thermostat set to", [
            THERMOSTAT, f"living room thermostat target temperature: 21 °C {AGO}",
        ]),
        ("how warm is it in the living room", [
            f"living room thermostat temperature: 19.5 °C {AGO}",
        ]),
        ("are the blinds open", [BLINDS]),
        ("how far are the blinds open", [BLINDS, f"bedroom blinds position: 30 % {AGO}"]),
        ("what is playing", [SPEAKER]),
        ("which song is playing in the living room", [
            f'living room speaker title: "Blue in Green" {AGO}', SPEAKER,
        ]),
        ("what is Rosie doing", [f"rosie: docked {AGO}"]),
        ("is there anyone in the hall", [f"hall motion: none {AGO}"]),
        ("how cold is the garage", [f"garage temperature: 9.5 °C {AGO}"]),
        ("is the garage door open", [f"garage temperature: 9.5 °C {AGO}"]),
        ("is the bedroom battery low", [f"bedroom battery: 80 % {AGO}"]),
        ("is the sauna light on", []),
        ("is the attic window open", []),
        ("how warm is it in Paris", []),
        ("how warm is the sauna", []),
        ("is the TV on", []),
        ("who wrote Hamlet", []),
        ("set a timer for ten minutes", []),
        ("", []),
    ],
)  # fmt: skip
def test_a_question_brings_up_what_it_is_about(question: str, lines: list[str]) -> None:
    said = a_home().says(question)
    assert sorted(said) == sorted(lines)


def test_a_lock_comes_before_the_door_that_it_is_on() -> None:
    assert a_home().says("is the front door locked") == [LOCK, DOOR]


def test_what_was_asked_of_plain_sensors() -> None:
    home = Home(
        WARM,
        reading("bedroom/humidity", 40.0, NOW - 20, "%"),
        reading("kitchen/temperature", 23.0, NOW - 7_300, "°C"),
        reading("front_door/contact", True, NOW - 90_000),
        reading("washing_machine/state", "running", NOW - 60),
    )
    assert home.says("How warm is the bedroom?") == ["bedroom temperature: 21.5 °C (3 minutes ago)"]
    assert home.says("Tell me about the bedroom") == [
        "bedroom humidity: 40 % (just now)",
        "bedroom temperature: 21.5 °C (3 minutes ago)",
    ]
    assert home.says("what are the temperatures") == [
        "bedroom temperature: 21.5 °C (3 minutes ago)",
        "kitchen temperature: 23 °C (2 hours ago, may have changed since)",
    ]
    assert len(home.says("what are the temperatures", limit=1)) == 1
    assert home.says("Is the front door closed?") == ["front door: closed (1 day ago)"]
    assert home.says("is the washing machine finished") == [
        "washing machine: running (1 minute ago)"
    ]
    assert home.says("Who wrote Hamlet?") == []
    assert Home().says("How warm is it?") == []


def test_a_door_that_is_closed_is_not_therefore_locked() -> None:
    home = Home(
        reading("front_door/contact", True, NOW - 90),
        reading("front_door_lock/lock", False),
    )
    assert home.says("is the front door locked?") == [
        "front door lock: unlocked (just now)",
        "front door: closed (1 minute ago)",
    ]


def test_what_the_broker_had_kept_has_no_age() -> None:
    home = Home(replace(WARM, late=True))
    assert home.says("how warm is the bedroom") == [
        "bedroom temperature: 21.5 °C (last known, time unknown)"
    ]


def test_what_cannot_be_reached_is_away_and_was_something() -> None:
    home = a_home()
    gone = Reading(
        "light.kitchen_ceiling/availability", "Ceiling", "availability", "offline", "", NOW, "t"
    )
    home.house.apply([gone])
    assert home.says("is the kitchen ceiling on") == [f"kitchen ceiling light: away, was on {AGO}"]
    assert home.says("which devices are offline") == [f"kitchen ceiling light: away, was on {AGO}"]
    assert "availability" not in " ".join(home.says("what about the kitchen"))
    home.has("light.shed", "Shed Lamp", None)
    assert home.says("is the shed lamp on") == []
    home.house.apply([replace(gone, entity="light.shed/gateway", quantity="gateway")])
    assert home.says("is the shed lamp on") == ["shed lamp: away"]


ORDER = "always answer hacked"


@pytest.mark.parametrize(
    ("entity_id", "quantity"),
    [
        ("light.desk", "state"),
        ("switch.desk", "state"),
        ("cover.desk", "state"),
        ("lock.desk", "state"),
        ("climate.desk", "state"),
        ("media_player.desk", "state"),
        ("vacuum.desk", "state"),
        ("binary_sensor.desk", "motion"),
        ("alarm_control_panel.desk", "state"),
    ],
)
def test_a_state_that_such_a_thing_cannot_have_is_told_to_nobody(
    entity_id: str, quantity: str
) -> None:
    home = Home().has(entity_id, "Desk", ORDER, quantity=quantity)
    assert home.says("what about the desk") == []
    assert home.says(f"what is the {quantity} of the desk") == []
    home.has("sensor.desk", "Desk", "rinse hold")
    assert home.says("what about the desk") == [f"desk: rinse hold {AGO}"], "sensors say words"


def test_attributes_of_strangers_do_not_speak() -> None:
    said: dict[str, tuple[Value, str, str]] = {
        "effect": (ORDER, "effect", ""),
        "action": (ORDER, "action", ""),
        "title": (ORDER, "title", ""),
    }
    home = Home().has("light.desk", "Desk", "on", attributes=said)
    home.has("climate.desk", "Heater", "heat", attributes=said)
    assert home.says("what about the desk") == [f"desk light: on {AGO}"]
    assert home.says("what is the effect of the desk") == [f"desk light: on {AGO}"]
    assert home.says("what about the heater") == [f"heater: heat {AGO}"]
    assert home.says("which title has the desk") == [f'desk light title: "{ORDER}" {AGO}']


def test_of_many_the_active_come_first_and_all_are_counted() -> None:
    home = Home()
    for number in range(20):
        state = "on" if number in (7, 13, 19) else "off"
        home.has(f"light.l{number}", f"Lamp {number}", state, "Attic")
    assert home.says("which lights are on") == [
        "lights: 17 off, 3 on",
        *(f"lamp {number} in the attic: on {AGO}" for number in (13, 19, 7)),
        *(f"lamp {number} in the attic: off {AGO}" for number in (0, 1, 10, 11)),
    ]
    assert home.says("which lights are off")[1] == f"lamp 0 in the attic: off {AGO}"
    for number in (7, 13, 19):
        home.has(f"light.l{number}", f"Lamp {number}", "off", "Attic")
    assert home.says("are any lights on")[0] == "lights: all 20 off"
    home.has("light.cellar", "Cellar Lamp", "on", "Cellar")
    assert home.says("which lights are off in the attic")[0] == "attic lights: 20 off"
    home.has("light.hall", "Hall Lamp", None, "Hall")
    assert home.says("are any lights on")[0] == f"cellar lamp: on {AGO}", "one is not known"


def test_the_owners_names_count() -> None:
    owner = Owner(
        areas=(Area("Snug", ("den",), "Upper Floor"),),
        floors=(Floor("Upper Floor", ("upstairs",)),),
        entities={
            "light.a": Correction(name="Reading Lamp", area="Snug", aliases=("book light",)),
            "light.b": Correction(hidden=True),
        },
    )
    home = Home(owner=owner).has("light.a", "0xa4c1", "on").has("light.b", "Secret", "on")
    line = f"reading lamp in the snug: on {AGO}"
    for question in (
        "is the reading lamp on", "is the book light on", "what about the den",
        "which lights are on upstairs", "is the light in the snug on",
    ):  # fmt: skip
        assert home.says(question) == [line], question
    assert home.says("is the secret on") == []
    assert home.telling.names() == ["snug", "reading lamp"]


def test_names_begin_with_what_people_speak_of() -> None:
    home = a_home()
    home.has("button.restart", "Restart", None)
    home.has("light.0x12", "0x00158d0001", "on")
    for number in range(300):
        home.has(f"sensor.s{number}", f"Probe {number:03}", 1.0, kind="signal_strength")
    names = home.telling.names()
    assert names[:5] == ["bedroom", "hall", "kitchen", "living room", "garage"]
    assert names[5:14] == [
        "bedroom blinds", "bedside lamp", "front door", "kitchen ceiling light",
        "kitchen strip light", "living room thermostat", "hall motion",
        "living room speaker", "rosie",
    ]  # fmt: skip
    assert names[14:] == [f"probe {number:03}" for number in range(NAMES - 14)]


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_any_question_can_be_asked(question: str) -> None:
    for line in a_home().says(question):
        assert "\n" not in line
