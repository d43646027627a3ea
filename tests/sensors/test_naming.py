"""What things are called in the sentences that are remembered."""

from dataclasses import replace

import pytest

from sensors.allowance import Allowance
from sensors.entities import Discovery, Entity
from sensors.events import Reading
from sensors.house import House
from sensors.naming import Naming
from sensors.notable import Notable
from sensors.owner import Correction, Owner
from sensors.registry import Registry
from tests.sensors.test_house import NOW, reading
from tests.sensors.test_telling import Silent


def named(entity: Entity, name: str, owner: Owner | None = None) -> str:
    """What is told when a thing is opened that calls itself so."""
    registry = Registry(House(), owner)
    registry.apply(Discovery("announce", (Silent(entity),)))  # type: ignore[arg-type]
    notable = Notable(Naming(registry).named)
    closed = Reading(entity.key(), name, "opening", "off", "", NOW, "t")
    notable.load([closed])
    told = notable.observe([replace(closed, value="on", at=NOW + 60)])
    return told[0].text if told else ""


@pytest.mark.parametrize(
    ("entity", "name", "text"),
    [
        (Entity("binary_sensor.a", "Front Door", "binary_sensor"), "Front Door",
         "The front door was opened."),
        (Entity("binary_sensor.a", "front door contact", "binary_sensor"), "front door",
         "The front door was opened."),
        (Entity("binary_sensor.a", "Window", "binary_sensor", area="Attic"), "Window",
         "The attic window was opened."),
        (Entity("binary_sensor.a", "0x0012", "binary_sensor"), "0x0012", ""),
    ],
)  # fmt: skip
def test_a_thing_is_called_as_people_call_it(entity: Entity, name: str, text: str) -> None:
    assert named(entity, name) == text


def test_the_owners_name_is_told() -> None:
    owner = Owner(entities={"binary_sensor.a": Correction(name="Cat Flap")})
    entity = Entity("binary_sensor.a", "0x0012", "binary_sensor")
    assert named(entity, "0x0012", owner) == "The cat flap was opened."


def test_what_nobody_announced_keeps_its_name() -> None:
    naming = Naming(Registry(House()))
    stray = reading("hall/motion", value=True)
    assert naming.named(stray) is stray


def test_an_allowance_fills_with_time_and_not_with_a_clock_that_is_set_back() -> None:
    allowance = Allowance(2, 60)
    assert [allowance.take(NOW + at) for at in (0, 1, 2)] == [True, True, False]
    assert not allowance.take(NOW - 86_400)
    assert [allowance.take(NOW - 86_400 + at) for at in (30, 61, 62)] == [False, True, False]
    assert [allowance.take(NOW + 86_400) for _ in range(3)] == [True, True, False]
