"""The prompt: what changes least comes first, so that the model re-reads as little as possible."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate, takewhile

from memory.records import Source, Turn
from models.ports import Message

_PERSONA = """\
You are Auricle, a voice assistant that runs on a small computer in this home. \
Your answers are spoken aloud: one or two short, plain sentences, no lists, no markdown.
A question may come with notes: what the sensors say now and what happened earlier. \
Answer from the notes when they hold the answer, with their exact numbers and times, \
and say each time the way people do.
If a question is about this home, its people or the present (weather, news, calendar) and \
the notes do not tell, say that you don't know; never invent it.
Switching, locking, timers and lists are not yours: other parts of the assistant do them, and what \
they could not do comes to you. When asked to do something here, say that you couldn't do it. \
Never claim to have done something.
General knowledge questions you answer directly."""

_GARAGE = "[6:40 PM]\n- garage temperature: 9.5 °C (2 minutes ago)"
_DRYER = "[6:41 PM]\n- today at 5:05 PM: The dryer finished."
_EXAMPLES = (
    ("turn on the desk lamp", "Sorry, I couldn't do that."),
    ("what's the weather tomorrow?", "I don't know the weather."),
    (f"{_GARAGE}\n\nhow cold is it in the garage?", "It's 9.5 °C in the garage."),
    (f"{_GARAGE}\n\nis the garage door open?", "I don't know whether the garage door is open."),
    (f"{_DRYER}\n\nis the dryer done?", "Yes, the dryer finished at 5:05 PM."),
    ("how many legs does a spider have?", "A spider has eight legs."),
    ("what time is it in Tokyo?", "I only know the time here."),
    ("order a pizza", "I can't order things."),
    ("I like rainy days", "Thanks for telling me."),
    ("never mind", "Okay."),
    (
        "what can you do?",
        "I can switch things in your home, set timers and alarms, keep lists and answer questions.",
    ),
)
"""Spoken-style exchanges; they steady small models and cost nothing once they are in the cache."""


_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")

_PLACES = 60
"""Names of sensors in a prompt; what a question is about comes with its notes anyway."""

_PLACES_LETTERS = 800
"""Letters of all of them; a letter is a token at the worst, and whoever can publish makes names."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a turn is given besides the words.

    Attributes:
        house: the present state of the house, e.g. "bedroom temperature: 21.5 °C (now)".
        passages: what was recalled, oldest first, each with its time in words.
        history: earlier turns of this session, oldest first.
        summary: what was said before those, "" when nothing was.
    """

    house: Sequence[Source] = ()
    passages: Sequence[Source] = ()
    history: Sequence[Turn] = ()
    summary: str = ""

    @property
    def sources(self) -> list[Source]:
        """Everything that the answer may rest on."""
        return [*self.house, *self.passages]


def stable(places: Sequence[str], context: Context, today: date) -> list[Message]:
    """Everything that the next prompt will begin with too."""
    messages = [Message("system", _PERSONA)]
    for asked, answered in _EXAMPLES:
        messages += [Message("user", asked), Message("assistant", answered)]
    messages += [
        Message("user", "What day is it?"),
        Message("assistant", f"It is {today:%A}, {today.day} {today:%B %Y}."),
    ]
    if places:
        # Behind the examples: devices come and go, and what precedes them need not be read again.
        names = ", ".join(_fitting(places))
        messages += [
            Message("user", "What is there in this home?"),
            Message("assistant", f"There are: {names}."),
        ]
    if context.summary:
        messages += [
            Message("user", "What did we talk about before?"),
            Message("assistant", context.summary),
        ]
    for turn in context.history:
        if told := _told(turn):
            messages += [Message("user", turn.asked), Message("assistant", told)]
    return messages


def _told(turn: Turn) -> str:
    """What was heard of an answer; of one that was talked over whole sentences only.

    A mind that is shown where answers were torn tears its own there.
    """
    if not turn.interrupted or turn.heard == turn.answered:
        return turn.heard
    ends = [match.end() for match in _SENTENCE_END.finditer(turn.heard)]
    return turn.heard[: ends[-1]] if ends else ""


def _fitting(places: Sequence[str]) -> list[str]:
    told = accumulate(len(place) + len(", ") for place in places[:_PLACES])
    return [
        place for place, letters in zip(places, told, strict=False) if letters <= _PLACES_LETTERS
    ]


def compose(asked: str, places: Sequence[str], context: Context, now: datetime) -> list[Message]:
    """The whole prompt of a turn."""
    return [
        *stable(places, context, now.date()),
        Message("user", f"{notes(context, now)}\n\n{asked}"),
    ]


def unanswered(history: Sequence[Turn]) -> list[str]:
    """What was said last and never answered: whoever went on speaking meant it to be one."""
    cut_off = takewhile(lambda turn: turn.interrupted and not turn.heard, reversed(history))
    return [turn.asked for turn in cut_off][::-1]


def notes(context: Context, now: datetime) -> str:
    """What this turn alone needs to know: the present, the house, what was recalled."""
    return "\n".join([f"[{clock(now)}]", *(f"- {source.text}" for source in context.sources)])


def shortened(asked: str, budget: int, count: Callable[[str], int]) -> str:
    """A monologue cut down to its beginning and, twice as much, its end, where the question is.

    Args:
        asked: what was said.
        budget: tokens that it may have.
        count: tokens of a text.
    """
    words = asked.split()
    tokens = count(asked)
    if tokens <= budget:
        return asked
    kept = len(words) * budget // (tokens + 1)
    head = kept // 3
    short = " ".join([*words[:head], "...", *words[len(words) - (kept - head) :]])
    # Words may be as long as they like; what people say is not.
    return short if count(short) <= budget else asked[:budget]


def when(at: float, now: datetime) -> str:
    """A time in the past as people say it: "today at 7:05 AM", "yesterday at 7:30 PM"."""
    then = datetime.fromtimestamp(at, now.tzinfo)
    days = (now.date() - then.date()).days
    if days == 0:
        return f"today at {clock(then)}"
    if days == 1:
        return f"yesterday at {clock(then)}"
    if 1 < days < 7:
        return f"last {then:%A} at {clock(then)}"
    return f"on {then.day} {then:%B %Y}"


def clock(moment: datetime) -> str:
    """The time of day as an American voice says it: "7:05 AM"."""
    return f"{moment.hour % 12 or 12}:{moment:%M %p}"
