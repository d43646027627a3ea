"""What the ear is told to expect: the names of a house, the likeliest to be said first."""

from collections.abc import Iterator
from typing import Final

from daemon.intents.names import Home
from sensors.entities import Entity

_COMMANDED: Final = (
    "light", "switch", "fan", "cover", "lock", "climate", "media_player", "scene", "script",
    "vacuum", "lawn_mower", "valve", "humidifier", "todo", "weather", "person",
)  # fmt: skip
"""Domains that people speak to, or of, by name; what only measures is mostly spoken of by room."""


def vocabulary(home: Home) -> list[str]:
    """Names as people say them, without repetition; there is room for some 40 in an ear.

    Rooms come first: most commands name one, in a house of any size.
    """
    return list(dict.fromkeys(_in_order(home)))


def _in_order(home: Home) -> Iterator[str]:
    yield from (area.name for area in home.areas)
    yield from (floor.name for floor in home.floors)
    # An address is no name, and nobody says it.
    named = [entity for entity in home.entities if not entity.name.startswith("0x")]
    yield from (entity.name for entity in sorted(named, key=_priority))
    yield from (workflow.replace("_", " ") for workflow in home.workflows)
    yield from home.lists


def _priority(entity: Entity) -> int:
    domain = entity.domain
    return _COMMANDED.index(domain) if domain in _COMMANDED else len(_COMMANDED)
