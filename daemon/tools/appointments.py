"""The tools for alarms and reminders."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Final

from pydantic import Field

from daemon.timers.describing import describes
from daemon.timers.finding import Wanted, find
from daemon.timers.sentence import split
from daemon.timers.transitions import stopped
from daemon.timers.when import ALARM, REMINDER, Unclear, When, parse
from daemon.tools.timer_desk import Refused, TimerDesk, refusing, restoring
from daemon.tools.tool import Occasion, Tool, ToolResult
from daemon.tools.typed import tool
from memory.timers import Kind, Timer
from models.ports import ToolCall

SetWhen = Annotated[
    str, Field(max_length=200, description="in words: at 7 am, in ten minutes, every weekday at 6")
]
Which = Annotated[str, Field(max_length=200, description="the time of the one that is meant")]
What = Annotated[str, Field(max_length=300, description="what to remind of")]
Name = Annotated[str, Field(max_length=100, description="of the alarm")]
Id = Annotated[str, Field(max_length=64, description="exactly this one, from a list")]
All = Annotated[bool, Field(description="all of them")]

_LABELLED: Final = re.compile(
    r"(?P<when>.+?),? (?:labell?ed|named|called) (?P<name>.+?)[.!]?", re.IGNORECASE
)

CANCEL: Final[dict[Kind, str]] = {
    "timer": "HassCancelTimer",
    "alarm": "AuricleCancelAlarm",
    "reminder": "AuricleCancelReminder",
}
"""Tools that cancel."""


def appointment_tools(desk: TimerDesk) -> list[Tool]:
    """AuricleSetAlarm, -CancelAlarm, -ListAlarms, and the same for reminders."""
    do = _Appointments(desk)
    return [
        tool(do.set_alarm, name="AuricleSetAlarm", effect="write", offered=True, idempotent=True),
        tool(do.cancel_alarm, name="AuricleCancelAlarm", effect="write", idempotent=True),
        tool(do.list_alarms, name="AuricleListAlarms", effect="read", offered=True),
        tool(
            do.set_reminder, name="AuricleSetReminder", effect="write", offered=True,
            idempotent=True,
        ),
        tool(do.cancel_reminder, name="AuricleCancelReminder", effect="write", idempotent=True),
        tool(do.list_reminders, name="AuricleListReminders", effect="read", offered=True),
    ]  # fmt: skip


class _Appointments:
    """The functions behind the tools."""

    def __init__(self, desk: TimerDesk) -> None:
        self._desk = desk

    @refusing
    async def set_alarm(self, occasion: Occasion, when: SetWhen, name: Name = "") -> ToolResult:
        """Sets an alarm for a time of day, once or repeating."""
        if labelled := _LABELLED.fullmatch(when):
            when, name = labelled["when"], name or labelled["name"]
        try:
            moment = parse(when, self._desk.now(), self._desk.local, ALARM)
        except Unclear as unclear:
            raise Refused(self._desk.failed(occasion, unclear.reason)) from unclear
        return await self._set(occasion, "alarm", moment, name=name)

    @refusing
    async def set_reminder(self, occasion: Occasion, what: What, when: SetWhen = "") -> ToolResult:
        """Reminds of something at a time, once or repeating."""
        text, moment = self._what_and_when(occasion, what, when)
        if not text:
            raise Refused(self._desk.failed(occasion, "no_text"))
        return await self._set(occasion, "reminder", moment, text=text)

    @refusing
    async def cancel_alarm(
        self,
        occasion: Occasion,
        when: Which = "",
        name: Name = "",
        all: All = False,  # noqa: A002 - the name of the slot
        id: Id = "",  # noqa: A002
    ) -> ToolResult:
        """Cancels an alarm, or all of them."""
        wanted = Wanted(id, name, when=self._at(occasion, when) if when else None)
        return await self._cancel(occasion, "alarm", wanted, everything=all)

    @refusing
    async def cancel_reminder(
        self,
        occasion: Occasion,
        what: What = "",
        all: All = False,  # noqa: A002
        id: Id = "",  # noqa: A002
    ) -> ToolResult:
        """Cancels a reminder, or all of them."""
        return await self._cancel(occasion, "reminder", Wanted(id, what), everything=all)

    async def list_alarms(self, occasion: Occasion) -> ToolResult:
        """Tells which alarms are set."""
        return await self._list(occasion, "alarm")

    async def list_reminders(self, occasion: Occasion) -> ToolResult:
        """Tells what will be reminded of."""
        return await self._list(occasion, "reminder")

    async def _set(
        self, occasion: Occasion, kind: Kind, when: When, name: str = "", text: str = ""
    ) -> ToolResult:
        timer = await self._desk.add(
            occasion, kind, when.at, length=when.length, repeat=when.repeat, name=name, text=text
        )
        say = self._desk.speech(occasion).about(timer, "set", self._desk.now())
        undo = (ToolCall(CANCEL[kind], {"id": timer.id}),)
        return ToolResult("done", {"timer": self._desk.told(timer)}, say, undo)

    async def _cancel(
        self, occasion: Occasion, kind: Kind, wanted: Wanted, *, everything: bool
    ) -> ToolResult:
        changed = await self._desk.done_before(occasion)
        if not changed:
            timers = await self._desk.all(kind)
            if everything and timers:
                timers = find(timers, wanted)
            else:
                timers = [await self._desk.choose(occasion, kind, wanted, {})]
            changed = await self._desk.change(occasion, timers, stopped)
        told = [self._desk.told(timer) for timer in changed]
        say = self._cancelled(occasion, changed)
        return ToolResult("done", {"timers": told}, say, restoring(changed))

    def _cancelled(self, occasion: Occasion, changed: Sequence[Timer]) -> str:
        words = self._desk.speech(occasion)
        if len(changed) == 1:
            return words.about(changed[0], "cancelled", self._desk.now())
        return words.say("several_cancelled", count=words.count(len(changed)).capitalize())

    async def _list(self, occasion: Occasion, kind: Kind) -> ToolResult:
        timers = await self._desk.all(kind)
        told = [self._desk.told(timer) for timer in timers]
        if not timers:
            return ToolResult(
                "done", {"timers": told}, self._desk.speech(occasion).kind(kind, "none")
            )
        return ToolResult("done", {"timers": told}, self._desk.listed(occasion, timers))

    def _what_and_when(self, occasion: Occasion, what: str, when: str) -> tuple[str, When]:
        """What to say when; a sentence may hold both, in either argument."""
        now, local = self._desk.now(), self._desk.local
        try:
            if not when:
                return split(what, now, local)
            return what, parse(when, now, local, REMINDER)
        except Unclear as unclear:
            return self._again(occasion, what, when, unclear)

    def _again(
        self, occasion: Occasion, what: str, when: str, unclear: Unclear
    ) -> tuple[str, When]:
        """Where one argument ends and the other begins may have been guessed wrong."""
        if when and unclear.reason == "unclear":
            for whole in (f"{when} {what}", f"{what} {when}"):
                try:
                    return split(whole, self._desk.now(), self._desk.local)
                except Unclear:
                    continue
        none = not when and unclear.reason == "unclear"
        reason = "no_when" if none else unclear.reason
        raise Refused(self._desk.failed(occasion, reason)) from unclear

    def _at(self, occasion: Occasion, said: str) -> Callable[[float], bool]:
        """Whether a moment is the one that was said."""
        now, local = self._desk.now(), self._desk.local
        try:
            describes(said, now, now, local)
        except Unclear as unclear:
            raise Refused(self._desk.failed(occasion, unclear.reason)) from unclear
        return lambda moment: describes(said, moment, now, local)
