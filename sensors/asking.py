"""What a question is about: its words against names, rooms and quantities, no model."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from sensors.quantities import QUANTITIES

_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile("['\u2019](?:s|re)\\b")

_COMMON = frozenset(
    {
        "a", "an", "and", "are", "at", "did", "does", "do", "device", "for", "has", "have", "how",
        "in", "is", "it", "my", "of", "on", "one", "or", "our", "room", "sensor", "smart", "the",
        "this", "to", "was", "what", "when", "where", "which", "who", "why", "will", "with", "you",
        "your",
    }
)  # fmt: skip
"""Words that single out no thing, though they stand in its name."""

_ORDINARY = _COMMON | frozenset(
    {
        "about", "all", "any", "anything", "average", "be", "been", "being", "both", "building",
        "can", "check", "could", "current", "currently", "down", "each", "entire", "every",
        "everything", "exactly", "few", "first", "flat", "getting", "highest", "home", "house",
        "just", "last", "left", "lowest", "many", "me", "moment", "more", "most", "much", "no",
        "not", "now", "off", "only", "other", "out", "place", "please", "present", "right", "same",
        "say", "some", "still", "tell", "that", "their", "there", "these", "they", "those", "time",
        "today", "too", "total", "up", "we", "were", "whole", "working", "actual",
    }
)  # fmt: skip
"""Words that name no thing wherever they stand."""

_POINTING = frozenset({"the", "my", "our", "your", "in", "at"})
"""What follows one of these names something, by adjectives if not at once."""

_AT_LARGE = re.compile(r"\b(?:what|how|tell me) about\b", re.IGNORECASE)
"""Whatever is known may be meant: of the front door, its lock as well as its contact."""

_LOCKING = frozenset({"locked", "unlock", "unlocked"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be told.

    Attributes:
        key: tells it from the others.
        names: what the thing is called, the first is its own name.
        places: names of where it is.
        kind: stems of words that say what sort of thing it is: "light" beside any lamp's name.
        quantity: what is told of it.
        asked_by: stems of words that ask for that, beside those of `quantity` itself.
        main: whether it is told when nothing in particular is asked of the thing.
        anywhere: whether it is told when all things of the house are meant.
    """

    key: str
    names: tuple[str, ...]
    quantity: str
    places: tuple[str, ...] = ()
    kind: frozenset[str] = frozenset()
    asked_by: frozenset[str] = frozenset()
    main: bool = True
    anywhere: bool = True


@dataclass(frozen=True, slots=True)
class Mention:
    """How a question names a thing.

    Attributes:
        words: of its name, its place and its kind that the question has.
        full: whether one of its names, or its place, is there as a whole.
    """

    words: frozenset[str]
    full: bool

    def is_closer(self, other: "Mention") -> bool:
        """Whether the question names this with the same words and more, or names it in full."""
        same = self.words == other.words
        return self.full and not other.full if same else self.words > other.words


Mentions = Mapping[str, Mention]
"""By the candidates' keys."""

_NOT_NAMED = Mention(frozenset(), full=False)


