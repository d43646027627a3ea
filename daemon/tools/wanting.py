"""Whether words want something done or looked up, so that the mind is asked for a tool at all."""

import re
from typing import Final, Literal

from daemon.speech_acts import is_command, is_dismissal, is_question, is_statement
from daemon.tools.misgivings import forbids, is_for_memory, is_scrap

Reach = Literal["", "read", "write"]
"""What words may lead to: nothing, a look, or an effect."""

_MOST_WORDS: Final = 40
"""Nobody commands in more; it is a story, or a television."""

_CALLED: Final = re.compile(
    r"^(?:(?:hey|hi|ok|okay|so|now|and|also|then|please|just|well),? )*"
    r"(?:(?:next|after this(?: song)?),? (?=play|turn|start|skip))?"
    r"(?:(?:olly|alexa|google|siri|auricle|jarvis|computer),? )?"
    r"(?:(?:please|kindly|just|help me|i need you to|let's|lets) )*",
    re.IGNORECASE,
)
"""What is said before an order and means nothing."""

_ORDER: Final = re.compile(
    r"^(?:create|remove|delete|change|continue|brighten|increase|decrease|reduce|skip|shuffle|mute|"
    r"unmute|shut|vacuum|clean|mop|go to|begin|launch|listen|tune|prepare|brew|move|adjust|get|"
    r"drop|save|end|provide|touch|arrange|alert me|look for|let me hear|repeat|alarm|power|lower|"
    r"raise|softer|louder|queue|search) \w",
    re.IGNORECASE,
)
"""Verbs that begin an order of the home, beside those of `is_command`."""

_OPENING: Final = r"^(?:(?:and|so|okay|ok|hey|well|now|then|please|sorry|alexa|olly),? )*"
_ASKED_TO: Final = re.compile(
    r"^(?:can|could|may) (?:i|we) (?:have|hear|get)\b|"
    + _OPENING
    + r"(?:can|could|would|will) you (?:please |just |kindly )?"
    r"(?!tell|know|hear|see|say|explain|remember|think|believe|help|be\b|have\b|do\b|like\b)\w",
    re.IGNORECASE,
)
_WISH: Final = re.compile(
    r"\b(?:i|we)(?:'d| would)? (?:want|need|like|love|wish|feel like|gotta|have got to)\b"
    r"|\b(?:i'd|we'd) (?:like|love|rather)\b|\bi'm (?:cold|hot|freezing|boiling)\b"
    r"|\b(?:it's|it is|is|that's|that is|much|way|a bit|a little) too (?:dark|bright|loud|quiet|"
    r"cold|hot|warm|low|high|noisy)\b|\b(?:it's|it is) (?:dark|cold|hot|loud)\b"
    r"|\bi (?:can't|cannot|can not) (?:hear|see)\b|\bout of\b|\btime (?:for|to)\b",
    re.IGNORECASE,
)


def reach(asked: str) -> Reach:
    """What the words may lead to.

    Questions only ever look. Orders, wishes ("it's too dark in here") and scraps ("lights off")
    may do something. Whatever merely tells ("my bike is in the cellar") leads to nothing.
    """
    words = _CALLED.sub("", asked.strip())
    if not words or len(words.split()) > _MOST_WORDS:
        return ""
    orders = any((is_command(words), _ORDER.match(words), _ASKED_TO.search(words)))
    if is_dismissal(words) and not orders:
        return ""
    if is_question(words) and not orders:
        return "" if is_for_memory(words) else "read"
    if forbids(words):
        return ""
    wishes = bool(_WISH.search(words)) or (is_scrap(words) and not is_statement(words))
    return "write" if orders or wishes else ""
