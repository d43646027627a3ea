"""Lengths of time in English: "an hour and a half", "two days and three hours"."""

import re
from dataclasses import dataclass
from typing import Final

_NUMBERS: Final = {"half": 0.5, "quarter": 0.25, "couple": 2.0}
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}

_COUNT: Final = (
    r"(?:\d+(?:\.\d+)?(?: and (?:a|1) (?:half|quarter)| and 3 quarters)?"
    r"|(?:a )?half(?: an?)?|3 quarters of an?|(?:a )?quarter of an?|a couple(?: of)?|an?)"
)
_UNIT: Final = r"(?:s(?:ec(?:ond)?s?)?|min(?:ute)?s?|h(?:ours?|rs?)?|days?|weeks?|months?|years?)"
_TERM: Final = rf"{_COUNT} {_UNIT}(?: and a (?:half|quarter))?\b"
SPAN: Final = rf"{_TERM}(?:(?: and)? {_TERM})*"
"""A regular expression without groups, for text that `daemon.timers.numerals` has prepared."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time; the parts are None where nothing was said of them.

    Attributes:
        days: and weeks, which are days by the calendar: they may last 23 hours.
        months: and years.
        seconds: and minutes and hours.
    """

    days: int | None
    months: int | None
    seconds: float | None


def read_span(text: str) -> Span:
    """Read what `SPAN` has found."""
    days = months = 0
    seconds = 0.0
    for term in re.finditer(_TERM, text):
        count, unit = _count(term.group())
        if unit.startswith(("day", "week")):
            days += round(count * (7 if unit.startswith("week") else 1))
        elif unit.startswith(("month", "year")):
            months += round(count * (12 if unit.startswith("year") else 1))
        else:
            seconds += count * _SECONDS[unit[0]]
    calendar = days > 0 or months > 0
    return Span(days or None, months or None, None if calendar and not seconds else seconds)


def _count(term: str) -> tuple[float, str]:
    """How many of which unit: "an hour and a half" is 1.5 hours."""
    words = term.split()
    at = next(i for i, word in enumerate(words) if re.fullmatch(_UNIT, word))
    before, after = words[:at], words[at + 1 :]
    added = sum(_NUMBERS[word] for word in after if word in _NUMBERS)
    if "quarters" in before:
        whole = float(before[0]) if "and" in before else 0.0
        return whole + 0.75 + added, words[at]
    number = float(before[0]) if before[0][0].isdigit() else 1.0
    for word in before:
        if word in _NUMBERS:
            number = number + _NUMBERS[word] if "and" in before else number * _NUMBERS[word]
    return number + added, words[at]
