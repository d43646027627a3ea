"""What somebody may have said where something else was heard: "turn of the kitchen lamb".

Words are replaced by names of the house and words of the templates that look or sound alike. Every
replacement has a price; a sentence mended in two places pays both. Whether what comes of it means
anything is for the templates to say.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from jellyfish import metaphone
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from daemon.intents.names import Name, Names
from daemon.intents.words import Words
from sensors.areas import COMMON

VARIANTS: Final = 8
"""Mended sentences that are tried; each costs a match, about a millisecond."""

_BEAM: Final = 12
"""Beginnings of sentences that are carried along."""

_EDITS: Final = 2
"""Places that may be mended. More is another sentence."""

_WORDS: Final = 16
"""Words of a sentence in which mishearings are looked for: a command is short."""

_LIKENESS: Final = 0.66
"""Below this two words are no mishearing of each other."""

_RUN_TOGETHER: Final = 0.85
"""Likeness, as a whole, of words that were divided otherwise."""

SOUNDS: Final = 0.97
"""What a word costs that is one of the templates', but sounds like another one."""

PLACES: Final = frozenset(("area", "floor"))
"""Kinds of names that other things are in."""

_CLIPPED: Final = 0.85
"""Likeness of words that differ in the first sound, which is where recordings begin."""

_SHORT: Final = 3
"""Letters of a word that is too short to be compared."""


_BREAKS: Final = re.compile(r",|(?<=[^\W\d])-(?=[^\W\d])")
"""Between words that ears write in one: "all-doors"."""

_VOWELS: Final = frozenset("AEIOU")
"""Of a sound's beginning, the only place where it has vowels: they are heard for one another."""

_ENDINGS: Final = ("ed", "ing", "s", "es")


@dataclass(frozen=True, slots=True)
class Variant:
    """A mended sentence.

    Attributes:
        text: of it.
        score: product of the likenesses of what was replaced.
        edits: how many places.
    """

    text: str
    score: float = 1.0
    edits: int = 0

    def then(self, words: str, score: float) -> "Variant":
        """The sentence with further words."""
        text = f"{self.text} {words}" if self.text else words
        return Variant(text, self.score * score, self.edits + (score < 1.0))


