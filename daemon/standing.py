"""Phrases of the product itself that are said again and again: they can be made before that.

Only sentences without anything to fill in: they hold no name, no time and nothing that people said,
so their sound may lie on a disk.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from daemon import turn
from daemon.budget import BRIDGE
from daemon.clauses import Clauses
from daemon.honesty import CANNOT, UNKNOWN
from daemon.intents.grammar import UnknownLanguage, grammar
from daemon.intents.phrases import Phrases
from daemon.telling import sentence

_OFTEN: Final = (BRIDGE, "Okay.", turn.SPEECHLESS, CANNOT, UNKNOWN, turn.SORRY, "In which room?")
"""Said by the code and by the mind, as its examples have them."""

_TABLES: Final = (("daemon.timers", "en.toml"), ("daemon.tools", "sayings.toml"))


@cache
def standing(language: str = "en") -> tuple[str, ...]:
    """Clauses just as they will be asked of a voice, what is said most often first."""
    texts = dict.fromkeys((*_OFTEN, *_responses(language), *_told(language)))
    clauses = (clause for text in texts for clause in _clauses(text))
    return tuple(dict.fromkeys(clauses))


def _clauses(text: str) -> list[str]:
    cut = Clauses()
    return [*cut.feed(text), *cut.finish()]


def _responses(language: str) -> Iterator[str]:
    """What is said after a call."""
    try:
        package = grammar(language)
    except UnknownLanguage:
        package = grammar("en")
    phrases = Phrases(language)
    ours = phrases.table("responses")
    for name, told in package.responses.get("intents", {}).items():
        yield from _whole({**told, **ours.get(name, {})})
    yield from _whole(phrases.table("phrases"))
    yield from _whole(package.responses.get("errors", {}))


def _told(language: str) -> Iterator[str]:
    """What timers, lists and questions that were asked back say."""
    for room, name in _TABLES:
        tables = tomllib.loads((files(room) / name).read_text("utf-8"))
        table = tables.get(language, {}) if name == "sayings.toml" else tables
        yield from (text for text in _whole(table) if text.endswith((".", "?")))
    answers = tomllib.loads((files("daemon") / "answers.toml").read_text("utf-8"))
    yield from (str(answers[language][key]) for key in ("dropped", "over") if language in answers)


def _whole(table: Mapping[str, Any]) -> Iterator[str]:
    """The phrases of a table, and of those in it, that have nothing to fill in."""
    for text in table.values():
        if isinstance(text, Mapping):
            yield from _whole(text)
        elif (phrase := str(text).strip()) and "{" not in phrase:
            yield sentence(phrase)
