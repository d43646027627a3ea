"""How a sentence stops: in the middle, as if it were over, or so that nobody can tell."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import resources
from typing import Any, Final

_WORD: Final = re.compile(r"[\w'-]*\w")
_CUT: Final = re.compile(r"(?:[,;:\u2014\u2013-]|\.\.\.?|\u2026)[\"')\s]*$")
_ASKED: Final = re.compile(r"\?[\"')\s]*$")
_WHOLE: Final = 4
"""Words of a question that is likely to be whole: "What's the weather?" may go on."""

_OVER: Final = re.compile(r"[.?!][\"')\s]*$")


_TABLES: Final = (
    *("fillers", "ends", "prepositions", "questions", "openings", "beginnings", "complete"),
)

_VERB_ARTICLE_THING: Final = 3


class Stop(Enum):
    """How words stop."""

    SILENT = "silent"
    """There are none."""

    UNFINISHED = "unfinished"
    """More must come."""

    OPEN = "open"
    """Whoever wrote them down heard no end of a sentence."""

    OVER = "over"
    """As a sentence stops."""

    ASKED = "asked"
    """As a question stops that says with its first word what it wants to know."""


@dataclass(frozen=True, slots=True)
class _Language:
    """The tables of a language; `unfinished_en.toml` says what each is."""

    fillers: frozenset[str]
    ends: frozenset[str]
    prepositions: frozenset[str]
    questions: frozenset[str]
    openings: frozenset[str]
    beginnings: frozenset[str]
    complete: frozenset[str]
    numbers: frozenset[str]
    behind: frozenset[str]
    counted: frozenset[str]
    verbs: frozenset[str]
    articles: frozenset[str]

    @property
    def longest(self) -> int:
        """Words of the longest end."""
        return max((end.count(" ") + 1 for end in self.ends | self.complete), default=0)


@cache
def _language(code: str) -> _Language:
    file = resources.files("daemon.ending").joinpath(f"unfinished_{code}.toml")
    told: Mapping[str, Any] = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    numbers: Mapping[str, Any] = told.get("numbers", {})
    thing: Mapping[str, Any] = told.get("thing", {})
    return _Language(
        *(frozenset(told.get(name, ())) for name in _TABLES),
        *(frozenset(numbers.get(name, ())) for name in ("words", "behind", "of")),
        *(frozenset(thing.get(name, ())) for name in ("verbs", "articles")),
    )


def words(heard: str) -> list[str]:
    """The words of a transcript, in small letters and without punctuation."""
    return _WORD.findall(heard.lower().replace("\u2019", "'"))


def stop(heard: str, language: str = "en") -> Stop:
    """How a transcript stops.

    Args:
        heard: as the ear wrote it, with its punctuation.
        language: ISO 639-1 code; of one without a table only the punctuation tells.
    """
    said = words(heard)
    if not said:
        return Stop.SILENT
    if _CUT.search(heard) or _dangles(said, _language(language)):
        return Stop.UNFINISHED
    if _ASKED.search(heard) and said[0] in _language(language).questions and len(said) >= _WHOLE:
        return Stop.ASKED
    return Stop.OVER if _OVER.search(heard) else Stop.OPEN


def substance(heard: str, language: str = "en") -> int:
    """How many words of a transcript are more than sounds of thinking."""
    fillers = _language(language).fillers
    return sum(word not in fillers for word in words(heard))


def _dangles(said: Sequence[str], language: _Language) -> bool:
    """Whether more must come behind these words."""
    if said[-1] in language.fillers:
        return True
    meant = _meant(said, language)
    begun = " ".join(meant) in language.beginnings or _only_names(meant, language)
    if begun or _waits_for_unit(meant, language):
        return True
    if meant[-1] in language.prepositions and not language.questions.isdisjoint(meant[:1]):
        return False
    # The longest end that is known decides.
    for count in range(min(language.longest, len(meant)), 0, -1):
        end = " ".join(meant[-count:])
        if end in language.complete and count < len(meant):
            return False
        if end in language.ends or end in language.prepositions:
            return True
    return False


def _meant(said: Sequence[str], language: _Language) -> Sequence[str]:
    """The words without sounds of thinking, and without what is said before what is wanted."""
    meant = [word for word in said if word not in language.fillers]
    longest = max((opening.count(" ") + 1 for opening in language.openings), default=0)
    count = longest
    while count:
        opens = len(meant) > count and " ".join(meant[:count]) in language.openings
        meant = meant[count:] if opens else meant
        count = longest if opens else count - 1
    return meant


def _only_names(said: Sequence[str], language: _Language) -> bool:
    """Whether a question has come no further than what it is about."""
    if len(said) != _VERB_ARTICLE_THING:
        return False
    return said[0] in language.verbs and said[1] in language.articles


def _waits_for_unit(said: Sequence[str], language: _Language) -> bool:
    number = said[-1].isdigit() or said[-1].partition("-")[0] in language.numbers
    behind = len(said) > 1 and said[-2] in language.behind
    return number and behind and not language.counted.isdisjoint(said)
