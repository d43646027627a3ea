"""Guard rails: an answer may not claim effects or states of the home that nothing vouches for."""

import re

_DOING = (
    "turned|turning|turn|switched|switching|switch|dimmed|dimming|dim|locked|locking|lock|"
    "unlocked|unlocking|unlock|opened|opening|open|closed|closing|close|set|setting|started|"
    "starting|start|stopped|stopping|stop|played|playing|play|paused|pausing|pause|resumed|"
    "resuming|resume|added|adding|add|cancelled|canceled|cancelling|canceling|cancel|activated|"
    "activating|activate|deactivated|deactivate|changed|changing|change|adjusted|adjusting|adjust|"
    "sent|sending|send|called|calling|reminded|remind|scheduled|schedule|created|creating|create|"
    "removed|removing|remove|deleted|deleting|delete|raised|raise|lowered|lower|running|ordered"
)
_DONE = "|".join(
    word for word in _DOING.split("|") if word.endswith("ed") or word in {"set", "sent"}
)
_ADVERBS = r"(?: just| now| already| also| gladly| be| going to| go ahead and)*"
_FILLER = r"(?:(?:okay|ok|sure|alright|certainly|of course|got it|done|yes)[,.!]? )?"

_CLAIM = re.compile(
    # "I've turned on the lamp", "I will set a timer", "I'm locking the door", "let me play"
    rf"\b(?:I(?:'ve| have|'ll| will|'m| am| just)|let me){_ADVERBS} (?:{_DOING})\b"
    # "Sure, turning on the lamp", "Locked the door"
    rf"|^{_FILLER}(?:{_DOING}) (?:on|off|up|down|the|your|a|an|all)\b"
    # "The lamp has been switched on"
    rf"|\b(?:has|have|had)(?: now| just)? been (?:{_DONE})\b"
    # "Your timer is set"
    r"|\b(?:timer|alarm|reminder)s?\b.{0,40}\b(?:is|are) (?:now )?(?:set|running|started)\b"
    r"|^(?:done|all done|consider it done)[.!]?$",
    re.IGNORECASE,
)
_THING = (
    "doors?|windows?|lights?|lamps?|garage|gate|locks?|heating|heater|thermostat|fan|blinds?|"
    "curtains?|shutters?|oven|stove|machine|dryer|dishwasher|tv|television|alarm|sensor|plug"
)
_STATES = {
    r"on|off": r"\b(?:on|off)\b",
    r"locked|unlocked": r"lock",
    r"open|opened": r"\bopen",
    r"closed|shut": r"clos|shut",
    r"running|idle": r"runn|idle|start",
    r"finished|done": r"finish|done|end",
    r"armed|disarmed": r"arm",
}
"""State words, and what must stand in the notes for one of them to be said."""
_STATE = re.compile(
    rf"\b(?:{_THING})\b.{{0,30}}\b(?:is|are|was|were|has|have)"
    r"(?: been| not| now| currently| still| already)*"
    rf" (?P<state>{'|'.join(_STATES)})\b",
    re.IGNORECASE,
)
_MEASURED = re.compile(r"-?\d+(?:[.,]\d+)?(?=\s?(?:°|%|degrees|percent|watts?\b|lux\b))")
_HERE = re.compile(
    r"^(?:it's|it is|the (?:current )?(?:temperature|humidity|power|battery|brightness)\b"
    r".{0,40}\bis)\b",
    re.IGNORECASE,
)
"""Measured values are checked in clauses about the here and now; water boils at 100 °C anyway."""
_DENIAL = re.compile(
    r"\b(?:can't|cannot|can not|not able|unable|won't|haven't|don't|isn't able|if|when|whether)\b",
    re.IGNORECASE,
)

CANNOT = "I can't do that yet."
"""Spoken instead of a claimed effect."""

UNKNOWN = "I don't know that."
"""Spoken instead of a state that nothing in the prompt tells."""


def claims_effect(clause: str) -> bool:
    """Whether a clause says that its speaker has done, does or will do something."""
    return bool(_CLAIM.search(clause)) and not _DENIAL.search(clause)


def invents_state(clause: str, evidence: str) -> bool:
    """Whether a clause tells a state or a measured value that the evidence does not hold.

    Args:
        clause: part of an answer.
        evidence: all that the answer may rest on: notes, question and earlier exchanges.
    """
    if _HERE.search(clause) and any(v not in evidence for v in _MEASURED.findall(clause)):
        return True
    match = _STATE.search(clause)
    if match is None or _DENIAL.search(clause):
        return False
    state = match["state"].lower()
    proof = next(proof for words, proof in _STATES.items() if state in words.split("|"))
    return re.search(proof, evidence, re.IGNORECASE) is None
