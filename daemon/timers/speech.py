"""What is said about timers, in the words of a language file."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

from daemon.timers.local import LocalTime
from daemon.timers.rules import DAYS, WEEKEND, WORKDAYS, Rule
from memory.timers import Timer

LATE_S: Final = 60.0
"""Seconds after which something was due, and is not due any more."""


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of one language.

    Attributes:
        words: its file.
        local: where times are told.
    """

    words: dict[str, Any]
    local: LocalTime

    def say(self, key: str, **parts: object) -> str:
        """A sentence by its name."""
        return str(self.words["say"][key]).format(**parts)

    def about(self, timer: Timer, key: str, now: float) -> str:
        """A sentence of the timer's own kind: "set", "due", "late", "listed", "cancelled"."""
        words = self.words[timer.kind]
        title = self.called(timer, now) if _name(timer) else str(words["plain"])
        return str(words[key]).format(
            what=self.called(timer, now),
            title=title,
            Title=title[:1].upper() + title[1:],
            name=_name(timer).rstrip(".!?"),
            when=self.when(timer, now),
            clock=self.clock(self.local.at(timer.due)),
            ago=self.ago(timer, now),
            left=self.length(left(timer, now)),
        )

    def kind(self, kind: str, key: str) -> str:
        """A sentence about all of a kind: "none", "unknown"."""
        return str(self.words[kind][key])

    def called(self, timer: Timer, now: float) -> str:
        """What people call it: "pasta timer", "five minute timer", "7 AM alarm"."""
        words = self.words[timer.kind]
        if name := _name(timer):
            return str(words["named"]).format(name=name)
        if timer.command:
            return str(words["commanded"]).format(command=timer.command)
        if timer.kind == "timer" and timer.length:
            return str(words["by_length"]).format(length=self.length(timer.length, adjective=True))
        if timer.kind == "timer":
            return str(words["plain"])
        clock = self.clock(self.local.at(timer.due))
        return str(words["by_time"]).format(clock=clock, when=self.when(timer, now))

    def announced(self, timer: Timer, now: float) -> str:
        """What is said when it is due, or was."""
        if timer.kind == "timer" and timer.text:
            return timer.text
        return self.about(timer, "late" if now - timer.due > LATE_S else "due", now)

    def ago(self, timer: Timer, now: float) -> str:
        """How long ago it was due: "four minutes ago"."""
        since = now - timer.due
        # Nobody wants to know the seconds of something that is over.
        whole = round(since / 60) * 60 if since >= LATE_S else since
        return str(self.words["when"]["ago"]).format(length=self.length(whole))

    def count(self, number: int) -> str:
        """A number of things, in words as far as they are usual."""
        words = self.words["numbers"]
        return str(words[number]) if number < len(words) else str(number)

    def length(self, seconds: float, *, adjective: bool = False) -> str:
        """A length of time: its two largest units, rounded to the second of them."""
        whole = max(0, round(seconds))
        if whole >= 3600:
            whole = round(whole / 60) * 60
        if whole >= 86_400:
            whole = round(whole / 3600) * 3600
        units = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
        parts = []
        for unit, size in units:
            number, whole = divmod(whole, size)
            if number:
                parts.append(self._unit(number, unit, adjective=adjective))
        return self.joined(parts[:2]) if parts else self._unit(0, "second", adjective=adjective)

    def joined(self, parts: Sequence[str], word: str = "and") -> str:
        """The parts as a list: "a, b and c"."""
        if len(parts) < 2:
            return "".join(parts)
        return ", ".join(parts[:-1]) + str(self.words[word]) + parts[-1]

    def clock(self, at: datetime) -> str:
        """A time of day."""
        form = self.words["clock"]
        if (at.hour, at.minute) == (12, 0):
            return str(form["noon"])
        text = form["full"] if at.minute else form["hour"]
        half = form["pm" if at.hour >= 12 else "am"]
        hour12 = at.hour % 12 or 12
        return str(text).format(hour=at.hour, hour12=hour12, minute=at.minute, half=half)

    def when(self, timer: Timer, now: float) -> str:
        """A moment as seen from now, or the rule of what repeats."""
        if timer.repeat:
            return self._repeated(Rule.read(timer.repeat))
        at, here = self.local.at(timer.due), self.local.at(now)
        days = (at.date() - here.date()).days
        form = "far" if abs(days) > 300 else "year"
        if 0 <= days < 7:
            form = ("today", "tomorrow")[days] if days < 2 else "week"
        return self._form(form, at)

    def _repeated(self, rule: Rule) -> str:
        forms = self.words["when"]
        at = datetime(2024, 1, 1) + timedelta(hours=rule.at.hour, minutes=rule.at.minute)  # noqa: DTZ001 - local
        if rule.every == "WEEKLY":
            groups = {WORKDAYS: forms["workdays"], WEEKEND: forms["weekend"]}
            names = [self.words["days"][DAYS.index(day)] for day in rule.on]
            days = groups.get(rule.on, self.joined(names))
            return str(forms["WEEKLY"]).format(clock=self.clock(at), days=days)
        if rule.every == "YEARLY":
            month, day = map(int, rule.on[0].split("-"))
            return self._form("YEARLY", at.replace(month=month, day=day))
        return self._form(rule.every, at.replace(day=int(rule.on[0]) if rule.on else 1))

    def _form(self, form: str, at: datetime) -> str:
        return str(self.words["when"][form]).format(
            clock=self.clock(at),
            day=self.words["days"][at.weekday()],
            month=self.words["months"][at.month - 1],
            number=at.day,
            year=at.year,
        )

    def _unit(self, number: int, unit: str, *, adjective: bool) -> str:
        one, several = self.words["units"][unit]
        return f"{self.count(number)} {one if adjective or number == 1 else several}"


def speech(language: str, local: LocalTime) -> Speech:
    """The words of a language; English where there is no file for it.

    Args:
        language: ISO 639-1, with or without a region.
        local: where times are told.
    """
    return Speech(_words(language.partition("-")[0].casefold()), local)


def left(timer: Timer, now: float) -> float:
    """Seconds until it is due; of a paused one, those it has left."""
    return timer.remaining if timer.state == "paused" else max(0.0, timer.due - now)


def _name(timer: Timer) -> str:
    return timer.text if timer.kind == "reminder" else timer.name


@cache
def _words(language: str) -> dict[str, Any]:
    place = files("daemon") / "timers" / f"{language}.toml"
    known = language.isalpha() and place.is_file()
    return tomllib.loads(place.read_text("utf-8")) if known else _words("en")
