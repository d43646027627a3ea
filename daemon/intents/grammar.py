"""The sentence templates of one language: the package's, and ours for what it lacks.

hassil tries every block of templates that a text's words do not rule out. Most of them speak of
something in the house, so what a text names rules out far more: what `Grammar.candidates` leaves is
matched in a third of the time. A block is left out only if it cannot match.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Any, Final

from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    RuleReference,
    Sentence,
    TextChunk,
)
from hassil.intents import Intent, IntentData, Intents, SlotList, TextSlotList, TextSlotValue
from hassil.sample import sample_expression
from hassil.util import (
    CJK_WHITESPACE,
    check_excluded_context,
    check_required_context,
    merge_dict,
    normalize_for_matching,
)
from home_assistant_intents import get_intents, get_languages

from daemon.intents.words import tables

HOUSE_LISTS: Final = ("name", "area", "floor", "workflow")
"""Lists that are filled with what is in the house."""

_SAMPLES: Final = 16
"""Ways of saying one value that are looked at."""


class UnknownLanguage(Exception):
    """The package has no sentences for a language: root of this room's errors."""


@dataclass(frozen=True, slots=True)
class Named:
    """What of the house a text names.

    Attributes:
        lists: those of `HOUSE_LISTS` of which it has a value.
        contexts: what is known of the named entities: domain and device class.
    """

    lists: frozenset[str] = frozenset()
    contexts: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class _Block:
    """One template with what a text needs to match it."""

    intent: str
    data: IntentData
    clauses: frozenset[frozenset[str]]
    lists: frozenset[str]

    def may_match(self, clauses: AbstractSet[frozenset[str]], named: Named) -> bool:
        """Whether a text may match that satisfies some clauses and names something."""
        return (
            self.lists <= named.lists
            and self.clauses <= clauses
            and ("name" not in self.lists or any(map(self._suits, named.contexts)))
        )

    def _suits(self, context: Mapping[str, str]) -> bool:
        data, known = self.data, dict(context)
        return check_required_context(
            data.requires_context, known, allow_missing_keys=True
        ) and check_excluded_context(data.excludes_context, known)


class Grammar:
    """Templates, lists and rules of one language. Immutable; making one takes 0.3 s."""

    def __init__(self, language: str) -> None:
        """Read and parse them.

        Raises:
            UnknownLanguage: the package has none.
        """
        package = get_intents(language) if language in get_languages() else None
        if package is None:
            raise UnknownLanguage(f"home-assistant-intents has no sentences in {language!r}")
        merged: dict[str, Any] = dict(package)
        merge_dict(merged, deepcopy(dict(tables(f"sentences_{language}"))))
        self.language = language
        self.responses: Mapping[str, Any] = merged.get("responses", {})
        self._intents = Intents.from_dict(merged)
        self._blocks = list(self._split())
        self._clauses = frozenset().union(*(block.clauses for block in self._blocks))
        self._fragments = frozenset().union(*self._clauses)

    def candidates(self, text: str, named: Named, lists: Mapping[str, SlotList]) -> Intents | None:
        """The templates that a text may match, for hassil; None when there are none.

        Args:
            text: the sentence.
            named: what it names.
            lists: of the house, by the names of `HOUSE_LISTS`, and others to put in their place.
        """
        haystack = normalize_for_matching(text).text.casefold()
        haystack = f"{haystack}\n{CJK_WHITESPACE.sub('', haystack)}"
        fragments = {one for one in self._fragments if one in haystack}
        clauses = {one for one in self._clauses if not one.isdisjoint(fragments)}
        found: dict[str, Intent] = {}
        for block in self._blocks:
            if block.may_match(clauses, named):
                intent = found.setdefault(block.intent, Intent(block.intent))
                intent.data.append(block.data)
        if not found:
            return None
        return replace(
            self._intents, intents=found, slot_lists={**self._intents.slot_lists, **lists}
        )

    def keywords(self) -> frozenset[str]:
        """All words that templates and their lists are made of, lower case."""
        lists = self._intents.slot_lists.values()
        expressions: list[Expression] = [
            block.data.sentences[0].expression for block in self._blocks
        ]
        rules = [self._intents.expansion_rules, *(one.data.expansion_rules for one in self._blocks)]
        expressions += [rule.expression for local in rules for rule in local.values()]
        expressions += [
            value.text_in
            for values in lists
            if isinstance(values, TextSlotList)
            for value in values.values
        ]
        return frozenset(
            word
            for expression in expressions
            for chunk in _literals(expression)
            for word in chunk.casefold().split()
            if word.isalpha()
        )

    def sayings(self, list_name: str) -> Mapping[str, str]:
        """How each value of a list is said, shortest: {"on": "low", "off": "normal"}."""
        values = self._intents.slot_lists.get(list_name)
        if not isinstance(values, TextSlotList):
            return {}
        said: dict[str, str] = {}
        for value in values.values:
            said.setdefault(str(value.value_out), _shortest(value))
        return said

    def _split(self) -> Iterator[_Block]:
        rules = self._intents.expansion_rules
        for intent in self._intents.intents.values():
            for data in intent.data:
                local = {**rules, **data.expansion_rules}
                for sentence in data.sentences:
                    # hassil looks for its keywords in one case only, and ears write "Timer Status".
                    one = replace(
                        data, sentence_texts=[sentence.text or ""], required_keywords=None
                    )
                    parsed = one.sentences[0]
                    yield _Block(
                        intent.name,
                        one,
                        parsed.get_required_clauses(local),
                        _needed(parsed.expression, local) & set(HOUSE_LISTS),
                    )


@cache
def grammar(language: str) -> Grammar:
    """The grammar of a language, made once.

    Raises:
        UnknownLanguage: the package has none.
    """
    return Grammar(language)


def languages() -> Sequence[str]:
    """The languages that the package has sentences for, as it names them."""
    return tuple(get_languages())


def _shortest(value: TextSlotValue) -> str:
    """The first of the shortest ways, in words, of saying it."""
    ways = islice(sample_expression(value.text_in, skip_optionals=True), _SAMPLES)
    return min((way.strip() for way in ways), key=lambda way: way.count(" "))


def _needed(expression: Expression, rules: Mapping[str, Sentence]) -> frozenset[str]:
    """The lists of which every text that matches has a value."""
    match expression:
        case ListReference():
            return frozenset((expression.list_name,))
        case RuleReference() if expression.rule_name in rules:
            return _needed(rules[expression.rule_name].expression, rules)
        case Alternative():
            each = [_needed(item, rules) for item in expression.items]
            return frozenset.intersection(*each) if not expression.is_optional else frozenset()
        case Group():
            return frozenset().union(*(_needed(item, rules) for item in expression.items))
        case _:
            return frozenset()


def _literals(expression: Expression) -> Iterator[str]:
    match expression:
        case TextChunk():
            yield expression.text
        case Group():
            for item in expression.items:
                yield from _literals(item)
