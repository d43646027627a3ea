"""Which readings a question is about: its words against names and quantities, no model."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Mention:
    """How a question names a thing.

    Attributes:
        words: of its name that the question has.
        full: whether these are all that tell it from others.
    """

    words: frozenset[str]
    full: bool

    def is_closer(self, other: "Mention") -> bool:
        """Whether the question names this with the same words and more, or names it in full."""
        same = self.words == other.words
        return self.full and not other.full if same else self.words > other.words


Mentions = Mapping[str, Mention]
"""By the things' names."""


def relevant(question: str, readings: Sequence[Reading]) -> list[Reading]:
    """The readings that a question mentions, the closest first, else in the order given.

    First choice is the quantity asked for of the things named, then everything of the things named,
    then the quantity of all things. A thing stays out if another is named more closely with the
    same words: "washing machine" is not about the coffee machine. "Is the front door locked" is
    about both a front door lock and the contact of a front door, the lock first.
    """
    words = _heard(question)
    mentions = {name: _mentioned(name, words) for name in {r.name for r in readings}}
    asked = [r for r in readings if _is_asked(r.quantity, words) or _is_lock_asked(r, mentions)]
    return (
        _closest_first([r for r in asked if mentions[r.name].words], mentions, words)
        or _foremost([r for r in readings if mentions[r.name].words], mentions)
        or asked
    )


def _closest_first(
    readings: Sequence[Reading], mentions: Mentions, words: frozenset[str]
) -> list[Reading]:
    """Without those that another answers better; what is named in full stays beside the closer."""
    kinds = {(mentions[reading.name], reading.quantity) for reading in readings}

    def is_outdone(reading: Reading) -> bool:
        ours = mentions[reading.name]
        return any(
            quantity == reading.quantity or (theirs.words > ours.words and not ours.full)
            for theirs, quantity in kinds
            if theirs.is_closer(ours)
        )

    def distance(reading: Reading) -> tuple[int, bool]:
        ours = mentions[reading.name]
        closer = sum(theirs.is_closer(ours) for theirs, _ in kinds)
        return closer, not _is_asked(reading.quantity, words - ours.words)

    return sorted((reading for reading in readings if not is_outdone(reading)), key=distance)


def _foremost(readings: Sequence[Reading], mentions: Mentions) -> list[Reading]:
    found = {mentions[reading.name] for reading in readings}
    outdone = {ours for ours in found if any(theirs.is_closer(ours) for theirs in found)}
    return [reading for reading in readings if mentions[reading.name] not in outdone]


def _mentioned(name: str, words: frozenset[str]) -> Mention:
    own = frozenset(_stems(name, without=_COMMON))
    in_one_word = "".join(_stems(name)) in words
    return Mention(own if in_one_word else own & words, in_one_word or own <= words)


def _is_asked(quantity: str, words: frozenset[str]) -> bool:
    known = QUANTITIES.get(quantity)
    meant = {_stem(word) for word in known.words} if known else set()
    return not words.isdisjoint(meant) or words.issuperset(_stems(quantity))


def _is_lock_asked(reading: Reading, mentions: Mentions) -> bool:
    """Whether a lock is asked for that tells its state under no name of its own."""
    return reading.quantity == "state" and "lock" in mentions[reading.name].words


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
