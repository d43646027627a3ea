"""What all tools for timers, alarms and reminders have in common: choosing, changing, telling."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec

from daemon.timers.finding import Wanted, find
from daemon.timers.local import SYSTEM, LocalTime
from daemon.timers.speech import Speech, left, speech
from daemon.tools.tool import Occasion, ToolResult
from memory.ids import new_id
from memory.timers import Kind, State, Timer, Timers, Transition
from models.ports import ToolCall

_P = ParamSpec("_P")

MOST: Final = 100
"""Timers, alarms and reminders at a time; a model in a loop must not fill the disk."""

_CHOICES: Final = 5
"""Candidates that are read out when it is not clear which one is meant."""

ANY: Final[tuple[State, ...]] = ("fired", "running", "paused")


class Refused(Exception):
    """Nothing is done; carries what is said and told instead."""

    def __init__(self, result: ToolResult) -> None:
        super().__init__(result.status)
        self.result = result


def refusing(
    function: Callable[_P, Awaitable[ToolResult]],
) -> Callable[_P, Awaitable[ToolResult]]:
    """Let a refusal be a result."""

    @wraps(function)
    async def result(*args: _P.args, **kwargs: _P.kwargs) -> ToolResult:
        try:
            return await function(*args, **kwargs)
        except Refused as refused:
            return refused.result

    return result


@dataclass(frozen=True, slots=True)
class TimerDesk:
    """The table and the clock, as tools use them.

    Attributes:
        timers: the table.
        changed: called after every change.
        now: Unix seconds.
        local: where times are said and told.
    """

    timers: Timers
    changed: Callable[[], None]
    now: Callable[[], float]
    local: LocalTime = SYSTEM

    async def add(self, occasion: Occasion, kind: Kind, due: float, **parts: Any) -> Timer:
        """Set one.

        Raises:
            Refused: there are too many.
            MemoryFailed: it was not kept.
        """
        known = await self.timers.of_call(occasion.key)
        if known:
            return known[0]
        if len(await self.timers.active()) >= MOST:
            raise Refused(self.failed(occasion, "too_many"))
        now = self.now()
        timer = Timer(
            new_id(now), kind, due, area=occasion.area, language=occasion.language,
            created_at=now, turn=occasion.turn, **parts,
        )  # fmt: skip
        timer = await self.timers.add(timer, occasion.key)
        self.changed()
        return timer

    async def all(self, kind: Kind, states: Sequence[State] = ANY) -> list[Timer]:
        """All of a kind, in the order in which they are due."""
        return [t for t in await self.timers.active() if t.kind == kind and t.state in states]

    async def choose(
        self,
        occasion: Occasion,
        kind: Kind,
        wanted: Wanted,
        given: Mapping[str, Any],
        states: Sequence[State] = ANY,
    ) -> Timer:
        """The one that is meant.

        Args:
            occasion: of the call.
            kind: of it.
            wanted: what was said of it.
            given: the call's other arguments, for asking which one.
            states: in which it can be.

        Raises:
            Refused: there is none, or it is not clear which.
        """
        found = find(await self.all(kind, states), wanted, occasion.area)
        if not found:
            words = self.speech(occasion)
            key = "unknown" if await self.all(kind, states) else "none"
            raise Refused(ToolResult("failed", {"error": key}, words.kind(kind, key)))
        if len(found) > 1:
            raise Refused(self._which(occasion, found[:_CHOICES], given))
        return found[0]

    async def change(
        self, occasion: Occasion, timers: Sequence[Timer], transition: Transition
    ) -> list[Timer]:
        """Change them; those whose state does not permit it any more are left out.

        Raises:
            MemoryFailed: none was changed.
        """
        ids = [timer.id for timer in timers]
        changed = await self.timers.change(ids, transition, key=occasion.key, now=self.now())
        self.changed()
        return changed

    async def done_before(self, occasion: Occasion) -> list[Timer]:
        """What this very call has changed, when a crash cut it short after that."""
        return await self.timers.of_call(occasion.key) or []

    def speech(self, occasion: Occasion) -> Speech:
        """The words of the occasion's language."""
        return speech(occasion.language, self.local)

    def failed(self, occasion: Occasion, key: str, **parts: object) -> ToolResult:
        """A result that says why nothing was done."""
        return ToolResult("failed", {"error": key}, self.speech(occasion).say(key, **parts))

    def told(self, timer: Timer) -> dict[str, Any]:
        """One, as the record keeps it and the package's responses want it."""
        rest = left(timer, self.now())
        hours, minutes, seconds = _parts(round(rest / 60) * 60 if rest >= 3600 else rest)
        start_hours, start_minutes, start_seconds = _parts(timer.length)
        return {
            "id": timer.id,
            "kind": timer.kind,
            "name": timer.name,
            "text": timer.text,
            "area": timer.area,
            "state": timer.state,
            "is_active": timer.state == "running",
            "due": self.local.at(timer.due).isoformat(timespec="seconds"),
            "repeat": timer.repeat,
            "total_seconds_left": round(rest),
            "rounded_hours_left": hours,
            "rounded_minutes_left": minutes,
            "rounded_seconds_left": seconds,
            "start_hours": start_hours,
            "start_minutes": start_minutes,
            "start_seconds": start_seconds,
        }

    def listed(self, occasion: Occasion, timers: Sequence[Timer]) -> str:
        """All of them in one sentence."""
        words, now = self.speech(occasion), self.now()
        parts = [words.about(timer, "listed", now) for timer in timers]
        return words.say("list", count=words.count(len(timers)), all=words.joined(parts))

    def _which(
        self, occasion: Occasion, found: Sequence[Timer], given: Mapping[str, Any]
    ) -> ToolResult:
        words, now = self.speech(occasion), self.now()
        labels = [words.called(timer, now) for timer in found]
        labels = [
            words.about(timer, "listed", now) if labels.count(label) > 1 else label
            for label, timer in zip(labels, found, strict=True)
        ]
        choices = [
            {"label": label, "arguments": {**given, "id": timer.id}}
            for label, timer in zip(labels, found, strict=True)
        ]
        say = words.say("which", choices=words.joined(labels, "or"))
        return ToolResult("ask", {"error": "several", "choices": choices}, say)


def restoring(timers: Sequence[Timer]) -> tuple[ToolCall, ...]:
    """The call that sets again what was cancelled."""
    ids = [timer.id for timer in timers if timer.state == "cancelled"]
    return (ToolCall("AuricleRestoreTimers", {"ids": ids}),) if ids else ()


def _parts(seconds: float) -> tuple[int, int, int]:
    minutes, second = divmod(round(seconds), 60)
    return minutes // 60, minutes % 60, second
