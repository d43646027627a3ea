"""Which readings a question is about: its words against names and quantities, no model."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from sensors.events import Reading
from sensors.quantities import QUANTITIES

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile("['\u2019]s\\b")

_COMMON = frozenset(
    {
        "a", "an", "and", "are", "at", "did", "does", "do", "device", "for", "has", "have", "how",
        "in", "is", "it", "my", "of", "on", "one", "or", "our", "room", "sensor", "smart", "the",
        "this", "to", "was", "what", "when", "where", "which", "who", "why", "will", "with", "you",
        "your",
    }
)  # fmt: skip
"""Words that single out no thing, though they stand in its name."""

_LOCKING = frozenset({"locked", "unlock", "unlocked"})

Mentions = Mapping[str, frozenset[str]]
"""The words of each thing's name that the question has."""


def relevant(question: str, readings: Sequence[Reading]) -> list[Reading]:
    """The readings that a question mentions, the closest first, else in the order given.

    First choice is the quantity asked for of the things named, then everything of the things named,
    then the quantity of all things. A thing stays out if another is named more closely with the
    same words: "washing machine" is not about the coffee machine. "Is the front door locked" is
    about both a front door lock and the contact of a front door, the lock first.
    """
    words = _heard(question)
    mentions = {name: _mentioned(name, words) for name in {r.name for r in readings}}
    asked = [r for r in readings if _is_asked(r.quantity, words) or _is_lock_asked(r, words)]
    return (
        _closest_first([r for r in asked if mentions[r.name]], mentions, words)
        or _foremost([r for r in readings if mentions[r.name]], mentions)
        or asked
    )


def _closest_first(
    readings: Sequence[Reading], mentions: Mentions, words: frozenset[str]
) -> list[Reading]:
    """Without those that another answers better; what is named in full stays beside the closer."""

    def closer(reading: Reading) -> list[Reading]:
        return [other for other in readings if _is_closer(other.name, reading.name, mentions)]

    def is_outdone(reading: Reading) -> bool:
        partial = not mentions[reading.name] >= _own(reading.name)
        return any(
            other.quantity == reading.quantity
            or (partial and mentions[other.name] > mentions[reading.name])
            for other in closer(reading)
        )

    def distance(reading: Reading) -> tuple[int, bool]:
        beyond_name = words - mentions[reading.name]
        return len(closer(reading)), not _is_asked(reading.quantity, beyond_name)

    return sorted((r for r in readings if not is_outdone(r)), key=distance)


def _foremost(readings: Sequence[Reading], mentions: Mentions) -> list[Reading]:
    names = {reading.name for reading in readings}
    return [
        reading
        for reading in readings
        if not any(_is_closer(other, reading.name, mentions) for other in names)
    ]


def _is_closer(other: str, name: str, mentions: Mentions) -> bool:
    """Whether the question names `other` with the same words and more, or names it in full."""
    theirs, ours = mentions[other], mentions[name]
    if theirs == ours:
        return theirs >= _own(other) and not ours >= _own(name)
    return theirs > ours


def _own(name: str) -> frozenset[str]:
    return frozenset(_stems(name, without=_COMMON))


def _mentioned(name: str, words: frozenset[str]) -> frozenset[str]:
    own = _own(name)
    return own if "".join(_stems(name)) in words else own & words


def _is_asked(quantity: str, words: frozenset[str]) -> bool:
    known = QUANTITIES.get(quantity)
    meant = {_stem(word) for word in known.words} if known else set()
    return not words.isdisjoint(meant) or words.issuperset(_stems(quantity))


def _is_lock_asked(reading: Reading, words: frozenset[str]) -> bool:
    """Whether a lock is asked for that tells its state under no name of its own."""
    return reading.quantity == "state" and "lock" in _own(reading.name) & words


def _heard(question: str) -> frozenset[str]:
    """The question's words, and its neighbours joined: "bed room" is also "bedroom"."""
    plain = _POSSESSIVE.sub("", question)
    joined = {first + second for first, second in pairwise(_stems(plain))}
    return frozenset(_stems(plain, without=_COMMON)) | joined


def _stems(text: str, without: frozenset[str] = frozenset()) -> list[str]:
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in without]


def _stem(word: str) -> str:
    """Singular of a regular plural, "batteries", "windows", "switches"; "lock" of what it does."""
    if word in _LOCKING:
        return "lock"
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if len(word) > 2 and word.endswith("s") and word[-2] != "s" else word
