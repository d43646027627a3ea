"""Words that say how a sentence is meant: fillers, negations, questions, reported speech.

One TOML file per language. Without one nothing is cut from a sentence, nothing is mended, and only
what the package's sentences match to the last word is understood.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

_NEVER: Final = re.compile(r"(?!)")
_EDGE: Final = ' \t\n.,;:!?…"“”„«»()[]\N{EM DASH}\N{EN DASH}-'
_SPACES: Final = re.compile(r"\s+")
_QUESTION_MARK: Final = re.compile(r"[?\uff1f\u061f][\s\"”»)]*$")


def any_of(words: Iterable[str], before: str = "", after: str = "") -> re.Pattern[str]:
    """A pattern that matches each of the words as a whole word, the longest first."""
    longest_first = sorted(set(words), key=len, reverse=True)
    if not longest_first:
        return _NEVER
    any_word = "|".join(map(re.escape, longest_first))
    return re.compile(rf"{before}(?<![\w'])(?:{any_word})(?![\w']){after}", re.IGNORECASE)


class Words:
    """The words of one language."""

    def __init__(self, tables: Mapping[str, Any], called: Sequence[str] = ()) -> None:
        """Take the file's tables, empty for none, and what the assistant is called."""

        def table(name: str) -> Mapping[str, Any]:
            found: Mapping[str, Any] = tables.get(name, {})
            return found

        meaning, mending = table("meaning"), table("mending")
        self._before = any_of((*tables.get("before", ()), *called), before="^", after=r"[\s,.!]*")
        self._after = any_of((*tables.get("after", ()), *called), before=r"[\s,]*", after="$")
        self._whole_before = any_of(tables.get("whole_before", ()), before="^")
        self._whole = any_of(tables.get("whole", ()), after="$")
        self._spelling = [
            (re.compile(rf"(?<!\w){re.escape(wrong)}(?!\w)", re.IGNORECASE), right)
            for wrong, right in table("spelling").items()
        ]
        self._negations = any_of(meaning.get("negations", ()))
        self._reports = any_of(meaning.get("reports", ()))
        self._questions = any_of(meaning.get("questions", ()), before="^")
        self._orders = any_of(meaning.get("orders", ()), before="^")
        self._order = any_of(meaning.get("orders", ()))
        self._times = frozenset(table("times").get("words", ()))
        self._after_the = frozenset(table("times").get("after_the", ()))
        self.joints = any_of(table("joints").get("words", ()), before=r"[\s,;.]*", after=r"\s+")
        """Between two commands."""
        self._misheard_joints: Mapping[str, str] = table("joints").get("heard", {})
        self._joined = any_of(self._misheard_joints, before=r"(?<=\s)", after=r"(?=\s)")
        self.games = any_of(table("media").get("other", ()))
        """What is played and is no media."""
        self.zones: Sequence[str] = table("zones").get("values", ())
        """Where people may be, besides rooms."""
        self.fixed = frozenset((*mending.get("fixed", ()), *table("media").get("other", ())))
        """Words that are never taken for others."""
        self.heard: Mapping[str, Sequence[str]] = mending.get("heard", {})
        """Words that may be others that sound the same."""
        self.mends = bool(mending)
        """Whether anything may be mended in this language."""

    def tidy(self, said: str) -> str:
        """The sentence without fillers and without punctuation at its ends; case is kept."""
        text = _SPACES.sub(" ", said).strip(_EDGE)
        for wrong, right in self._spelling:
            text = wrong.sub(right, text)
        while True:
            shorter = text if self._whole_before.match(text) else self._before.sub("", text)
            if not self._whole.search(shorter):
                shorter = self._after.sub("", shorter)
            shorter = shorter.strip(_EDGE)
            if not shorter or shorter == text:
                return text
            text = shorter

    def ways(self, said: str) -> Iterator[str]:
        """A tidied sentence as it is, and without the commas that ears put where somebody stops."""
        yield said
        if "," in said:
            yield " ".join(said.replace(",", " ").split())

    def unjoined(self, said: str) -> Iterator[str]:
        """The sentence with one joint as the word before a place that sounds like it."""
        for joint in self._joined.finditer(said):
            place = self._misheard_joints[joint[0].casefold()]
            yield f"{said[: joint.start()]}{place}{said[joint.end() :]}"

    def orders(self, said: str, literal: str) -> bool:
        """Whether a sentence that matched as an order is one, and no question, denial or report.

        Args:
            said: the sentence as it was said.
            literal: the tidied sentence without what filled the slots.
        """
        literal = literal.strip()
        if any(
            words.search(literal) for words in (self._negations, self._reports, self._questions)
        ):
            return False
        return self.begin_order(literal) or not _QUESTION_MARK.search(said)

    def begin_order(self, literal: str) -> bool:
        """Whether a sentence begins as orders do, with what is to be done."""
        return bool(self._orders.match(literal))

    def means_otherwise(self, text: str) -> bool:
        """Whether any word in it denies or reports: then nothing is mended."""
        return bool(self._negations.search(text) or self._reports.search(text))

    def is_time(self, text: str) -> bool:
        """Whether words can be a time of day, a date or a length: "half past six"."""
        if self._order.search(text):
            return False
        first, _, rest = text.casefold().partition(" ")
        if first == "the":
            return rest.partition(" ")[0] in self._after_the
        return first[:1].isdigit() or first.partition("-")[0] in self._times


@cache
def tables(name: str) -> Mapping[str, Any]:
    """The tables of one of this room's TOML files; empty when there is none of that name."""
    file = resources.files("daemon.intents").joinpath(f"{name}.toml")
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
