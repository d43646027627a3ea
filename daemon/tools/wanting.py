"""Whether words want something done or looked up, so that the mind is asked for a tool at all."""

import re
from typing import Final, Literal

from daemon.speech_acts import is_command, is_dismissal, is_question, is_statement

Reach = Literal["", "read", "write"]
"""What words may lead to: nothing, a look, or an effect."""

_MOST_WORDS: Final = 40
"""Nobody commands in more; it is a story, or a television."""

_OPENING: Final = r"^(?:(?:and|so|okay|ok|hey|well|now|then|please|sorry|alexa|olly),? )*"
_ASKED_TO: Final = re.compile(
    _OPENING + r"(?:can|could|would|will) you (?:please |just |kindly )?"
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
    words = asked.strip()
    if not words or len(words.split()) > _MOST_WORDS:
        return ""
    if is_command(words) or _ASKED_TO.search(words):
        return "write"
    if is_dismissal(words):
        return ""
    if is_question(words):
        return "read"
    return "write" if _WISH.search(words) or not is_statement(words) else ""
