import pytest

from daemon.tools.targets import NoTarget, Several, Wanted, resolve
from daemon.tools.tool import Occasion
from tests.doubles.home import Home, entity


def said(area: str = "") -> Occasion:
    return Occasion("turn", "intent", area=area)


def meant(wanted: Wanted, area: str = "", *, here: bool = False, ask: bool = False) -> list[str]:
    found = resolve(Home(), wanted, said(area), here=here, ask=ask)
    return [one.id for one in found]


@pytest.mark.parametrize(
    ("wanted", "area", "ids"),
    [
        (Wanted("Bedroom Lamp"), "", ["light.bedroom_lamp"]),
        (Wanted("the bedroom LAMP"), "Kitchen", ["light.bedroom_lamp"]),
        (Wanted("light.bedroom_lamp"), "", ["light.bedroom_lamp"]),
        (Wanted("Party Mode", "Kitchen"), "", ["scene.party"]),
        (Wanted("lamp", "Bedroom"), "", ["light.bedroom_lamp"]),
        (Wanted("kitchen ceiling"), "", ["light.kitchen_ceiling"]),
        (Wanted("Ceiling"), "Living Room", ["light.living_ceiling"]),
        (Wanted("Ceiling", "galley"), "Living Room", ["light.kitchen_ceiling"]),
        (
            Wanted("", "Kitchen", "", "light"),
            "",
            ["light.kitchen_cabinets", "light.kitchen_ceiling"],
        ),
        (Wanted("all", "here", "", "light"), "Bedroom", ["light.bedroom_lamp"]),
        (Wanted("", "", "upstairs", "light"), "", ["light.bedroom_lamp"]),
        (Wanted("", "", "second", "light"), "", ["light.bedroom_lamp"]),
        (Wanted("", "", "", "cover", "curtain"), "", ["cover.left", "cover.right"]),
        (Wanted("", "", "", "lock"), "Entrance", ["lock.back", "lock.front"]),
    ],
)
def test_targets_are_what_home_assistant_means_by_them(
    wanted: Wanted, area: str, ids: list[str]
) -> None:
    assert meant(wanted, area) == ids


@pytest.mark.parametrize(
    ("wanted", "error", "details"),
    [
        (Wanted("Sauna"), "no_entity", {"entity": "Sauna", "near": []}),
        (Wanted("bedroom lam"), "no_entity", {"entity": "bedroom lam", "near": ["Bedroom Lamp"]}),
        (Wanted("Bedroom Lamp", "Kitchen"), "no_entity_in_area", {}),
        (Wanted("Bedroom Lamp", "", "First Floor"), "no_entity_in_floor", {}),
        (Wanted("Bedroom Lamp", "", "", "lock"), "no_entity", {}),
        (Wanted("", "Sauna", "", "light"), "no_area", {"area": "Sauna", "near": []}),
        (Wanted("", "here", "", "light"), "no_area", {"area": "here"}),
        (Wanted("", "", "Roof", "light"), "no_floor", {"floor": "Roof", "near": []}),
        (
            Wanted("", "Attic", "", "light"),
            "no_domain_in_area",
            {"domain": "light", "area": "Attic"},
        ),
        (Wanted("", "", "Second Floor", "lock"), "no_domain_in_floor", {}),
        (Wanted("", "", "", "siren"), "no_domain", {"domain": "siren"}),
        (Wanted("", "", "", "cover", "blind"), "no_device_class", {"device_class": "blind"}),
        (Wanted("", "Bedroom", "", "cover", "curtain"), "no_device_class_in_area", {}),
    ],
)
def test_what_is_not_there_is_told_with_the_keys_of_the_responses(
    wanted: Wanted, error: str, details: dict[str, object]
) -> None:
    with pytest.raises(NoTarget) as none:
        meant(wanted)
    assert none.value.error == error
    assert none.value.details.items() >= details.items()


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Wanted("Ceiling"), "duplicate_entities"),
        (Wanted("Ceiling", "", "First Floor"), "duplicate_entities_in_floor"),
    ],
)
def test_a_name_of_several_things_is_asked_about(wanted: Wanted, error: str) -> None:
    with pytest.raises(Several) as several:
        meant(wanted, "Bedroom")
    assert several.value.error == error
    assert [one.id for one in several.value.candidates] == [
        "light.kitchen_ceiling",
        "light.living_ceiling",
    ]


def test_one_thing_of_several_is_the_one_where_it_was_said() -> None:
    players = Wanted("", "", "", "media_player")
    assert meant(players, "Kitchen", here=True, ask=True) == ["media_player.radio"]
    assert len(meant(players, "Kitchen")) == 2
    with pytest.raises(Several, match="duplicate_targets"):
        meant(players, "Bedroom", here=True, ask=True)


def test_an_id_is_not_taken_over_by_a_name() -> None:
    home = Home()
    home.add(entity("switch.stranger", "lock.front"))
    (found,) = resolve(home, Wanted("lock.front"), said())
    assert found.id == "lock.front"


def test_what_cannot_do_it_is_not_meant() -> None:
    found = resolve(Home(), Wanted("Ceiling"), said(), feature=lambda one: bool(one.features))
    assert [one.id for one in found] == ["light.kitchen_ceiling"]
    with pytest.raises(NoTarget, match="feature_not_supported"):
        resolve(Home(), Wanted("Front Door"), said(), domains={"light"})
