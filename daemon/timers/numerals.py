"""Spoken numbers as digits: "the twenty fifth at six a.m." becomes "the 25th at 6 am"."""

import re
from typing import Final

_BELOW_TWENTY: Final = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_BY_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_IN_ORDER: Final = """
zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
"""
_UNITS: Final = {word: number for number, word in enumerate(_BELOW_TWENTY.split())}
_TENS: Final = {word: 10 * number for number, word in enumerate(_BY_TENS.split(), 2)}
_ORDINALS: Final = {w: number for number, w in enumerate(_IN_ORDER.split())} | {"thirtieth": 30}
_SCALES: Final = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}

_SPELLINGS: Final = (
    (re.compile(r"\b([ap])(?:\. ?| )?m\b\.?"), r"\1m"),
    (re.compile(r"\bo ?['\u2019]? ?clock\b"), "oclock"),
    (re.compile(r"['\u2019]"), ""),
    (re.compile(r"(?:(?<=\s)|^)(?:-|\u2212|negative )(?=\d|\w+ (?:second|minute|hour))"), "minus "),
    (re.compile(r"\b(\d{4})-(\d\d)-(\d\d)(?:t|\b)"), r"\1_\2_\3 "),
    (
        re.compile(r"\b(\d{1,2})[.:](\d\d)(?::00)?(?!\d| ?(?:hour|minute|second|day|week))"),
        r"\1:\2",
    ),
    (re.compile(r"\b(\d+)(?:st|nd|rd)\b"), r"\1th"),
    (re.compile(r"(\d)(?=[ap]m\b|h\b|hrs?\b|mins?\b|secs?\b|s\b)"), r"\1 "),
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),
    (re.compile(r"(?<!\d)\.|\.(?!\d)|[^\w:.\s]"), " "),
)
"""Ways of writing, and the one of them that is read; in this order."""


def in_digits(text: str) -> str:
    """Lower case, without punctuation, with digits; ordinals all end in "th", dates are y_m_d."""
    text = text.casefold()
    for pattern, spelling in _SPELLINGS:
        text = pattern.sub(spelling, text)
    words = text.split()
    told: list[str] = []
    while words:
        told.append(_number(words) or words.pop(0))
    return " ".join(told)


def _number(words: list[str]) -> str:
    """Take a number from the front; "" when there is none."""
    if words[0] in {"oh", "o", "zero"} and len(words) > 1 and words[1] in _UNITS:
        del words[0]
        return f"0{_number(words)}"
    below = _below_hundred(words)
    if below is None:
        return ""
    value, ordinal = below
    while words and words[0] in _SCALES and not ordinal:
        value *= _SCALES[words.pop(0)]
        value, ordinal = _rest(words, value)
    return f"{value}th" if ordinal else str(value)


def _rest(words: list[str], value: int) -> tuple[int, bool]:
    """Add what follows "hundred" or "thousand": "and thirty"."""
    joined = 1 if words[:1] == ["and"] else 0
    following = words[joined : joined + 1]
    if not following or following[0] not in {**_UNITS, **_TENS}:
        return value, False
    del words[:joined]
    more = _below_hundred(words)
    return (value + more[0], more[1]) if more is not None else (value, False)


def _below_hundred(words: list[str]) -> tuple[int, bool] | None:
    """A number or an ordinal; "second" by itself is the unit."""
    first = words[0]
    if first.isdecimal() and words[1:2] and words[1] in _SCALES:
        return int(words.pop(0)), False
    if first in _TENS:
        del words[0]
        unit = words[0] if words else ""
        if 0 < _UNITS.get(unit, 0) < 10:
            del words[0]
            return _TENS[first] + _UNITS[unit], False
        if 0 < _ORDINALS.get(unit, 0) < 10:
            del words[0]
            return _TENS[first] + _ORDINALS[unit], True
        return _TENS[first], False
    for table, ordinal in ((_UNITS, False), (_ORDINALS, True)):
        if first in table and first != "second":
            del words[0]
            return table[first], ordinal
    return None