class Mending:
    """Proposes mended sentences. Immutable."""

    def __init__(self, words: Words, keywords: frozenset[str], names: Names) -> None:
        """Take the words that a sentence may be made of."""
        self._words = words
        self._keywords = keywords
        self._targets = sorted(word for word in keywords if len(word) > _SHORT)
        self._names: list[Name] = [name for name in names.all if len(name.said) > _SHORT - 1]
        self._compact = [_compact(name.said) for name in self._names]
        self._sounding: dict[str, list[int]] = {}
        for number, name in enumerate(self._names):
            self._sounding.setdefault(_sound(name.said.casefold()), []).append(number)
        self._longest = max((name.said.count(" ") + 1 for name in self._names), default=0)
        here = {name.said.casefold() for name in names.all}
        self._elsewhere = frozenset(COMMON) - here
        self._places = {name.said.casefold() for name in names.all if name.kind in PLACES}
        parts = {part for name in names.all for part in name.said.casefold().split()}
        forms = {form for word in self._targets for form in _inflected(word)}
        self._known = keywords | words.fixed | parts | forms

    @property
    def longest_name(self) -> str:
        """The name with the most letters, "" when nothing has a name."""
        return max((name.said for name in self._names), key=len, default="")

    def variants(self, text: str) -> list[Variant]:
        """Mended sentences, the likeliest first, at most `VARIANTS`."""
        tokens = _BREAKS.sub(" ", text.casefold()).split()
        if not self._words.mends or not 1 < len(tokens) <= _WORDS:
            return []
        spans = self._spans(tokens)
        beams: list[list[Variant]] = [[] for _ in range(len(tokens) + 1)]
        beams[0] = [Variant("")]
        for start, token in enumerate(tokens):
            beam = sorted(beams[start], key=lambda variant: -variant.score)[:_BEAM]
            steps = [
                (start + 1, token, 1.0),
                *self._single(start, token),
                *self._divided(start, tokens),
                *spans.get(start, ()),
            ]
            for end, words, score in steps:
                beams[end] += [
                    variant.then(words, score)
                    for variant in beam
                    if score == 1.0 or variant.edits < _EDITS
                ]
        mended = {one.text: one for one in sorted(beams[-1], key=_price) if one.edits}
        return sorted(mended.values(), key=_price, reverse=True)[:VARIANTS]

    def _single(self, start: int, token: str) -> Iterator[tuple[int, str, float]]:
        """Words that one word may be."""
        for heard in self._words.heard.get(token, ()):
            yield start + 1, heard, SOUNDS
        if len(token) < _SHORT or self._is_known(token) or token in self._elsewhere:
            return
        found = process.extract(
            token, self._targets, scorer=Levenshtein.normalized_similarity, limit=4
        )
        for target, _, _ in found:
            score = max(likeness(token, target), _CLIPPED * (token[1:] == target[1:]))
            if score >= _LIKENESS and _begins_alike(token, target):
                yield start + 1, target, score

    def _divided(self, start: int, tokens: Sequence[str]) -> Iterator[tuple[int, str, float]]:
        """Words that two words may be: "and pause" is "unpause"."""
        for heard in self._words.heard.get(" ".join(tokens[start : start + 2]), ()):
            if start + 1 < len(tokens):
                yield start + 2, heard, SOUNDS

    def _spans(self, tokens: Sequence[str]) -> dict[int, list[tuple[int, str, float]]]:
        """By where they begin: where they end, the name that they may be, how alike they are."""
        where = [
            (start, end)
            for start in range(len(tokens))
            for end in range(start + 1, min(len(tokens), start + self._longest + 1) + 1)
            if self._may_be_name(tokens[start:end])
        ]
        if not where or not self._names:
            return {}
        said = [" ".join(tokens[start:end]) for start, end in where]
        alike = process.cdist(
            [_compact(words) for words in said],
            self._compact,
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=_LIKENESS - 0.1,
            dtype=np.float32,
        )
        found: dict[int, list[tuple[int, str, float]]] = {}
        pairs = set(zip(*map(np.ndarray.tolist, np.nonzero(alike)), strict=True))
        pairs |= {
            (row, column)
            for row, words in enumerate(said)
            for column in self._sounding.get(_sound(words), ())
        }
        for row, column in sorted(pairs):
            start, end = where[row]
            name = self._names[column].said
            score = likeness(said[row], name.casefold())
            if said[row] != name.casefold() and score >= _LIKENESS:
                found.setdefault(start, []).append((end, name, min(score, 0.99)))
        for steps in found.values():
            steps.sort(key=lambda step: -step[2])
            del steps[_BEAM:]
        return found

    def _may_be_name(self, tokens: Sequence[str]) -> bool:
        """Whether words can be a misheard name.

        A room that this house has not is not another one, and "kitchen lights" are those in the
        kitchen, not the lamp that is called nearly so.
        """
        if tokens[0] in self._words.fixed or tokens[-1] in self._words.fixed:
            return False
        said = " ".join(tokens)
        if len(said) < _SHORT or said in self._elsewhere:
            return False
        placed = any(said.startswith(f"{place} ") for place in self._places)
        return not (placed and all(map(self._is_known, tokens)))

    def _is_known(self, word: str) -> bool:
        """Whether a word is one of the sentences', or made of two parts of them: "batter|ies"."""
        return word in self._known or any(
            word[:cut] in self._keywords and word[cut:] in self._keywords
            for cut in range(len(word) - 3, len(word))
        )


def likeness(heard: str, meant: str) -> float:
    """How likely one is a mishearing of the other, 0..1: by letters and by sound, word by word.

    The worst word counts as much as the whole: "kitchen light" is not nearly "kitchen lamp". Words
    may have been run together or split, "eco bee", but then little else may be wrong.
    """
    whole = _alike(_compact(heard), _compact(meant))
    ours, theirs = heard.split(), meant.split()
    if len(ours) != len(theirs):
        return whole if whole >= _RUN_TOGETHER else 0.0
    return (whole + min(_alike(*pair) for pair in zip(ours, theirs, strict=True))) / 2


def _alike(heard: str, meant: str) -> float:
    letters = Levenshtein.normalized_similarity(heard, meant)
    sound = Levenshtein.normalized_similarity(_sound(heard), _sound(meant))
    return max(letters, (letters + 2 * sound) / 3)


@lru_cache(maxsize=16_384)
def _sound(word: str) -> str:
    sound = metaphone(word).replace(" ", "")
    return f"A{sound[1:]}" if sound[:1] in _VOWELS else sound


def _begins_alike(heard: str, meant: str) -> bool:
    """Whether at most the first letter was cut off or taken for another.

    "Burn" may be "turn", but "inactivate" is neither "deactivate" nor "activate".
    """
    if abs(len(heard) - len(meant)) > 1 and (heard.endswith(meant) or meant.endswith(heard)):
        return False
    return _sound(heard)[:1] == _sound(meant)[:1] or heard[1:] == meant[1:]


def _compact(words: str) -> str:
    return "".join(filter(str.isalnum, words.casefold()))


def _inflected(word: str) -> Iterator[str]:
    """Other forms of a word: "activated" tells of the past, it is no mishearing of an order."""
    stem = word.removesuffix("e")
    for ending in _ENDINGS:
        yield stem + ending
        yield stem + stem[-1:] + ending


def _price(variant: Variant) -> tuple[float, int]:
    return variant.score, -variant.edits
