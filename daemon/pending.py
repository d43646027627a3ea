"""A question that was asked back, and what its answer does: yes or no, or which one."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from rapidfuzz import fuzz

from daemon.intents.intent import Intent
from models.ports import ToolCall

PATIENCE_S: Final = 45.0
"""Seconds after which an answer is no answer any more but the beginning of something else."""

_ALIKE: Final = 80.0
"""Of 100: how much like an option an answer must sound; "the lamb" is 86 like "the lamp"."""

_MARGIN: Final = 10.0
"""By how much the likeliest option must lead."""

_FILLERS: Final = frozenset(
    ("in", "on", "at", "the", "one", "that", "please", "i", "mean", "meant", "take", "a", "it")
)

Answer = Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class Option:
    """One way to answer.

    Attributes:
        label: what people call it, "kitchen lamp"; "" for a plain yes.
        call: what is done then.
        response: key of the response it is told with.
        unplaced: it means the room it was said in, and nobody knows which that is.
    """

    label: str
    call: ToolCall
    response: str = "default"
    unplaced: bool = False


@dataclass(frozen=True, slots=True)
class Pending:
    """A question that waits for its answer.

    Attributes:
        options: one for yes or no, several for which.
        confirmed: whether choosing an option also confirms its call.
        session: in which it was asked, "" when nobody had asked for anything.
        until: Unix seconds.
        rest: what the same sentence wanted besides, done after the answer.
        refusal: what a no does; None: it is let go.
        missing: the argument that any answer fills in, "when"; "" where an option is chosen.
    """

    options: tuple[Option, ...]
    confirmed: bool
    session: str
    until: float
    rest: tuple[Option, ...] = ()
    refusal: Option | None = None
    missing: str = ""

    def chosen(self, said: str, language: str) -> "Option | Answer | None":
        """The option that an answer means, "no", or None when it is no answer to this."""
        words = _plain(said)
        answer = assent(said, language)
        if answer == "no":
            return "no"
        if len(self.options) == 1:
            return self.options[0] if answer == "yes" else None
        return _named(words, self.options)


def options_of(intents: Sequence[Intent]) -> list[Option]:
    """Intents as answers to the question which of them is meant."""
    return [
        Option(_label(intent), intent.call, intent.response, intent.unplaced) for intent in intents
    ]


def assent(said: str, language: str) -> Answer | None:
    """Whether a whole answer says yes or no in a language; English where it is not known."""
    table = _table(language)
    words = _plain(said)
    if words in table["no"]:
        return "no"
    return "yes" if words in table["yes"] else None


def silenced(said: str, language: str) -> Literal["stop", "snooze"] | None:
    """Whether somebody wants what rings to stop, or to come again later."""
    table = _table(language)
    words = _plain(said)
    if words in table["snooze"]:
        return "snooze"
    return "stop" if words in table["stop"] or words in table["no"] else None


def means_everywhere(said: str, language: str) -> bool:
    """Whether a sentence speaks of more than one room."""
    words = _table(language)["everywhere"]
    return not isinstance(words, str) and not words.isdisjoint(_plain(said).split())


def dropped(language: str) -> str:
    """What is said when somebody answered no."""
    return str(_table(language)["dropped"])


def _named(words: str, options: tuple[Option, ...]) -> Option | None:
    """The one option that is clearly meant: "the first one", or by its name or a part of it."""
    for place, ordinals in enumerate((("first", "former"), ("second", "latter"), ("third",))):
        if place < len(options) and set(words.split()) & set(ordinals):
            return options[place]
    told = [word for word in words.split() if word not in _FILLERS]
    if not told:
        return None
    scores = sorted(((_score(told, option.label), -n) for n, option in enumerate(options)))[::-1]
    (best, place), (second, _) = scores[0], scores[1]
    return options[-place] if best >= _ALIKE and best - second >= _MARGIN else None


def _label(intent: Intent) -> str:
    """By what it can be told from others: two of one name are in two rooms."""
    told = (str(intent.slots.get(slot, "")) for slot in ("name", "area", "floor"))
    return " ".join(filter(None, told))


def _score(told: list[str], label: str) -> float:
    """How much of an answer is about a label, 0..100."""
    words = _plain(label).split()
    return sum(max((fuzz.ratio(one, word) for word in words), default=0.0) for one in told) / len(
        told
    )


def _plain(said: str) -> str:
    words = re.sub(r"[^\w\s'-]", " ", said.lower().replace("\u2019", "'")).split()
    while words and words[0] in {"um", "uh", "well", "oh", "please", "äh", "euh"}:
        words = words[1:]
    return " ".join(words)


def over(language: str) -> str:
    """What is said to a yes that no question waits for any more."""
    return str(_table(language)["over"])


def _table(language: str) -> "Mapping[str, frozenset[str] | str]":
    return _answers().get(language.partition("-")[0], _answers()["en"])


@cache
def _answers() -> Mapping[str, Mapping[str, frozenset[str] | str]]:
    told = tomllib.loads((files("daemon") / "answers.toml").read_text("utf-8"))
    return {
        language: {
            kind: words if isinstance(words, str) else frozenset(words)
            for kind, words in table.items()
        }
        for language, table in told.items()
    }
