"""What a sentence means, if it means anything that the templates know.

A sentence is matched as it is. If it means nothing, it may be several commands in one; if not,
something may have been misheard. Then the nearest sentence that means something counts, if it is
near enough and no other is nearly as near; otherwise it is asked. What is said of a lock, a cover
or everything at once is never guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from daemon.intents.asking import Asking
from daemon.intents.intent import Intent, Understood, Unsure
from daemon.intents.matching import Match, Matcher
from daemon.intents.mending import SOUNDS, Mending
from daemon.intents.words import Words
from sensors.events import Value

SURE_TO_ACT: Final = 0.8
SURE_TO_TELL: Final = 0.75
"""Scores above which a mended sentence is believed; an answer harms less than an act."""

WORTH_ASKING: Final = 0.7
"""Below this a question would be a nuisance."""

MARGIN: Final = 0.08
"""How far the next meaning must be behind."""

HEARD: Final = 0.5
HEARD_WORDS: Final = 0.8
"""Confidence of the ear below which is asked before anything is done; higher where it may be any
words, which nothing else can tell from misheard ones (tests/bench/spoken.py)."""

_ANY_WORDS: Final = frozenset(("HassBroadcast", "HassMediaSearchAndPlay"))
"""Intents that do something with words that are in no list."""

_PARTS: Final = 3
"""Commands in one sentence."""

_BORROWED: Final = 6
"""Words that a command may share with the one before it: "turn on the light in the | hall"."""

_CAREFUL: Final = frozenset(("lock", "cover", "valve", "alarm_control_panel", "siren"))
"""Domains of which nothing is guessed."""

_FAR: Final = frozenset(
    (
        "AuricleCancelAlarm", "AuricleCancelReminder", "AuricleRunWorkflow", "AuricleUndo",
        "HassBroadcast", "HassCancelAllTimers",
    )
)  # fmt: skip
"""Intents that are not guessed: what they do is much, or cannot be taken back."""


_NOTED: Final = frozenset(
    (
        "AuricleSetAlarm", "AuricleSetReminder", "HassListAddItem", "HassShoppingListAddItem",
        "HassStartTimer",
    )
)  # fmt: skip
"""Intents that only write down what was said, and say it again."""


class Understanding:
    """Understands the sentences about one house. Immutable."""

    def __init__(self, matcher: Matcher, mending: Mending, words: Words, asking: Asking) -> None:
        """Take the parts."""
        self._matcher = matcher
        self._mending = mending
        self._words = words
        self._asking = asking

    def warm(self) -> None:
        """Match once, so that hassil's indices of names are there when somebody speaks."""
        named = self._mending.longest_name
        self._matcher.match(f"turn on {named}", "")

    def of(self, text: str, area: str, confidence: float) -> Understood | None:
        """What a sentence means.

        Args:
            text: as it was heard.
            area: the room it was said in, "" when unknown.
            confidence: of the ear in the text, 0..1.
        """
        said = self._words.tidy(text)
        if not said:
            return None
        meant = (
            self._whole(text, said, area)
            or self._placed(text, said, area)
            or self._several(text, said, area)
            or self._mended(text, said, area)
        )
        if isinstance(meant, Intent) and _is_doubtful(meant, confidence):
            return self._asking.meant([meant])
        return meant

    def likeliest(self, texts: Sequence[str], area: str) -> str:
        """The first of the ways in which a sentence was heard that means something as it is.

        Ears find several ways of writing what they heard nearly as likely; most of them mean
        nothing. What would do much, or takes any words, is not chosen for meaning something.

        Args:
            texts: ways of hearing one sentence, the likeliest first; at least one.
            area: the room it was said in, "" when unknown.
        """
        first, *others = texts
        if not others or self._is_whole(first, area, careful=False):
            return first
        return next((one for one in others if self._is_whole(one, area, careful=True)), first)

    def _is_whole(self, text: str, area: str, *, careful: bool) -> bool:
        said = self._words.tidy(text)
        if not said:
            return False
        matches = self._orders(text, said, area)
        if careful:
            return bool(matches) and not any(map(_is_far_reaching, matches))
        return bool(matches or self._several(text, said, area) or self._placed(text, said, area))

    def _whole(self, text: str, said: str, area: str) -> Intent | Unsure | None:
        """What a sentence means in one of the ways in which it may be written."""
        found = (self._exact(text, way, area) for way in self._words.ways(said))
        return next((one for one in found if one is not None), None)

    def _exact(self, text: str, said: str, area: str) -> Intent | Unsure | None:
        matches = self._orders(text, said, area)
        return self._asking.which(matches, area) if matches else None

    def _orders(self, text: str, said: str, area: str) -> list[Match]:
        return [
            match
            for match in self._matcher.match(said, area)
            if not match.intent.acts or self._is_order(text, match, area)
        ]

    def _is_order(self, text: str, match: Match, area: str) -> bool:
        if not self._words.orders(text, match.literal):
            return False
        later = match.intent.slots.get("conversation_command")
        if later is None:
            return True
        # "I'll be there in five minutes" is no timer: what is to be done then must be something.
        done = self._exact(str(later), self._words.tidy(str(later)), area)
        return isinstance(done, Intent) and done.acts

    def _may_act(self, text: str, match: Match, area: str) -> bool:
        """Whether a mended sentence orders something: "the light in the hall" is not "on"."""
        return self._words.begin_order(match.literal) and self._is_order(text, match, area)

    def _several(self, text: str, said: str, area: str) -> tuple[Intent, ...] | None:
        joints = list(self._words.joints.finditer(said))
        if not 0 < len(joints) < _PARTS + 1:
            return None
        ways = [joints] if len(joints) < _PARTS else []
        ways += [[joint] for joint in joints] if len(joints) > 1 else []
        for way in ways:
            cuts = [0, *(edge for joint in way for edge in joint.span()), len(said)]
            parts = [said[a:b] for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
            if (understood := self._all(text, parts, area)) is not None:
                return understood
        return None

    def _all(self, text: str, parts: Sequence[str], area: str) -> tuple[Intent, ...] | None:
        """All parts' intents; None if one is not understood, or not surely."""
        intents: list[Intent] = []
        for part in map(self._words.tidy, parts):
            intent = self._exact(text, part, area) if part else None
            if intents and not (intent and self._stands_alone(intent, part, intents[0])):
                intent = self._like(intents[-1], text, part, area)
            if not isinstance(intent, Intent):
                return None
            intents.append(intent)
        return tuple(intents)

    def _placed(self, text: str, said: str, area: str) -> Intent | Unsure | None:
        """What a sentence means that was heard as two: "lights off and kitchen" is "in kitchen"."""
        for way in self._words.unjoined(said):
            matches = self._orders(text, way, area)
            if matches and not any(match.free for match in matches):
                meant = self._asking.which(matches, area)
                return replace(meant, score=SOUNDS) if isinstance(meant, Intent) else meant
        return None

    def _stands_alone(self, intent: Intent | Unsure, part: str, first: Intent) -> bool:
        """Whether a later part is a command of its own: "and living room to 90%" leaves out what.

        Where the first one says what is to be done with its first word, the next one does, too.
        """
        acts = isinstance(intent, Unsure) or intent.acts
        return not (acts and self._words.begin_order(first.text)) or self._words.begin_order(part)

    def _like(self, before: Intent, text: str, part: str, area: str) -> Intent | None:
        """What a part means that leaves out what it shares with the one before it."""
        beginning, rest = before.text.split(), part.split()
        alike: Intent | None = None
        for count in range(1, min(len(beginning), _BORROWED + 1)):
            shared = beginning[:count]
            again = shared[-1].casefold() == rest[0].casefold()
            intent = self._exact(text, " ".join((*shared, *rest[again:])), area)
            if not isinstance(intent, Intent) or intent.name != before.name:
                continue
            if intent.slots.keys() == before.slots.keys():
                return intent
            alike = alike or intent
        return alike

    def _mended(self, text: str, said: str, area: str) -> Intent | Unsure | None:
        if self._words.means_otherwise(said):
            return None
        options = list(self._options(text, said, area))
        if not options:
            return None
        best, match = options[0]
        near = [one for one, _ in options if one.score > best.score - MARGIN]
        sure = SURE_TO_ACT if best.acts else SURE_TO_TELL
        if len(near) == 1 and best.score >= sure and not _is_far_reaching(match):
            return best
        return self._asking.meant(near) if best.score >= WORTH_ASKING else None

    def _options(self, text: str, said: str, area: str) -> Iterator[tuple[Intent, Match]]:
        """The different meanings of mended sentences, the likeliest first."""
        seen: list[tuple[str, Mapping[str, Value]]] = []
        best = 0.0
        for variant in self._mending.variants(said):
            if variant.score < max(best - MARGIN, WORTH_ASKING):
                return
            for match in self._matcher.match(variant.text, area):
                meaning = (match.intent.name, dict(match.intent.slots))
                if meaning in seen or (match.intent.acts and not self._may_act(text, match, area)):
                    continue
                seen.append(meaning)
                best = max(best, variant.score)
                yield replace(match.intent, score=round(variant.score, 3)), match


def _is_doubtful(intent: Intent, confidence: float) -> bool:
    """Whether it was not heard well enough to be done without asking."""
    return intent.acts and confidence < (HEARD_WORDS if intent.name in _ANY_WORDS else HEARD)


def _is_far_reaching(match: Match) -> bool:
    """Whether nothing of the kind may be done on a guess."""
    intent = match.intent
    if not intent.acts:
        return False
    domains = {intent.slots.get("domain"), match.entity.domain if match.entity else None}
    everything = "domain" in intent.slots and not {"name", "area", "floor"} & intent.slots.keys()
    return bool(
        domains & _CAREFUL
        or intent.name in _FAR
        or everything
        or (match.free and intent.name not in _NOTED)
    )
