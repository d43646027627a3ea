"""Rooms and floors: what they are called, and which one a thing's name speaks of."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sensors.phrases import spoken

_WORDS = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")

COMMON = (
    # English
    "attic", "balcony", "basement", "bathroom", "bedroom", "cellar", "conservatory", "corridor",
    "dining room", "driveway", "entrance", "entryway", "family room", "garage", "garden",
    "guest room", "hall", "hallway", "kitchen", "landing", "laundry", "laundry room", "living room",
    "loft", "lounge", "master bedroom", "nursery", "office", "pantry", "patio", "playroom", "porch",
    "shed", "stairs", "staircase", "storage room", "study", "terrace", "toilet", "utility room",
    "workshop", "yard",
    # German
    "arbeitszimmer", "bad", "badezimmer", "büro", "dachboden", "diele", "esszimmer", "flur",
    "gästezimmer", "garten", "keller", "kinderzimmer", "küche", "schlafzimmer", "terrasse",
    "treppenhaus", "werkstatt", "wohnzimmer",
    # French
    "bureau", "chambre", "couloir", "cuisine", "entrée", "jardin", "salle à manger",
    "salle de bain", "salon",
    # Spanish
    "baño", "cocina", "comedor", "dormitorio", "jardín", "oficina", "pasillo", "salón",
    # Italian
    "bagno", "camera", "corridoio", "cucina", "giardino", "soggiorno", "studio",
    # Dutch
    "badkamer", "eetkamer", "gang", "keuken", "slaapkamer", "tuin", "woonkamer", "zolder",
)  # fmt: skip
"""What rooms are called in most homes, so that a house that nobody configured has rooms too."""


@dataclass(frozen=True, slots=True)
class Area:
    """A room.

    Attributes:
        name: what people call it.
        aliases: further names.
        floor: name of its floor, "" when nobody said.
    """

    name: str
    aliases: tuple[str, ...] = ()
    floor: str = ""


@dataclass(frozen=True, slots=True)
class Floor:
    """A storey.

    Attributes:
        name: what people call it.
        aliases: further names.
    """

    name: str
    aliases: tuple[str, ...] = ()


@lru_cache(maxsize=8_192)
def folded(name: str) -> str:
    """A name as it is compared: words, lower case; "Living_Room" is "living room"."""
    return " ".join(_WORDS.findall(spoken(name).casefold()))


class Rooms:
    """The rooms whose names are looked for at the beginning of other names."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {folded(name) for name in (*names, *COMMON)} - {""}
        self._longest = max(name.count(" ") + 1 for name in self._names)

    def beginning(self, name: str) -> str:
        """The room that a thing's name begins with, the longest one; "" for none.

        "kitchen ceiling light" and "Kitchen" are in the kitchen; "kitchenette lamp" is not.
        """
        words = folded(name).split(" ")
        for count in range(min(self._longest, len(words)), 0, -1):
            if (room := " ".join(words[:count])) in self._names:
                return room
        return ""
