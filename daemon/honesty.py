"""Guard rails: an answer may not claim effects or states of the home that nothing vouches for.

Patterns, not a model: what they catch is listed in their tests, with what they must let pass. An
invented state is worse than a question that is not answered, so where both cannot be had they
refuse.
"""

import re

from daemon import states
from daemon.measured import invents_measurement, invents_weather, invents_whereabouts

_VERBS = (
    *("turn", "switch", "dim", "lock", "unlock", "open", "close", "start", "stop", "play", "pause"),
    *("resume", "add", "cancel", "activate", "deactivate", "change", "adjust", "call", "remind"),
    *("schedule", "create", "remove", "delete", "raise", "lower", "order", "arm", "disarm", "skip"),
    *("enable", "disable", "message", "notify", "alert", "brighten"),
)
_PAST = "|".join(
    [
        *(f"{verb}d" if verb.endswith("e") else f"{verb}(?:{verb[-1]})?ed" for verb in _VERBS),
        *("set", "sent", "put on", "made sure", "taken care of", "took care of", "shut"),
    ]
)
_ING = "|".join(
    [
        *(f"{verb.removesuffix('e')}(?:{verb[-1]})?ing" for verb in _VERBS),
        *("setting", "sending", "putting on", "shutting", "running"),
    ]
)
_PLAIN = "|".join((*_VERBS, "set", "send", "put on", "shut", "wake", "let you know", "keep an eye"))
_SOON = (
    r"(?: just| now| already| also| gladly| happily| be| going to| go ahead and| gone ahead and)*"
)
_FILLER = (
    r"(?:okay|ok|sure|sure thing|alright|certainly|of course|got it|done|yes|right|great)[,.!]? "
)
_OBJECT = (
    r"(?:on|off|up|down|the|your|a|an|all|some|it|them|that|now|music|every\w+|both|\w+ lights?|\d)"
)
_REMARK = (
    r"(?!.*\b(?:is|are|takes?|requires?|helps?|can|may|makes?|means?|should|would|costs?|lets?)\b)"
)
"""Behind "Turning off the tap": then it is a remark, nothing that is being done."""
_CLOCKS = "timer|alarm|reminder|countdown|appointment|playlist"
_NOW_SO = r"(?: (?:turned|switched))? (?:on|off|locked|unlocked|dimmed)[.!]?$"
_WAS_DONE = (
    r"(?: now| just| all)?(?: been| being)+ (?:turned|switched|dimmed|locked|unlocked|scheduled|set"
    r"|activated|adjusted|raised|lowered)\b"
)
_EFFECT = "|".join(
    (
        # "I've turned on the lamp", "I'll set a timer", "I'm locking the door", "let me play"
        rf"\bI(?:'ve| have){_SOON} (?:{_PAST})\b",
        rf"\bI(?:'m| am| will be|'ll be){_SOON} (?:{_ING})\b",
        rf"\b(?:I(?:'ll| will| can| could)|let me){_SOON} (?:{_PLAIN})\b",
        rf"\bI(?:'m| am) going to{_SOON} (?:{_PLAIN})\b",
        rf"\bI(?: just| now| already| have now| went ahead and)* (?:{_PAST}) {_OBJECT}\b",
        rf"\b(?:want|like) me to (?:{_PLAIN})\b",
        # "Turning on the lamp", "Sure, set a timer", "Locked the door", "Now playing jazz"
        rf"^(?:{_FILLER})?(?:now )?(?:{_ING}) {_OBJECT}\b{_REMARK}",
        rf"^(?:{_FILLER})?(?!set|shut|put on)(?:{_PAST}) {_OBJECT}\b{_REMARK}",
        rf"^{_FILLER}(?:set|shut|put on) {_OBJECT}\b",
        r"^now playing\b",
        # "Your timer is set", "Timer set for ten minutes", "Milk was added to your list"
        rf"\b(?:{_CLOCKS})s?\b[^.]{{0,40}} (?:set|running|started|scheduled|cancell?ed|created)\b",
        r"\b(?:added|removed|put)\b[^.]{0,30}\b(?:to|from|on) (?:the|your) (?:\w+ )?list\b",
        r"\b(?:message|email|text|call)\b[^.]{0,20} (?:been|was|is) (?:sent|made|placed)\b(?! by)",
        rf"\b(?:{_CLOCKS})s? will (?:ring|go off|sound|start|end|be)\b|\bstarting now\b",
        # "Lights off", "Kitchen light turned on", "They've been switched off"
        rf"^(?:{_FILLER})?(?:the |your |all )?(?:\w+ ){{0,2}}(?:{states.THING}){_NOW_SO}",
        rf"\b(?:it|they|that|everything)(?:'s|'ve| has| have| is| are){_WAS_DONE}",
        r"^(?:(?:okay|ok|sure),? )?(?:it's |that's |all )?(?:done|all set|taken care of)[.!]?$",
        r"^consider it done\b",
    )
)
_CLAIM = re.compile(_EFFECT, re.IGNORECASE)
_UNSURE = re.compile(
    r"\b(?:can't|cannot|unable|not able|not|n't|never|whether|if)\b"
    r"(?:(?!\bbut\b)[^,.;])*$",
    re.IGNORECASE,
)
"""In front of a claim, in the same breath: it is denied, or not claimed at all."""
_THING_DONE = re.compile(
    rf"\b(?:{states.THING})\b[^.;]{{0,30}}\b(?:has|have|is|are){_WAS_DONE}", re.IGNORECASE
)

_ASSENT = re.compile(
    r"^(?:(?:okay|ok|sure|alright|all right|certainly|of course|absolutely|got it|will do|on it|"
    r"right away|done|yes|consider it done|you got it|as you wish|no problem)\b[\s,.!]*)+$",
    re.IGNORECASE,
)

CANNOT = "Sorry, I couldn't do that."
"""Spoken instead of a claimed effect."""

UNKNOWN = "I don't know that."
"""Spoken instead of a state that nothing in the prompt tells."""


def claims_effect(clause: str, evidence: str = "") -> bool:
    """Whether a clause says that its speaker has done, does, will or could do something.

    Args:
        clause: part of an answer.
        evidence: what the answer may rest on; "the lamp has been turned on" may be in it.
    """
    clause = _plain(clause)
    if any(not _UNSURE.search(clause[: match.start()]) for match in _CLAIM.finditer(clause)):
        return True
    done = _THING_DONE.search(clause)
    if done is None or _UNSURE.search(clause[: done.start()]):
        return False
    told = list(states.claims(clause, ""))
    return not told or any(not claim.is_proven(evidence) for claim in told)


def is_assent(sentence: str) -> bool:
    """Whether a sentence agrees to do something and says no more: "Okay.", "Will do."."""
    return bool(_ASSENT.search(_plain(sentence)))


def invents_state(clause: str, evidence: str, asked: str = "") -> bool:
    """Whether a clause tells a state, a measured value or weather that the evidence does not hold.

    Args:
        clause: part of an answer.
        evidence: lines that the answer may rest on: notes and earlier exchanges.
        asked: the question. Its numbers are evidence too, its words ("is it locked?") are not.
    """
    clause, asked = _plain(clause), _plain(asked)
    return (
        states.invents_state(clause, evidence, asked)
        or invents_measurement(clause, evidence, asked)
        or invents_weather(clause, evidence, asked)
        or invents_whereabouts(clause, evidence, asked)
    )


def _plain(text: str) -> str:
    """Apostrophes as they are typed, whichever way they were set."""
    return text.replace("\u2019", "'")
