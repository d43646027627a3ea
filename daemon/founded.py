"""Whether anything vouches for what the mind is about to say."""

from daemon.honesty import CANNOT, UNKNOWN, claims_effect, invents_state, is_assent
from daemon.speech_acts import is_command
from memory.records import Turn


def unfounded(clause: str, sentence: str, turn: Turn, evidence: str) -> str | None:
    """What to say instead of a clause that nothing vouches for, or None.

    It is judged alone and with the clauses before it in its sentence: "The dryer, as you asked,"
    says nothing yet, and "is finished" says it of nothing.
    """
    if is_command(turn.asked) and not turn.tools and is_assent(sentence):
        return CANNOT
    for text in {clause, sentence}:
        if claims_effect(text, evidence) and not turn.tools:
            return CANNOT
        if invents_state(text, evidence, turn.asked):
            return _observed(turn) or UNKNOWN
    return None


def _observed(turn: Turn) -> str:
    """What a sensor says about the very thing that was asked for, as a sentence; "" for nothing."""
    for source in turn.sources:
        thing, separator, value = source.text.partition(": ")
        if separator and not source.id and thing.lower() in turn.asked.lower():
            return f"The {thing} is {value.partition(' (')[0]}."
    return ""
