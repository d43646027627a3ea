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
_STATE = re.compile(
    r"\b(?:doors?|windows?|lights?|lamps?|garage|gate|locks?|heating|heater|thermostat|fan|blinds?|"
    r"curtains?|shutters?|oven|stove|machine|dryer|dishwasher|tv|television|alarm|sensor|plug)\b"
    r".{0,30}\b(?:is|are)(?: now| currently| still| already)?"
    r" (?:on|off|locked|unlocked|open|closed|shut|running|finished|done|armed|disarmed)\b"
    r"|\b(?:it is|it's|temperature is|humidity is)(?: currently| now)? -?\d",
    re.IGNORECASE,
)
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


def claims_state(clause: str) -> bool:
    """Whether a clause tells the present state of something in the home."""
    return bool(_STATE.search(clause)) and not _DENIAL.search(clause)
