"""What an English phrase says about time; `daemon.timers.when` makes a moment of it."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from daemon.timers.numerals import in_digits
from daemon.timers.rules import DAYS, WEEKEND, WORKDAYS, Every
from daemon.timers.spans import SPAN, read_span
from daemon.timers.told import Clock, Part, Told


def read(text: str) -> Told | None:
    """Everything the phrase says; None when a word of it is not understood or contradicts."""
    rest = f" {in_digits(text)} "
    told = Told()
    for pattern, take in _PATTERNS:
        # Once each: a second time of day or a second date is more than one moment.
        found = pattern.search(rest)
        if found is not None and take(told, found):
            rest = f"{rest[: found.start()]}  {rest[found.end() :]}"
    return told if set(rest.split()) <= _FILLERS else None


def is_filling(words: Sequence[str]) -> bool:
    """Whether these are some words, and none of them says anything."""
    return bool(words) and _FILLERS.issuperset(words)


_FILLING: Final = (
    "at on for in the by of this please sharp exactly precisely about around roughly later"
    " starting time a coming"
)
_FILLERS: Final = frozenset(_FILLING.split())
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YEAR_THROUGH: Final = (
    "january february march april may june july august september october november december"
)
_MONTHS: Final = tuple(_YEAR_THROUGH.split())
_PARTS: Final[dict[str, Part]] = {
    "morning": "morning", "afternoon": "afternoon", "evening": "evening", "night": "night",
}  # fmt: skip
_FEASTS: Final = {
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "christmas": (12, 25),
    "new years eve": (12, 31),
    "new years day": (1, 1),
    "new year": (1, 1),
    "halloween": (10, 31),
    "valentines day": (2, 14),
}
_WEEKDAY: Final = rf"(?:{'|'.join(_DAYS)})"
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})"
_YEAR: Final = r"(?:,? (?P<year>2\d{3}))?"
_HALF: Final = r"(?: ?(?P<half>am|pm))?"
Take = Callable[[Told, "re.Match[str]"], bool]
"""Notes what a pattern has found; False when it makes no sense there."""


def _daily(told: Told, found: "re.Match[str]") -> bool:
    told.every = "DAILY"
    told.part = _PARTS.get(found["part"] or "")
    return True


def _weekly(days: Sequence[str]) -> Take:
    def take(told: Told, _: "re.Match[str]") -> bool:
        told.every, told.on = "WEEKLY", list(days)
        return True

    return take


def _named_days(told: Told, found: "re.Match[str]") -> bool:
    told.every = "WEEKLY"
    told.on = [name for name, day in zip(DAYS, _DAYS, strict=True) if day in found.group()]
    return True


def _range_of_days(told: Told, found: "re.Match[str]") -> bool:
    first, last = _DAYS.index(found["first"]), _DAYS.index(found["last"])
    told.every = "WEEKLY"
    told.on = [DAYS[(first + ahead) % 7] for ahead in range((last - first) % 7 + 1)]
    return True


def _calendar(every: Every) -> Take:
    def take(told: Told, _: "re.Match[str]") -> bool:
        told.every = every
        return True

    return take


def _date(told: Told, found: "re.Match[str]") -> bool:
    parts = found.groupdict()
    if "feast" in parts:
        told.month, told.day = _FEASTS[parts["feast"]]
        return True
    if told.month is not None:
        return False
    told.day = 2 if parts["day"] == "second" else int(parts["day"])
    if month := parts.get("month"):
        told.month = int(month) if month.isdecimal() else _MONTHS.index(month) + 1
    told.year = int(parts["year"]) if parts.get("year") else None
    return True


def _near(told: Told, found: "re.Match[str]") -> bool:
    said = found["day"]
    if told.weekday is not None or told.day is not None:
        return False
    told.past = said == "yesterday"
    # "A week from tomorrow": the week has been noted already.
    told.days = (told.days or 0) + {"today": 0, "tonight": 0, "tomorrow": 1}.get(said, 2)
    if said == "tonight":
        told.part = "night"
    return True


def _weekday(told: Told, found: "re.Match[str]") -> bool:
    told.weekday = _DAYS.index(found["day"])
    told.next_week = found["next"] is not None
    if found["later"]:
        told.days = _amount(found["later"])
    return True


def _amount(weeks: str) -> int:
    """Days of "a week", "2 weeks", "week"."""
    number = re.search(r"\d+", weeks)
    return 7 * (int(number.group()) if number else 1)


def _span(told: Told, found: "re.Match[str]") -> bool:
    if told.weekday is not None or told.day is not None:
        return False
    span = read_span(found["span"])
    told.past = found["sign"] is not None
    told.days, told.months, told.seconds = span.days, span.months, span.seconds
    return True


def _past_the_hour(told: Told, found: "re.Match[str]") -> bool:
    minutes = {"quarter": 15, "half": 30}.get(found["minutes"]) or int(found["minutes"])
    hour = {"noon": 12, "midday": 12, "midnight": 24}.get(found["hour"]) or int(found["hour"])
    if minutes > 59:
        return False
    half = found["half"]
    if found["way"] in ("to", "before", "till", "of"):
        if hour == 12 and half:
            half = "am" if half == "pm" else "pm"
        hour, minutes = {0: 23, 1: 12}.get(hour, hour - 1), 60 - minutes
    named = not found["hour"].isdecimal()
    return _clock(told, hour % 24 if named else hour, minutes, half, sure=named)


def _half_seven(told: Told, found: "re.Match[str]") -> bool:
    return _clock(told, int(found["hour"]), 30, found["half"])


def _noon(told: Told, found: "re.Match[str]") -> bool:
    return _clock(told, 24 if found["name"] == "midnight" else 12, 0, None, sure=True)


def _colon(told: Told, found: "re.Match[str]") -> bool:
    hour = found["hour"]
    return _clock(told, int(hour), int(found["minute"]), found["half"], sure=hour.startswith("0"))


def _military(told: Told, found: "re.Match[str]") -> bool:
    digits = found["digits"]
    sure = digits.startswith("0")
    return _clock(told, int(digits[:-2]), int(digits[-2:]), found["half"], sure=sure)


def _hour(told: Told, found: "re.Match[str]") -> bool:
    minute = int(found["minute"] or 0)
    sure = found["hour"].startswith("0")
    return _clock(told, int(found["hour"]), minute, found["half"], sure=sure)


def _clock(told: Told, hour: int, minute: int, half: str | None, *, sure: bool = False) -> bool:
    possible = hour <= 24 and minute <= 59 and (hour < 24 or minute == 0)
    if told.clock is not None or not possible or (half and not 1 <= hour <= 12):
        return False
    told.clock = Clock(hour, minute, half or "", sure or hour > 12 or hour == 0)
    return True


def _part(told: Told, found: "re.Match[str]") -> bool:
    told.part = _PARTS[found["part"]]
    if found["this"] and told.days is None and told.weekday is None and told.every is None:
        told.days = 0
    return True


def _next_week(told: Told, _: "re.Match[str]") -> bool:
    told.next_week = True
    if told.weekday is None:
        told.days = 7
    return True


def _pattern(expression: str, take: Take) -> "tuple[re.Pattern[str], Take]":
    return re.compile(rf"(?<= ){expression}(?= )"), take


_PART: Final = rf"(?P<part>{'|'.join(_PARTS)})"
_PATTERNS: Final = (
    _pattern(rf"(?:(?:every|each) (?:single )?(?:day|{_PART})|daily|everyday)", _daily),
    _pattern(r"(?:on |at )?(?:(?:every|each) )?(?:week|work|working )days?", _weekly(WORKDAYS)),
    _pattern(r"(?:on |at )?(?:the )?(?:(?:every|each) weekend|weekends)", _weekly(WEEKEND)),
    _pattern(
        rf"(?:every |each )?(?:from )?(?P<first>{_WEEKDAY}) (?:to|through|till|until)"
        rf" (?P<last>{_WEEKDAY})",
        _range_of_days,
    ),
    _pattern(
        rf"(?:(?:every|each) (?:week on )?{_WEEKDAY}s?|(?:on )?{_WEEKDAY}s)"
        rf"(?:(?: and)? {_WEEKDAY}s?)*",
        _named_days,
    ),
    _pattern(r"(?:of )?(?:(?:every|each) month|monthly)", _calendar("MONTHLY")),
    _pattern(r"(?:(?:every|each) year|yearly|annually)", _calendar("YEARLY")),
    _pattern(
        rf"(?:in |after )?(?:a )?(?P<minutes>\d{{1,2}}|quarter|half)(?: minutes?)?"
        rf" (?P<way>to|before|till|of|past|after) (?P<hour>\d{{1,2}}|noon|midday|midnight)"
        rf"(?: oclock)?{_HALF}",
        _past_the_hour,
    ),
    _pattern(r"(?P<year>2\d{3})_(?P<month>\d\d)_(?P<day>\d\d)", _date),
    _pattern(rf"(?P<day>\d{{1,2}})(?:th)? (?:of )?{_MONTH}{_YEAR}", _date),
    _pattern(rf"(?P<day>second) (?:of )?{_MONTH}{_YEAR}", _date),
    _pattern(
        rf"{_MONTH} (?:the )?(?P<day>\d{{1,2}}|second)(?:th)?(?! am| pm| oclock| \d\d ){_YEAR}",
        _date,
    ),
    _pattern(rf"(?:on )?(?P<feast>{'|'.join(_FEASTS)})", _date),
    _pattern(r"(?:on )?(?:the )?(?P<day>\d{1,2})th", _date),
    _pattern(r"on the (?P<day>second)", _date),
    _pattern(
        rf"(?:(?:in )?(?P<later>(?:an? |\d+ )weeks?) (?:from |on ))?"
        rf"(?:(?:on|this|this coming|coming) )?(?P<next>next )?(?P<day>{_WEEKDAY})",
        _weekday,
    ),
    _pattern(r"at (?P<hour>\d{1,2})(?: (?P<minute>\d\d))?(?P<half>) hours", _hour),
    _pattern(
        rf"(?:in |after )?(?P<sign>minus )?(?P<span>{SPAN})"
        rf"(?: from now| later| time)?(?! ago)",
        _span,
    ),
    _pattern(
        r"(?:from )?(?P<day>(?:the )?day after tomorrow|tomorrow|today|tonight|yesterday)", _near
    ),
    _pattern(r"(?:(?:on|in) )?next week", _next_week),
    _pattern(rf"(?:in the |at )?(?P<this>this )?{_PART}", _part),
    _pattern(r"(?:12 )?(?P<name>noon|mid ?day|midnight)", _noon),
    _pattern(rf"half (?P<hour>\d{{1,2}})(?: oclock)?{_HALF}", _half_seven),
    _pattern(rf"(?P<hour>\d{{1,2}}):(?P<minute>\d\d){_HALF}", _colon),
    _pattern(rf"(?P<digits>\d{{3,4}})(?: hours)?{_HALF}", _military),
    # "In 5" lacks its unit.
    _pattern(rf"(?<! in )(?P<hour>\d{{1,2}})(?: (?P<minute>\d\d))?(?: oclock)?{_HALF}", _hour),
)
"""Longer and surer readings first: what one has taken the next ones do not see."""
