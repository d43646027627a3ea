"""Text as the store needs it: clean, and cut into the words that are worth searching for."""

import re
from collections.abc import Sequence
from typing import Final

MOST_WORDS: Final = 32
"""Words of a question that are searched for; a monologue must not become a query of thousands."""

# Articles, pronouns, prepositions, auxiliaries, and the verbs and quantities with which people
# ask a house anything at all: a passage that shares only these with a question is not about it.
_ASKING: Final = """
a about after all also am an and any anybody anyone anything are as at away be been
before being but by can could did do does doing done down for from get gets give go goes going
good got had has have having he her here hers him his how i if in into is it its just know last
let like ll long m make many may me might mine more most much must my myself need no not now of
off oh ok okay on once one only or other our out over play please put re s said say set she
should so some somebody someone something stop take tell than thank thanks that the their them
then there these they thing things this those time to today too turn under until up us ve very
want was we were what when where which while who whom whose why will with would yes yesterday
you your
"""

_STOP_WORDS: Final = frozenset(_ASKING.split())

_WORD: Final = re.compile(r"[^\W_]+")


def storable(text: str) -> str:
    """The text with lone surrogates replaced.

    Undecodable bytes of a command line arrive as such, and SQLite refuses them.
    """
    return text.encode("utf-8", "replace").decode()


def content_words(question: str) -> list[str]:
    """The distinct words of a question that say what it is about, MOST_WORDS at the most."""
    words = dict.fromkeys(_WORD.findall(question.casefold()))
    return [word for word in words if word not in _STOP_WORDS][:MOST_WORDS]


def match_any(words: Sequence[str]) -> str:
    """An FTS5 expression that matches any of the words.

    In quotes nothing is syntax to FTS5 but the quote itself, and words hold letters and digits
    only (https://sqlite.org/fts5.html, section 3.1).
    """
    return " OR ".join(f'"{word}"' for word in words)
