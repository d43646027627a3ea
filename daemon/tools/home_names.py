"""Names that are descriptions: a model that is asked for "the kitchen lights" gives that as a name.

Only where nothing in the house is called so, and only whole descriptions: a room, a kind of thing,
or both. What is left over belongs to a name that does not exist, and is told as such.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from daemon.tools.naming import alike, is_called
from daemon.tools.targets import ALL, HouseView

_DOMAINS: Final = {
    "light": "light", "lamp": "light", "fan": "fan", "switch": "switch", "switche": "switch",
    "lock": "lock", "thermostat": "climate", "heating": "climate", "tv": "media_player",
    "television": "media_player", "speaker": "media_player", "music": "media_player",
    "vacuum": "vacuum", "vacuum cleaner": "vacuum", "valve": "valve",
}  # fmt: skip
"""Kinds by the words that people use, in the singular."""

_CLASSES: Final = {
    "blind": "blind", "curtain": "curtain", "shade": "shade", "shutter": "shutter",
    "awning": "awning", "gate": "gate", "garage door": "garage", "window": "window",
    "temperature": "temperature", "humidity": "humidity", "motion": "motion",
}  # fmt: skip

_SMALL: Final = frozenset({"all", "in", "on", "of", "the", "every"})


def described(
    house: HouseView, given: Mapping[str, Any], schema: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The arguments, with a description in place of a name that nothing has.

    Args:
        house: what there is.
        given: arguments of a tool of the home.
        schema: of the tool; says which other arguments it takes.
    """
    name = given.get("name")
    if not isinstance(name, str) or alike(name) in {"", ALL}:
        return given
    if any(is_called(entity, name, str(given.get("area", ""))) for entity in house.entities()):
        return given
    meant = {slot: value for slot, value in _read(name, house).items() if value}
    rest = {slot: value for slot, value in given.items() if slot != "name" and value}
    if not meant or not _takes(schema, meant) or any(rest.get(k, v) != v for k, v in meant.items()):
        return given
    whole = {"name": ALL} if set(alike(name).split()) & {"all", "every"} else {}
    return {**rest, **meant, **whole}


def _read(name: str, house: HouseView) -> dict[str, str]:
    """The room and the kind that make up a name; nothing when anything else is in it."""
    for area, words in _without_room(alike(name), house):
        kind = " ".join(word for word in words.split() if word not in _SMALL)
        for one in (kind, kind.removesuffix("s")):
            if one in _DOMAINS or one in _CLASSES or (area and not one):
                return {
                    "area": area,
                    "domain": _DOMAINS.get(one, ""),
                    "device_class": _CLASSES.get(one, ""),
                }
    return {}


def _without_room(words: str, house: HouseView) -> Iterator[tuple[str, str]]:
    """Each room that is spoken of at either end, with what else is said; at last no room."""
    for area in house.areas():
        for called in sorted({alike(area.name), *map(alike, area.aliases)} - {""}):
            if words == called:
                yield area.name, ""
            elif words.startswith(f"{called} "):
                yield area.name, words.removeprefix(f"{called} ")
            elif words.endswith(f" {called}"):
                yield area.name, words.removesuffix(f" {called}")
    yield "", words


def _takes(schema: Mapping[str, Any], meant: Mapping[str, str]) -> bool:
    properties = schema["properties"]
    return all(
        slot in properties and meant[slot] in properties[slot].get("enum", (meant[slot],))
        for slot in meant
    )
