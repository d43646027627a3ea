"""What an answer says about the state of the home, and whether the notes say it too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SAME = (
    r"garage(?: doors?)?",
    r"doors?|gates?|locks?",
    r"lights?|lamps?|bulbs?",
    r"washing machine|washer|laundry",
    r"dryer|drier",
    r"heating|heater|thermostat|radiators?|ecobee",
    r"blinds?|shutters?|curtains?",
    r"tv|television",
    r"coffee machine|coffee maker",
    r"air conditioning|air conditioner|ac",
    r"alarms?|sensors?|detectors?",
    *(r"windows?", r"fans?", r"dishwasher", r"oven", r"stove", r"cooker", r"kettle", r"vacuum"),
    *(r"plugs?", r"outlets?", r"sockets?", r"speakers?", r"music", r"radio", r"sprinklers?"),
    *(r"machine", r"printer", r"freezer", r"fridge", r"taps?", r"iron", r"car"),
)
"""Things of a home; names in one group are taken for the same thing."""
THING = "|".join(f"(?:{names})" for names in _SAME)

_PROOF = {
    "on": r": on\b|\b(?:switched|turned|is|was|are|were|now) on\b|\bon \(",
    "off": r"\boff\b",
    "locked": r"\block(?:ed|s)\b",
    "unlocked": r"\bunlock(?:ed|s)\b",
    "open": r"\bopen(?:ed|s)?\b",
    "closed": r"\b(?:closed|shut)\b",
    "running": r"\b(?:running|started|active|playing)\b|: (?:on|washing|drying|heating)\b",
    "finished": r"\b(?:finish(?:ed)?|done|ended|completed?|stopped|idle|off)\b",
    "armed": r"\barmed\b",
    "disarmed": r"\bdisarmed\b",
    "triggered": r"\b(?:triggered|detected|reported|yes)\b",
}
"""What must stand in a note about a thing for its state to be told."""
_WORDS = {
    **dict.fromkeys(("playing", "started", "active"), "running"),
    **dict.fromkeys(("done", "ended", "stopped", "idle", "complete", "completed"), "finished"),
    **dict(zip(_PROOF, _PROOF, strict=True)),
    "opened": "open",
    "shut": "closed",
}
_OPPOSITE = {"on": "off", "locked": "unlocked", "open": "closed", "running": "finished"}
_OPPOSITE |= {state: other for other, state in _OPPOSITE.items()}

_STATE = "|".join(sorted(_WORDS, key=len, reverse=True))
_BE = r"(?:'s|'re| is| are| was| were| has| have|(?: is| are| was| were| has| have)n't| had)"
_ADVERBS = (
    r"(?: not| now| currently| still| already| just| been| being| all| both| properly| fully"
    r"| safely| actually| indeed| definitely| set to| turned| switched| left)*"
)
_SAID = rf"(?P<be>{_BE}{_ADVERBS}) (?P<state>{_STATE})\b(?: and (?P<more>{_STATE})\b)?"
_ABOUT = re.compile(
    rf"(?P<own>(?:[\w']+ ){{0,2}}?)\b(?P<thing>{THING})\b"
    rf"(?: (?:in|of|at|to|on|by) (?:the|your|my|our) (?P<where>\w+))?",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    rf"{_ABOUT.pattern}[^.;]{{0,30}}?"
    rf"(?:{_SAID}|(?: just| already)? (?P<did>finished|ended|stopped|started|opened|closed)\b)",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    rf"\b(?:it|they|that|everything|both)(?:{_SAID}|(?: just)? (?P<did>finished|ended|stopped))",
    re.IGNORECASE,
)
_BARE = re.compile(r"^(?:yes|no|yep|yeah|nope|correct|right)\b", re.IGNORECASE)
_ASKS_STATE = re.compile(rf"\b(?:{_STATE}|finish|stop|start|close|lock|open)\b", re.IGNORECASE)
_YES_OR_NO = re.compile(r"^(?:is|are|was|were|did|has|have|do|does)\b", re.IGNORECASE)
_SUPPOSED = re.compile(
    r"\b(?:if|whether|when|whenever|once|until|unless|know|sure|certain|tell|check|ensure|say|see|"
    r"a|an|any|every|each)\s+(?:\S+\s+){0,3}$",
    re.IGNORECASE,
)
"""In front of a thing: nothing is said of a thing in this home."""
_NO_NAME = frozenset(
    {"the", "your", "my", "our", "all", "both", "of", "no", "yes", "and", "but", "that", "this"}
    | {
        "so",
        "okay",
        "ok",
        "is",
        "are",
        "was",
        "did",
        "has",
        "have",
        "worry",
        "for",
        "a",
        "in",
        "it",
    }
)
_HEARSAY = re.compile(
    r"^\W*(?:[\w :]+: )?you said\b|\b(?:know|whether|if|think|sure|maybe|should)\b", re.IGNORECASE
)
"""What people believed or wondered about proves no state of the home."""
_TIME = re.compile(r"\b\d{1,2}:\d\d\b")


@dataclass(frozen=True, slots=True)
class Claim:
    """That a thing is in a state.

    Attributes:
        thing: its kind, e.g. "lamp".
        names: words that single it out, e.g. "kitchen".
        state: a key of _PROOF.
    """

    thing: str
    names: frozenset[str]
    state: str

    def is_proven(self, evidence: str) -> bool:
        """Whether a line of the evidence says so of this thing."""
        kind = next(same for same in _SAME if re.fullmatch(same, self.thing, re.IGNORECASE))
        needed = [rf"\b(?:{kind})\b", *map(re.escape, self.names), _PROOF[self.state]]
        return any(
            all(re.search(pattern, line, re.IGNORECASE) for pattern in needed)
            for line in evidence.splitlines()
            if not _HEARSAY.search(line)
        )


def claims(clause: str, asked: str) -> Iterator[Claim]:
    """What a clause says about the home; "it" is the thing that was asked for."""
    for found in _CLAIM.finditer(clause):
        if not _SUPPOSED.search(clause[: found.start("thing")]):
            yield from _claimed(found, found)
    about = _ABOUT.search(asked)
    if about is None:
        return
    for found in _PRONOUN.finditer(clause):
        if not _SUPPOSED.search(clause[: found.start()]):
            yield from _claimed(about, found)


def invents_state(clause: str, evidence: str, asked: str) -> bool:
    """Whether a clause tells a state of the home that no line of the evidence tells."""
    found = list(claims(clause, asked))
    if any(not claim.is_proven(evidence) for claim in found):
        return True
    times = set(_TIME.findall(clause))
    if found and not times <= set(_TIME.findall(evidence)):
        return True
    return not found and bool(_BARE.search(clause)) and _is_unknown(asked, evidence)


def _is_unknown(asked: str, evidence: str) -> bool:
    """Whether yes and no would both be guesses."""
    about = _ABOUT.search(asked)
    if about is None or not (_YES_OR_NO.search(asked) and _ASKS_STATE.search(asked)):
        return False
    thing, names = about["thing"], _names(about)
    return not any(Claim(thing, names, state).is_proven(evidence) for state in _PROOF)


def _claimed(about: "re.Match[str]", said: "re.Match[str]") -> Iterator[Claim]:
    parts = said.groupdict()
    negated = bool(re.search(r"\bnot\b|n't", parts["be"] or "", re.IGNORECASE))
    for word in filter(None, (parts["state"], parts["more"], parts["did"])):
        state = _WORDS[word.lower()]
        yield Claim(
            about["thing"], _names(about), _OPPOSITE.get(state, state) if negated else state
        )


def _names(about: "re.Match[str]") -> frozenset[str]:
    words = [*(about["own"] or "").split(), about["where"] or ""]
    plain = (re.sub(r"[']s$", "", word.lower()) for word in words)
    return frozenset(word for word in plain if word and word not in _NO_NAME)
