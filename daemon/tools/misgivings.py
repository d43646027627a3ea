"""Words that hold an order and are none: denied, reported, conditional, taken back, for later.

A small model hears the order and not what is around it. So what has any of these never leads to an
effect by its choice; the fast path knows some of these sentences better and comes before it.
"""

import re
from typing import Final

_VERB: Final = (
    r"(?:turn|switch|set|lock|unlock|open|close|dim|brighten|play|pause|raise|lower|start|stop|"
    r"activate|deactivate|mute|unmute|shut)(?:s|ed|d|ing|ped|ning)?"
)

_DENIED: Final = re.compile(
    r"\b(?:not|never|no longer|no need|nobody|without|neither|nor|rather than|instead of|"
    r"(?:do|does|did|wo|would|should|could|ca|is|are|was|were|must)n[o']?t|dont|cannot|"
    r"(?:stop|quit|avoid) \w+ing|leave|leaves|keep|keeps|stay|stays|remain|remains)\b",
    re.IGNORECASE,
)
_LIMITED: Final = re.compile(
    r"\b(?:except|but|other than|apart from|unless|if|when|whenever|while|once|until|till|"
    r"as soon as|in case|maybe|perhaps|almost|nearly|imagine|suppose|pretend|no wait|wait no|"
    r"scratch that|never ?mind|forget it|just kidding|actually no|was a|would be)\b"
    r"|\bno \w+[.!]?$",
    re.IGNORECASE,
)
_REPORTED: Final = re.compile(
    r"\b(?:he|she|they|somebody|someone|everybody|says|said|told|asked|shout\w*|yell\w*|howl\w*|"
    r"whisper\w*|sang|sings|wrote|writes|repeat after|write down|simon|ask \w+ to|tell \w+ to)\b"
    r"|(?<!can )(?<!could )(?<!would )(?<!will )\b(?:i|you|we|it) (?:\w+ )?(?:\w+ed|set|shut) "
    r"(?:\w+ )?(?:on|off|up|down|the|my|all)\b"
    rf"|\bthe (?:\w+ )+{_VERB} (?:on|off|at|by)\b",
    re.IGNORECASE,
)
_LATER: Final = re.compile(
    r"\b(?:tomorrow|tonight|later|yesterday|every (?:day|morning|evening|night)|"
    r"(?:at|by|from) (?:\d|noon|midnight|one|two|three|four|five|six|seven|eight|nine|ten|eleven|"
    r"twelve|half|quarter)|in (?:\w+ )+(?:minutes?|hours?|seconds?))\b",
    re.IGNORECASE,
)
_KEEPS_TIME: Final = re.compile(
    r"\b(?:alarms?|alert|remind\w*|timers?|wake|countdown|calendar|appointment|list|meeting|weather|"
    r"forecast|percent|degrees)\b",
    re.IGNORECASE,
)
_HARD_OF_HEARING: Final = re.compile(r"\bi (?:can't|cannot|can not) (?:hear|see)\b", re.IGNORECASE)


def forbids(asked: str) -> bool:
    """Whether nothing may be done because of these words, whatever else they say."""
    words = _HARD_OF_HEARING.sub(" ", asked.replace("\u2019", "'"))
    if any(pattern.search(words) for pattern in (_DENIED, _LIMITED, _REPORTED)):
        return True
    return bool(_LATER.search(words)) and not _KEEPS_TIME.search(words)


_PAST: Final = re.compile(
    r"^(?:(?:and|so|okay|hey|please|tell me),? )*(?:when|why|how often|since when|how come)\b"
    r"|\b(?:yesterday|ago|last (?:night|week|time|month)|history)\b",
    re.IGNORECASE,
)
_AHEAD: Final = re.compile(r"\b(?:rain|snow|sunny|storm|sunrise|sunset)\w*\b", re.IGNORECASE)


def is_for_memory(asked: str) -> bool:
    """Whether a question is about what happened: a state now is no answer to it."""
    past = _PAST.search(asked) is not None
    return past and not _KEEPS_TIME.search(asked) and not _AHEAD.search(asked)


def is_scrap(asked: str) -> bool:
    """Whether words without a verb at their head are an order all the same: "lights off"."""
    words = asked.strip(" .!").lower().split()
    if not 0 < len(words) <= _SHORT:
        return False
    if len(words) == 1:
        return words[0] in _ALONE
    return not (_SOMEBODY & set(words)) and not re.search(rf"\b{_VERB}\b", " ".join(words[1:]))


_SHORT: Final = 8
"""Words; what is longer and has no verb at its head is a story."""

_ALONE: Final = frozenset(
    ("softer", "louder", "quieter", "brighter", "darker", "warmer", "cooler", "mute", "unmute",
     "pause", "resume", "next", "previous", "undo", "coffee")
)  # fmt: skip
"""Words that are an order by themselves; a mere name is none."""

_SOMEBODY: Final = frozenset(("i", "you", "he", "she", "they", "we", "it", "who", "that"))
