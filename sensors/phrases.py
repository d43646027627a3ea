"""Short texts from strangers: what may be a name, and what may be a state.

Both end up in a prompt. A text that is too short to be an order, on one line, without sentences
and without the characters that prompts and terminals give a meaning to, can mislead nobody about
more than the thing it speaks of. What it *says* is still a stranger's claim.
"""

import re
import unicodedata
from functools import lru_cache

MAX_NAME, MAX_NAME_WORDS = 32, 4
"""Characters and words of a name: "upstairs guest bathroom window"."""

MAX_STATE, MAX_STATE_WORDS = 24, 3
"""Characters and words of a text value: "not fully locked"."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[0-9])(?=[A-Z][a-z])")
_JOINTS = re.compile(r"[\s_/-]+")
_ALLOWED = frozenset(" .,+-_/%°()'&\u2019")
_BETWEEN = re.compile(r"[\s.,+_/%°()'&\u2019-]+")
_SENTENCE_END = re.compile(r"\.(?!\S)")
_WORD = re.compile(r"[^\W\d_]{2}")
"""Two letters in a row; numbers, units and most serial numbers do not count as words."""


def spoken(identifier: str) -> str:
    """An identifier as words: "washing_machine" and "washingMachine" are "washing machine"."""
    return _JOINTS.sub(" ", _CAMEL.sub(" ", identifier)).strip()


def name(text: str) -> str | None:
    """The name of a thing or a property as it was written, None if it is no usable name."""
    short = _short(text, MAX_NAME, MAX_NAME_WORDS)
    return short if short and len(spoken(short)) <= MAX_NAME else None


def state(text: str) -> str | None:
    """A text value as words, "not_heating" as "not heating"; None if it is no usable state."""
    short = _short(text, MAX_STATE, MAX_STATE_WORDS)
    return short.replace("_", " ").strip() if short else None


def _short(text: str, characters: int, words: int) -> str | None:
    return None if len(text) > 4 * characters else _judged(text, characters, words)


@lru_cache(maxsize=4_096)
def _judged(text: str, characters: int, words: int) -> str | None:
    """Remembered, because devices say the same few words thousands of times an hour."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not 0 < len(text) <= characters or not any(map(str.isalnum, text)):
        return None
    if not all(map(_is_tame, text)) or _SENTENCE_END.search(text):
        return None
    return text if _words(text) <= words else None


def _words(text: str) -> int:
    pieces = _BETWEEN.split(_CAMEL.sub(" ", text))
    return sum(_WORD.search(piece) is not None for piece in pieces)


def _is_tame(char: str) -> bool:
    """Letters, digits and the marks on them in any script, and a little punctuation."""
    return char in _ALLOWED or unicodedata.category(char)[0] in "LMN"
