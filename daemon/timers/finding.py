"""Which of several timers, alarms and reminders somebody means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from memory.timers import Timer

_ALIKE: Final = 80.0
"""Of 100: how much like a name what was heard must be; "past a" is 91 like "pasta"."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was said of one; whatever is empty was not.

    Attributes:
        id: exactly this one.
        name: or the text of a reminder, as it was heard.
        seconds: that it was set for.
        area: in which it was set.
        when: whether a moment, in Unix seconds, is the one that was said.
    """

    id: str = ""
    name: str = ""
    seconds: float = 0.0
    area: str = ""
    when: Callable[[float], bool] | None = None


def find(timers: Sequence[Timer], wanted: Wanted, here: str = "") -> list[Timer]:
    """Those that are meant: one if that is clear, several if not, none if there is none.

    Args:
        timers: to choose from.
        wanted: see there.
        here: the room in which it was said.
    """
    if wanted.id:
        return [timer for timer in timers if timer.id == wanted.id]
    found = [timer for timer in timers if _fits(timer, wanted)]
    if wanted.name:
        return _named(found, wanted.name)
    if wanted.area:
        # "The kitchen timer" may be one that was called that.
        return _of_area(found, wanted.area) or _named(found, wanted.area)
    if len(found) < 2 or wanted != Wanted():
        return found
    ringing = [timer for timer in found if timer.state == "fired"]
    near = _of_area(found, here) if here else []
    return ringing or (near if len(near) == 1 else found)


def _fits(timer: Timer, wanted: Wanted) -> bool:
    if wanted.seconds and abs(timer.length - wanted.seconds) > 0.5:
        return False
    return wanted.when is None or wanted.when(timer.due)


def _of_area(timers: Sequence[Timer], area: str) -> list[Timer]:
    return [timer for timer in timers if timer.area.casefold() == area.casefold()]


def _named(timers: Sequence[Timer], name: str) -> list[Timer]:
    folded = name.casefold().strip()
    exact = [timer for timer in timers if _name(timer) == folded]
    if exact:
        return exact
    scores = [(fuzz.ratio(_name(timer), folded), timer) for timer in timers if _name(timer)]
    # A part is enough for what a reminder says: "call the dentist" of "call the dentist about...".
    scores += [
        (fuzz.partial_ratio(timer.text.casefold(), folded), timer)
        for timer in timers
        if timer.text and len(folded) <= len(timer.text)
    ]
    best = max((score for score, _ in scores), default=0.0)
    chosen = {timer.id for score, timer in scores if score >= _ALIKE and score == best}
    return [timer for timer in timers if timer.id in chosen]


def _name(timer: Timer) -> str:
    return (timer.text or timer.name).casefold().strip()
