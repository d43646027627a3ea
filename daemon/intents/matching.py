"""The exact match of a sentence, by hassil, as an intent of ours."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hassil.intents import SlotList, TextSlotList
from hassil.models import MatchEntity
from hassil.recognize import RecognizeResult, recognize_all

from daemon.intents.grammar import Grammar
from daemon.intents.intent import Intent
from daemon.intents.names import Names
from daemon.intents.words import Words
from sensors.entities import Entity
from sensors.events import Value

_SOMEWHERE: Final = "\N{REPLACEMENT CHARACTER}"
"""Room of a sentence that means the room it was said in, where nobody knows which that is."""

_SAME: Final = {"HassListRemoveItem": ("HassListCompleteItem", "item_completed")}
"""What is removed from a list is ticked off, as the package has it for the shopping list: that can
be taken back."""

_TIMES: Final = ("lead", "time", "when")
"""Slots of our sentences that are words of a time."""

_PLACES: Final = (1, 2, 3)
"""Numbers that may be a way to say which one."""

_LEVEL: Final = re.compile(r"\b(?:to|at|percent|brightness|bright|level)\b|%", re.IGNORECASE)

_PLAYERS: Final = "HassMedia", "HassSetVolume"
"""Beginnings of intents that mean nothing in a house without a media player."""


@dataclass(frozen=True, slots=True)
class Match:
    """One way in which the templates match a sentence.

    Attributes:
        intent: what it means.
        entity: what it names, if it names an entity.
        literal: the words that filled no slot, lower case.
        free: texts of the slots that take any words.
    """

    intent: Intent
    entity: Entity | None
    literal: str
    free: tuple[str, ...]


class Matcher:
    """Matches sentences against one grammar and the names of one house. Immutable."""

    def __init__(self, grammar: Grammar, words: Words, names: Names) -> None:
        """Take what sentences are made of."""
        self._grammar = grammar
        self._words = words
        self._names = names
        self._entities = {entity.id: entity for entity in names.home.entities}
        self._lists: dict[str, SlotList] = dict(names.lists)
        if words.zones:
            rooms = (area.name for area in names.home.areas)
            self._lists["zone"] = TextSlotList.from_strings(
                (*words.zones, *rooms), allow_template=False
            )

    def match(self, text: str, area: str) -> list[Match]:
        """The best understanding of a tidied sentence; several if it names several things.

        Args:
            text: the sentence.
            area: the room it was said in, "" when unknown.
        """
        if found := self._best(text, area):
            return found
        return [] if area else self._best(text, _SOMEWHERE)

    def _best(self, text: str, area: str) -> list[Match]:
        templates = self._grammar.candidates(text, self._names.of(text), self._lists)
        if templates is None:
            return []
        context = {"area": area} if area else {}
        results = recognize_all(text, templates, intent_context=context)
        ranked = sorted(
            ((_rank(result), n, result) for n, result in enumerate(results)),
            key=lambda one: one[:2],
        )
        best: list[Match] = []
        first: tuple[Any, ...] = ()
        for rank, _, result in ranked:
            if best and rank != first:
                break
            match = self._read(text, result)
            if match is not None and all(match.entity != one.entity for one in best):
                first = rank
                best.append(match)
        return best

    def _read(self, text: str, result: RecognizeResult) -> Match | None:
        """What a result of hassil means; None when it means nothing after all."""
        slots = {entity.name: _value(entity) for entity in result.entities_list}
        unplaced = slots.get("area") == _SOMEWHERE
        if unplaced:
            del slots["area"]
        name = result.intent.name
        if any(entity.is_wildcard and _cuts(text, entity) for entity in result.entities_list):
            return None
        if not self._is_sensible(name, slots, text) or not self._has_time(slots):
            return None
        name, response = _SAME.get(name, (name, result.response or "default"))
        language = self._grammar.language
        intent = Intent(name, slots, language, response, text, unplaced=unplaced)
        entity = self._entities.get(str(result.context.get("entity", "")))
        free = tuple(one.text for one in result.entities_list if one.is_wildcard)
        return Match(intent, entity, _literal(text, result.entities_list), free)

    def _is_sensible(self, name: str, slots: Mapping[str, Value], text: str) -> bool:
        domains = self._names.domains
        if name == "HassLightSet" and slots.get("brightness") in _PLACES:
            # "The kitchen one" answers which of them, and dims nothing.
            return bool(_LEVEL.search(text))
        if name.startswith(_PLAYERS) and "media_player" not in domains:
            return False
        if name == "HassMediaSearchAndPlay":
            return not self._words.games.search(str(slots.get("search_query", "")))
        if name == "HassGetState" and slots.get("domain") == "person":
            return "person" in domains
        return True

    def _has_time(self, slots: dict[str, Value]) -> bool:
        """Join the words of a time into `when`; whether they can be one."""
        time = slots.pop("time", None)
        lead = slots.pop("lead", None)
        if time is None:
            return True
        slots["when"] = f"{lead} {time}" if lead else time
        return self._words.is_time(str(time))


def _rank(result: RecognizeResult) -> tuple[Any, ...]:
    """What hassil's `recognize_best` orders by, the longest name first; and ours comes first."""
    name = result.entities.get("name")
    named = len(name.text) if name is not None and not name.is_wildcard else 0
    free = [entity.text for entity in result.entities_list if entity.is_wildcard]
    # Of a reminder as much as can be is its time, for what is left is read out again.
    time = sum(len(result.entities[part].text) for part in _TIMES if part in result.entities)
    return (
        not result.intent.name.startswith("Auricle"),
        -time,
        -named,
        len(free),
        -result.text_chunks_matched,
        sum(map(len, free)),
        result.intent.name,
    )


def _value(entity: MatchEntity) -> Value:
    value = entity.value
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return int(value) if value == int(value) else float(value)
    return str(value).strip()


def _cuts(text: str, entity: MatchEntity) -> bool:
    """Whether free text ends within a word: hassil finds "on list" in "vacation list"."""
    if entity.text_span is None:
        return False
    return any(
        text[edge - 1 : edge].isalnum() and text[edge : edge + 1].isalnum()
        for edge in entity.text_span
    )


def _literal(text: str, entities: Sequence[MatchEntity]) -> str:
    """The sentence without what filled its slots."""
    left = list(text)
    for entity in entities:
        if entity.text_span is not None:
            start, end = entity.text_span
            left[start:end] = " " * (end - start)
    return " ".join("".join(left).split()).casefold()