def relevant(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """What a question mentions, the closest first, else in the order given.

    First choice is the quantity asked for of the things named, then everything of the things named,
    then the quantity of all things; nothing if what is named is not known. A thing stays out if
    another is named more closely with the same words: "washing machine" is not about the coffee
    machine. "Is the front door locked" is about both a front door lock and the contact of a front
    door, the lock first. "Is the garage door open" is not about the front door.
    """
    words = _heard(question)
    mentions = _mentioned(candidates, words)
    telling = frozenset().union(*(one.words for one in mentions.values())) - _generic(candidates)
    if not telling and _names_unknown(question, candidates):
        return []

    def is_named(candidate: Candidate) -> bool:
        named = mentions[candidate.key].words
        return bool(named & telling if telling else named)

    asked = [c for c in candidates if _is_asked(c, words) or _is_lock_asked(c, mentions)]
    answers = _closest_first([c for c in asked if is_named(c)], mentions, words)
    things = _foremost([c for c in candidates if c.main and is_named(c)], mentions)
    if _AT_LARGE.search(question):
        answers, things = things, answers
    return answers or things or ([] if telling else [c for c in asked if c.anywhere])


def _closest_first(
    candidates: Sequence[Candidate], mentions: Mentions, words: frozenset[str]
) -> list[Candidate]:
    """Without those that another answers better; what is named in full stays beside the closer."""
    kinds = {(mentions[one.key], one.quantity) for one in candidates}

    def is_outdone(one: Candidate) -> bool:
        ours = mentions[one.key]
        return any(
            quantity == one.quantity or (theirs.words > ours.words and not ours.full)
            for theirs, quantity in kinds
            if theirs.is_closer(ours)
        )

    def distance(one: Candidate) -> tuple[int, bool]:
        ours = mentions[one.key]
        closer = sum(theirs.is_closer(ours) for theirs, _ in kinds)
        return closer, not _is_asked(one, words - _named_by(one))

    return sorted((one for one in candidates if not is_outdone(one)), key=distance)


def _foremost(candidates: Sequence[Candidate], mentions: Mentions) -> list[Candidate]:
    found = {mentions[one.key] for one in candidates}
    outdone = {ours for ours in found if any(theirs.is_closer(ours) for theirs in found)}
    return [one for one in candidates if mentions[one.key] not in outdone]


def _mentioned(candidates: Sequence[Candidate], words: frozenset[str]) -> Mentions:
    return {one.key: _mention(one, words) for one in candidates}


def _mention(one: Candidate, words: frozenset[str]) -> Mention:
    found: set[str] = set()
    full = False
    for text in (*one.names, *one.places):
        own = _own(text)
        in_one_word = _joined(text) in words
        found |= own if in_one_word else own & words
        full = full or in_one_word or (bool(own) and own <= words)
    return Mention(frozenset(found | (one.kind & words)), full) if found else _by_kind(one, words)


def _by_kind(one: Candidate, words: frozenset[str]) -> Mention:
    said = one.kind & words
    return Mention(said, full=False) if said else _NOT_NAMED


def _named_by(one: Candidate) -> frozenset[str]:
    return frozenset(stem for text in (*one.names, *one.places) for stem in _own(text))


def _generic(candidates: Sequence[Candidate]) -> frozenset[str]:
    """Words that ask for a sort of thing or for what it does: "door", "light", "warm"."""
    return _ANY_QUANTITY.union(*{one.kind | one.asked_by for one in candidates})


def _names_unknown(question: str, candidates: Sequence[Candidate]) -> bool:
    """Whether the question is about something that there is not: "is the sauna light on"."""
    kinds = _generic(candidates)
    known = kinds | _ORDINARY | {word for one in candidates for word in _named_by(one)}
    said = ("", *stems(_POSSESSIVE.sub("", question)), "")
    return any(
        word not in known and (before in _POINTING or after in kinds)
        for before, word, after in zip(said, said[1:-1], said[2:], strict=False)
    )


def _is_asked(one: Candidate, words: frozenset[str]) -> bool:
    return not words.isdisjoint(one.asked_by) or words.issuperset(stems(one.quantity))


def _is_lock_asked(one: Candidate, mentions: Mentions) -> bool:
    """Whether a lock is asked for that tells its state under no name of its own."""
    return one.quantity == "state" and "lock" in mentions[one.key].words


def _heard(question: str) -> frozenset[str]:
    """The question's words, and its neighbours joined: "bed room" is also "bedroom"."""
    said = stems(_POSSESSIVE.sub("", question))
    joined = {first + second for first, second in pairwise(said)}
    return frozenset(word for word in said if word not in _COMMON) | joined


@lru_cache(maxsize=8_192)
def _own(text: str) -> frozenset[str]:
    return frozenset(stems(text)) - _COMMON


@lru_cache(maxsize=8_192)
def _joined(text: str) -> str:
    return "".join(stems(text))


@lru_cache(maxsize=8_192)
def stems(text: str) -> tuple[str, ...]:
    """The words of a text in lower case and in the singular, in their order."""
    return tuple(_stem(word) for word in _WORD.findall(text.lower()))


def _stem(word: str) -> str:
    """Singular of a regular plural, "batteries", "windows", "switches"; "lock" of what it does."""
    if word in _COMMON:
        return word
    if word in _LOCKING:
        return "lock"
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if len(word) > 2 and word.endswith("s") and word[-2] != "s" else word


_ANY_QUANTITY = frozenset(
    stem for known in QUANTITIES.values() for word in known.words for stem in stems(word)
)
