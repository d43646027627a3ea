"""Telling what is to happen from when: "take out the trash tomorrow at seven"."""

import re
from typing import Final

from daemon.timers.english import is_filling
from daemon.timers.local import LocalTime
from daemon.timers.numerals import in_digits
from daemon.timers.when import REMINDER, Habit, Unclear, When, parse

_BEFORE, _AFTER = 6, 10
"""Words of a sentence, from its beginning and its end, that may be about time."""

_BARE_NUMBER: Final = re.compile(r"\d+(?: \d+)?")


def split(text: str, now: float, local: LocalTime, habit: Habit = REMINDER) -> tuple[str, When]:
    """What is to happen and when, of a sentence with the time at its beginning, its end or both.

    Returns:
        The rest of the text without a joining "to" or "that", and the time, made of as many
        words as possible.

    Raises:
        Unclear: no time was found in it; the reason is that of the longest that was one.
    """
    words = text.split()
    refused = Unclear("unclear")
    for before, after in _cuts(len(words)):
        first, last = words[:before], words[len(words) - after :]
        told = " ".join(first + last)
        # "Buy 2" is no time of day, and what "the oven is on" ends with is a part of it.
        if is_filling(first) or is_filling(last) or _BARE_NUMBER.fullmatch(in_digits(told)):
            continue
        try:
            when = parse(told, now, local, habit)
        except Unclear as unclear:
            refused = refused if refused.reason != "unclear" else unclear
            continue
        return " ".join(_bare(words[before : len(words) - after])), when
    raise refused


def _cuts(length: int) -> list[tuple[int, int]]:
    """How many words to take from the beginning and the end, most first."""
    cuts = [
        (before, after)
        for before in range(min(_BEFORE, length) + 1)
        for after in range(min(_AFTER, length - before) + 1)
    ]
    return sorted(cuts, key=sum, reverse=True)


def _bare(words: list[str]) -> list[str]:
    """Without what joins it to the time, and without politeness."""
    if words and words[-1].casefold() == "please":
        del words[-1]
    joins = len(words) > 1 and words[0].casefold() in ("to", "that", "about")
    return words[1:] if joins else words
