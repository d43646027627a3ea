"""Words spoken over an answer that do not take the floor, and those that end it at once.

Listeners say "mm-hm" and "right" without wanting to speak (Yngve, "On getting a word in edgewise",
1970). While a question waits for its answer the same words are an answer: whoever asks back does
not ask here.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from rapidfuzz import fuzz

_ANNOTATION: Final = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫]+")
"""How Whisper writes sounds that are not words: "[cough]", "(laughs)", "*sighs*"."""

_NO_LETTERS: Final = re.compile(r"[^\w\s']|_")
_AGAIN: Final = re.compile(r"(.)\1+")
_ASKING: Final = re.compile(r"\b(?:huh|hm+|right|okay|ok|what)\s*\?\s*$", re.IGNORECASE)

_MOST_WORDS: Final = 12
"""Longer utterances take the floor, whatever they are made of."""

_ALIKE, _ALIKE_IN_PAIRS = 85.0, 95.0
"""Of 100: how much like a stretch of the answer words must be to count as its echo; two words are
often near others ("turn on", "return on")."""


def is_backchannel(text: str) -> bool:
    """Whether a whole utterance is a listener's "mm-hm", "yeah", "I see" or a cough.

    Text without any word counts as one; a question ("huh?") does not.
    """
    words = _words(text)
    if _ASKING.search(text) or len(words) > _MOST_WORDS:
        return False
    return _made_of(words, _phrases("backchannel"))


def is_stop(text: str) -> bool:
    """Whether somebody wants silence and nothing else: "stop", "okay, that's enough, thanks"."""
    words = _words(text)
    if not words or len(words) > _MOST_WORDS:
        return False
    stop, beside = _phrases("stop"), _phrases("beside")
    return _made_of(words, stop | beside) and not _made_of(words, beside)


def is_echo(text: str, spoken: str) -> bool:
    """Whether a transcript is a piece of what the assistant is just saying, picked up again.

    Args:
        text: what was transcribed while the loudspeaker sounded.
        spoken: what has been spoken lately, not more than the last sentences.

    Returns:
        False for a single word and for what asks for silence: those are believed.
    """
    words, said = _words(text), _words(spoken)
    if len(words) < 2 or is_stop(text):
        return False
    heard, alike = " ".join(words), _ALIKE if len(words) > 2 else _ALIKE_IN_PAIRS
    # Windows of whole words: letters alone find "turn on" in "return on Monday".
    stretches = (
        " ".join(said[start : start + length])
        for length in {len(words) - 1, len(words), len(words) + 1}
        for start in range(max(1, len(said) - length + 1))
    )
    return any(fuzz.ratio(heard, one, score_cutoff=alike) for one in stretches)


def _words(text: str) -> list[str]:
    """Words without punctuation; letters said at length ("hmmm") count once."""
    plain = _ANNOTATION.sub(" ", text.lower().replace("\u2019", "'"))
    return _AGAIN.sub(r"\1", _NO_LETTERS.sub(" ", plain)).split()


def _made_of(words: Sequence[str], phrases: frozenset[tuple[str, ...]]) -> bool:
    """Whether words can be read as a row of phrases."""
    reached = {0}
    for end in range(1, len(words) + 1):
        if any(start in reached and tuple(words[start:end]) in phrases for start in range(end)):
            reached.add(end)
    return len(words) in reached


@cache
def _phrases(kind: str) -> frozenset[tuple[str, ...]]:
    told = tomllib.loads((files("daemon") / "listening_words.toml").read_text("utf-8"))
    return frozenset(tuple(_words(phrase)) for phrase in told["en"][kind])
