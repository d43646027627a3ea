"""What somebody does by saying something: asks, commands, or tells. By its words, no model."""

import re

_QUESTION = re.compile(
    r"^(?:(?:and|but|so|okay|ok|hey|well|now|then|please|yes|no|sorry),? )*"
    r"(?:who|what|when|where|why|how|which|whose|is|are|was|were|do|does|did|can|could|will|"
    r"would|should|shall|may|has|have|had|am|tell me|say|i wonder|i was wondering|let me know)\b"
    r"|\?\s*$",
    re.IGNORECASE,
)
_DISMISSAL = re.compile(r"^(?:okay,? |ok,? )?(?:never ?mind|forget|stop|cancel)\b", re.IGNORECASE)
_STATEMENT = re.compile(
    r"\b(?:is|are|was|were|am|i'm|it's|we're|they're|has|have|had|will|likes?|loves?|hates?|"
    r"prefers?|lives?|works?|needs?|wants?|called|named|went|got|put|left|moved|bought|remember)\b",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"^(?:(?:and|so|okay|ok|hey|well|now|then|please|can you|could you|would you|will you),? )*"
    r"(?:turn|switch|set|start|stop|play|pause|resume|lock|unlock|open|close|dim|add|cancel|find|"
    r"give|make|call|show|read|check|remind|wake|repeat|raise|lower|put|run|activate|send|order)"
    r" (?!talking\b|please\b|now\b)\w",
    re.IGNORECASE,
)


def is_command(asked: str) -> bool:
    """Whether somebody wants something done: "turn on the light", "please open the garage"."""
    return bool(_COMMAND.search(asked))


def is_question(asked: str) -> bool:
    """Whether somebody wants to know something: "how warm is it", "can you tell me the time"."""
    return bool(_QUESTION.search(asked.strip()))


def is_dismissal(asked: str) -> bool:
    """Whether somebody takes back what was said before: "never mind", "stop"."""
    return bool(_DISMISSAL.search(asked.strip()))


def is_statement(asked: str) -> bool:
    """Whether words tell something ("my bike is in the cellar") rather than ask or command."""
    words = asked.strip()
    if _QUESTION.search(words) or is_command(words) or is_dismissal(words):
        return False
    return bool(_STATEMENT.search(words))
