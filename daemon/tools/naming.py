"""How names are compared: of things, rooms and floors."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process

from sensors.areas import Area, Floor, folded
from sensors.entities import Entity

_NEAR: Final = 75.0
"""Of 100: how alike a name must be to be told as what may have been meant."""


@lru_cache(maxsize=8_192)
def alike(name: str) -> str:
    """A name as it is compared: without case, punctuation and a leading "the"."""
    return folded(name).replace("'", "").replace("\u2019", "").removeprefix("the ")


def is_called(entity: Entity, name: str, area: str = "") -> bool:
    """Whether an entity is called that, by its name, an alias or its id.

    Its room may be said before it, and where the room is said otherwise its name may lack it:
    the lamp in the bedroom is the "Bedroom Lamp".
    """
    if name == entity.id:
        return True
    names = {alike(one) for one in (entity.name, *entity.aliases)}
    room, words = alike(entity.area), alike(name)
    if words in names:
        return bool(words)
    if not room:
        return False
    return words.removeprefix(f"{room} ") in names or (
        alike(area) == room and f"{room} {words}" in names
    )


def same(one: str, other: str) -> bool:
    """Whether two names are alike; "" is like nothing."""
    return bool(one) and alike(one) == alike(other)


def near(name: str, known: Iterable[Entity | Area | Floor]) -> list[str]:
    """Names that sound like one that nothing has, three at the most."""
    names = {one.name for one in known if one.name}
    found = process.extract(
        name, names, scorer=fuzz.WRatio, processor=alike, limit=3, score_cutoff=_NEAR
    )
    return sorted(found_name for found_name, _, _ in found)
