from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sensors.areas import Area, Floor
from sensors.discovery.homeassistant import manual
from sensors.entities import Discovery, Entity
from sensors.owner import Correction, Owner, OwnerError
from sensors.owner_file import OwnerFile, load

HOME = """\
# What the owner says.
[floors.ground]
name = "ground floor"
aliases = ["downstairs"]

[areas.kitchen]
aliases = ["galley"]
floor = "ground"

[areas.living_room]
floor = "ground"

[entities."switch.plug_3"]
name = "standing lamp"
area = "living_room"
as = "light"

[entities."lock.shed"]
confirm = false

[entities."sensor.noise"]
hidden = true

[[devices]]
platform = "switch"
name = "fountain"
command_topic = "garden/fountain/set"
state_topic = "garden/fountain"

[confirm]
always = ["garage door"]
heating = { min = 15, max = 24.5 }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "home.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_file_says_how_the_house_is_called(tmp_path: Path) -> None:
    owner = load(written(tmp_path, HOME))
    assert owner.floors == (Floor("ground floor", ("downstairs",)),)
    assert owner.areas == (
        Area("kitchen", ("galley",), "ground floor"),
        Area("living room", (), "ground floor"),
    )
    assert owner.entities["switch.plug_3"] == Correction(
        name="standing lamp", area="living room", domain="light"
    )
    assert owner.entities["sensor.noise"].hidden
    assert owner.heating == (15, 24.5)


def test_who_is_asked_about(tmp_path: Path) -> None:
    owner = load(written(tmp_path, HOME))
    assert owner.confirm(Entity("lock.shed", "shed", "lock")) is False
    assert owner.confirm(Entity("cover.x", "Garage Door", "cover")) is True
    assert owner.confirm(Entity("light.x", "lamp", "light")) is None


def test_its_devices_are_announced_and_end_when_they_are_struck_out(tmp_path: Path) -> None:
    owner = load(written(tmp_path, HOME))
    (found,) = owner.announced(manual)
    assert found.refused == ()
    assert found.drivers[0].entity.name == "fountain"
    assert "garden/fountain" in found.drivers[0].topics
    (gone,) = Owner().announced(manual, before=owner)
    assert gone == Discovery(found.origin)


def test_a_platform_is_handed_on() -> None:
    asked: list[tuple[str, Mapping[str, Any], str]] = []

    def make(platform: str, config: Mapping[str, Any], origin: str) -> Discovery:
        asked.append((platform, config, origin))
        return Discovery(origin)

    Owner(devices=({"platform": "light", "name": "lamp"},)).announced(make)
    assert asked == [("light", {"platform": "light", "name": "lamp"}, "owner:devices/0")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[areas\n", ": is not TOML: "),
        ("[aeras.kitchen]\n", ":1: aeras: unknown key; did you mean areas?"),
        (
            '[areas.hall]\n[areas.kitchen]\nname = "kitchen"\nflor = "ground"\n',
            ":4: areas.kitchen.flor: unknown key; did you mean floor?",
        ),
        (
            '[floors.ground]\n\n[areas.kitchen]\nfloor = "grund"\n',
            ":4: areas.kitchen.floor: no such floor; did you mean ground?",
        ),
        (
            '[entities."switch.a"]\nas = "switch"\n[entities."switch.b"]\nas = "ligth"\n',
            ':4: entities."switch.b".as: no such domain; did you mean light?',
        ),
        (
            '[entities."switch.b"]\nhidden = "yes"\n',
            ':2: entities."switch.b".hidden: Input should be a valid boolean',
        ),
        (
            '[areas.kitchen]\naliases = ["cook"]\n[areas.cook]\n',
            ":3: areas.cook: kitchen is called cook too",
        ),
        (
            "[confirm]\nheating = { min = 25, max = 20 }\n",
            ":2: confirm.heating: min has to be less than max",
        ),
        (
            '[[devices]]\nplatform = "light"\n[[devices]]\nname = "x"\n',
            ":3: devices.1.platform: Field required",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(OwnerError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}{said}")


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5_000 + "]" * 5_000,
        "a = " + "{a = " * 5_000 + "1" + "}" * 5_000,
        '[[devices]]\nplatform = "light"\n' + ".".join("a" * 5_000) + " = 1",
        ".".join("a" * 5_000) + " = 1",
    ],
)
def test_a_file_that_is_nested_without_end_is_a_mistake(tmp_path: Path, text: str) -> None:
    file = OwnerFile(written(tmp_path, text))
    assert not file.changed()
    assert file.problem


def test_no_file_is_an_empty_one(tmp_path: Path) -> None:
    file = OwnerFile(tmp_path / "home.toml")
    assert not file.changed()
    assert (file.owner, file.problem) == (Owner(), "")


def test_an_edit_is_taken_and_a_broken_one_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path, HOME)
    file = OwnerFile(path)
    assert file.changed()
    before = file.owner
    assert not file.changed()

    written(tmp_path, HOME + "[areas")
    assert not file.changed()
    assert not file.changed()
    assert file.owner is before
    assert "is not TOML" in file.problem
    assert len(caplog.records) == 1

    written(tmp_path, HOME + "\n[areas.hall]\n")
    assert file.changed()
    assert file.problem == ""
    assert len(file.owner.areas) == 3

    path.unlink()
    assert file.changed()
    assert file.owner == Owner()
