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
    *(r"plugs?", r"outlets?", r"sockets?", r"speakers?|music", r"radio", r"sprinklers?"),
    *(r"machine", r"printer", r"freezer", r"fridge", r"taps?", r"iron", r"car"),
)
"""Things of a home; names in one group are taken for the same thing."""
THING = "|".join(f"(?:{names})" for names in _SAME)

_PROOF = {
    "on": r": (?:on|heating|cooling)\b|\b(?:switched|turned|is|was|are|were|now|\d+) on\b|\bon \(",
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
    r"a|an|any)\s+(?:\S+\s+){0,3}$",
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
        "every",
        "each",
        "none",
    }
)
_HEARSAY = re.compile(
    r"^\W*(?:[\w :]+: )?you said\b|\b(?:know|whether|if|think|sure|maybe|should)\b", re.IGNORECASE
)
"""What people believed or wondered about proves no state of the home."""
_TIME = re.compile(r"\b\d{1,2}:\d\d\b")
_AWAY = ": away"
"""In a note on what cannot be reached: it tells what was."""
_COUNTS = {
    word: count
    for count, word in enumerate(("two", "three", "four", "five", "six", "seven", "eight"), 2)
} | {"one": 1, **{str(count): count for count in range(1, 100)}}
_ALL = re.compile(r"\b(?:all|every|each|both|everything)\b", re.IGNORECASE)
_NONE = re.compile(r"\b(?:no|none of the|none of your)\s+(?:\w+ ){0,2}$", re.IGNORECASE)
_NOTED = re.compile(r"^(?:- )?(?!on \d)(?P<what>(?:(?! at \d)[^:])+)(?P<said>: .+)$")
"""A note on the present state of something; a passage begins with its time."""
_PLAINLY = re.compile(
    rf"\b(?:the )?(?P<name>(?:[\w'-]+ ){{0,4}}?[\w'-]+)(?P<be>{_BE}{_ADVERBS}) "
    rf"(?P<state>on|off|locked|unlocked|open|closed|playing|paused|idle|docked|cleaning|heating"
    rf"|cooling|running)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """That a thing is in a state.

    Attributes:
        thing: its kind, e.g. "lamp".
        names: words that single it out, e.g. "kitchen".
        state: a key of _PROOF.
        past: that it was, which is also known of what cannot be reached now.
        all: that all such things are.
        count: that so many are, None for no number.
    """

    thing: str
    names: frozenset[str]
    state: str
    past: bool = False
    all: bool = False
    count: int | None = None

    def is_proven(self, evidence: str) -> bool:
        """Whether a line of the evidence says so of this thing."""
        proofs = self._lines(evidence, self.state)
        if self.count is not None:
            counted = rf"\b{self.count} {self.state}\b"
            return len(proofs) == self.count or any(re.search(counted, line) for line in proofs)
        other = _OPPOSITE.get(self.state) if self.all else None
        return bool(proofs) and not (other and self._lines(evidence, other))

    def _lines(self, evidence: str, state: str) -> list[str]:
        """Lines that say of this thing that it is in a state."""
        kind = next(same for same in _SAME if re.fullmatch(same, self.thing, re.IGNORECASE))
        needed = [rf"\b(?:{kind})\b", *map(re.escape, self.names), _PROOF[state]]
        return [
            line
            for line in evidence.splitlines()
            if all(re.search(pattern, line, re.IGNORECASE) for pattern in needed)
            and not _HEARSAY.search(line)
            and (self.past or _AWAY not in line)
        ]


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
    """Whether a clause tells a state of the home that no line of the evidence tells.

    Of two notes on the same thing the first counts: evidence begins with what is so now.
    """
    evidence = _newest(evidence)
    found = list(claims(clause, asked))
    if any(not claim.is_proven(evidence) for claim in found):
        return True
    if _contradicts(clause, evidence):
        return True
    times = set(_TIME.findall(clause))
    if found and not times <= set(_TIME.findall(evidence)):
        return True
    return not found and bool(_BARE.search(clause)) and _is_unknown(asked, evidence)


def _newest(evidence: str) -> str:
    lines: dict[str, str] = {}
    for line in evidence.splitlines():
        noted = _NOTED.match(line)
        lines.setdefault(noted["what"] if noted else line, line)
    return "\n".join(lines.values())


def _contradicts(clause: str, evidence: str) -> bool:
    """Whether a note says otherwise of a thing that no list of things has, by its name."""
    notes = [found for line in evidence.splitlines() if (found := _NOTED.match(line))]
    return any(
        not _SUPPOSED.search(clause[: said.start("be")] + " ") and _is_otherwise(said, notes)
        for said in _PLAINLY.finditer(clause)
    )


def _is_otherwise(said: "re.Match[str]", notes: "list[re.Match[str]]") -> bool:
    words = {re.sub(r"'s$", "", word.lower()) for word in said["name"].split()}
    names = words - _NO_NAME - {"everything"}
    ours = [
        note["said"]
        for note in notes
        if names <= set(re.findall(r"[\w'-]+", note["what"].lower())) and _AWAY not in note["said"]
    ]
    state = said["state"].lower()
    if re.search(r"\bnot\b|n't", said["be"]) or (re.search(r"\b(?:was|were|had)\b", said["be"])):
        return False
    shown = [note for note in ours if re.search(_PROOF.get(state, rf"\b{state}\b"), note)]
    if "everything" in words:
        other = _OPPOSITE.get(state, "")
        return not shown or any(re.search(_PROOF.get(other, r"(?!)"), note) for note in ours)
    return bool(names and ours and not shown)


def _is_unknown(asked: str, evidence: str) -> bool:
    """Whether yes and no would both be guesses."""
    about = _ABOUT.search(asked)
    if about is None or not (_YES_OR_NO.search(asked) and _ASKS_STATE.search(asked)):
        return False
    thing, names = about["thing"], _names(about)
    return not any(Claim(thing, names, state).is_proven(evidence) for state in _PROOF)


def _claimed(about: "re.Match[str]", said: "re.Match[str]") -> Iterator[Claim]:
    parts = said.groupdict()
    be, before = parts["be"] or "", about.string[: about.start("thing")]
    is_none = bool(_NONE.search(before)) and said is about
    negated = bool(re.search(r"\bnot\b|n't", be, re.IGNORECASE)) or is_none
    own = (about["own"] or "").lower().split()
    for word in filter(None, (parts["state"], parts["more"], parts["did"])):
        state = _WORDS[word.lower()]
        yield Claim(
            about["thing"],
            _names(about),
            _OPPOSITE.get(state, state) if negated else state,
            past=not re.search(r"'s|'re|is\b|are\b", be),
            all=is_none or (said is about and bool(_ALL.search(before))),
            count=next((_COUNTS[word] for word in own if word in _COUNTS), None),
        )


def _names(about: "re.Match[str]") -> frozenset[str]:
    words = [*(about["own"] or "").split(), about["where"] or ""]
    plain = (re.sub(r"[']s$", "", word.lower()) for word in words)
    return frozenset(
        word for word in plain if word and word not in _NO_NAME and word not in _COUNTS
    )
