"""Whether anything vouches for what the mind is about to say."""

import re

from daemon.honesty import CANNOT, UNKNOWN, claims_effect, invents_state, is_assent
from daemon.speech_acts import is_command
from memory.records import Turn


def unfounded(clause: str, sentence: str, turn: Turn, evidence: str) -> str | None:
    """What to say instead of a clause that nothing vouches for, or None.

    It is judged alone and with the clauses before it in its sentence: "The dryer, as you asked,"
    says nothing yet, and "is finished" says it of nothing.
    """
    if is_command(turn.asked) and not _acted(turn) and is_assent(sentence):
        return CANNOT
    for text in {clause, sentence}:
        if claims_effect(text, evidence) and not _acted(turn):
            return CANNOT
        if invents_state(text, evidence, turn.asked):
            return _observed(turn) or UNKNOWN
    return None


def _observed(turn: Turn) -> str:
    """What a sensor says about the very thing that was asked for, as a sentence; "" for nothing."""
    asked = turn.asked.lower()
    words = set(_WORD.findall(asked))
    for source in turn.sources:
        thing, separator, value = source.text.partition(": ")
        name = {word for word in _WORD.findall(thing.lower()) if word not in _PLACING}
        if separator and not source.id and (thing.lower() in asked or len(name & words) > 1):
            verb = "are" if thing.endswith("s") else "is"
            return f"The {thing} {verb} {value.partition(' (')[0]}."
    return ""


_WORD = re.compile(r"[\w']+")
_PLACING = frozenset({"in", "the"})


def _acted(turn: Turn) -> bool:
    """Whether anything was done in this turn that could be told of."""
    return any(tool.get("ok") for tool in turn.tools)
