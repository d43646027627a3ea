"""The tools for timers, as Home Assistant's intents name them, and for whatever rings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field

from daemon.timers.finding import Wanted
from daemon.timers.local import SYSTEM, LocalTime
from daemon.timers.speech import left
from daemon.timers.transitions import moved, paused, restored, resumed, snoozed, stopped
from daemon.tools.appointments import appointment_tools
from daemon.tools.timer_desk import ANY, Refused, TimerDesk, refusing, restoring
from daemon.tools.tool import Occasion, Tool, ToolResult
from daemon.tools.typed import tool
from memory.timers import State, Timer, Timers, Transition
from models.ports import ToolCall

MOST_S: Final = 30 * 86_400.0
"""Seconds: longer than this somebody means a reminder."""

_SNOOZE_MIN: Final = 9
"""Minutes, as on clock radios ever since their gears allowed no ten."""

Length = Annotated[float, Field(description="of the length of time")]
Id = Annotated[str, Field(max_length=64, description="exactly this one, from a list")]
Name = Annotated[str, Field(max_length=100, description="of the timer, such as pasta")]
Start = Annotated[float, Field(ge=0, description="that the timer was set for")]
Area = Annotated[str, Field(max_length=100, description="room in which it was set")]
Command = Annotated[str, Field(max_length=500, description="sentence to obey when it is due")]


def timing_tools(
    timers: Timers,
    changed: Callable[[], None],
    *,
    now: Callable[[], float],
    local: LocalTime = SYSTEM,
) -> list[Tool]:
    """All tools for timers, alarms and reminders.

    Args:
        timers: the table.
        changed: `Timekeeper.wake`.
        now: Unix seconds.
        local: where times are said.
    """
    desk = TimerDesk(timers, changed, now, local)
    do = _Timing(desk)

    return [
        tool(do.start, name="HassStartTimer", effect="write", offered=True, idempotent=True),
        _on_one(do.cancel, "HassCancelTimer", offered=True),
        tool(do.cancel_all, name="HassCancelAllTimers", effect="write", idempotent=True),
        _by_a_length(do.increase, "HassIncreaseTimer", offered=True),
        _by_a_length(do.decrease, "HassDecreaseTimer"),
        _on_one(do.pause, "HassPauseTimer"),
        _on_one(do.unpause, "HassUnpauseTimer"),
        _on_one(do.status, "HassTimerStatus", effect="read", offered=True),
        tool(do.restore, name="AuricleRestoreTimers", effect="write", idempotent=True),
        tool(do.stop, name="AuricleStopRinging", effect="write", idempotent=True),
        tool(do.snooze, name="AuricleSnooze", effect="write", idempotent=True),
        *appointment_tools(desk),
    ]


def _on_one(
    do: Callable[[Occasion, Wanted], Awaitable[ToolResult]],
    name: str,
    *,
    effect: Literal["read", "write"] = "write",
    offered: bool = False,
) -> Tool:
    """A tool for one timer, which is described in one of several ways."""

    async def run(
        occasion: Occasion,
        *,
        id: Id = "",  # noqa: A002 - the name of the slot
        name: Name = "",
        start_hours: Start = 0,
        start_minutes: Start = 0,
        start_seconds: Start = 0,
        area: Area = "",
    ) -> ToolResult:
        length = _seconds(start_hours, start_minutes, start_seconds)
        return await do(occasion, Wanted(id, name, length, area))

    run.__doc__ = do.__doc__
    return tool(run, name=name, effect=effect, offered=offered, idempotent=True)


def _by_a_length(
    do: Callable[[Occasion, Wanted, float], Awaitable[ToolResult]],
    name: str,
    *,
    offered: bool = False,
) -> Tool:
    """A tool that changes one timer by a length of time."""

    async def run(
        occasion: Occasion,
        *,
        hours: Length = 0,
        minutes: Length = 0,
        seconds: Length = 0,
        id: Id = "",  # noqa: A002
        name: Name = "",
        start_hours: Start = 0,
        start_minutes: Start = 0,
        start_seconds: Start = 0,
        area: Area = "",
    ) -> ToolResult:
        length = _seconds(start_hours, start_minutes, start_seconds)
        by = _seconds(hours, minutes, seconds)
        return await do(occasion, Wanted(id, name, length, area), by)

    run.__doc__ = do.__doc__
    return tool(run, name=name, effect="write", offered=offered, idempotent=True)


class _Timing:
    """The functions behind the tools for timers."""

    def __init__(self, desk: TimerDesk) -> None:
        self._desk = desk

    @refusing
    async def start(
        self,
        occasion: Occasion,
        *,
        hours: Length = 0,
        minutes: Length = 0,
        seconds: Length = 0,
        name: Name = "",
        conversation_command: Command = "",
    ) -> ToolResult:
        """Starts a timer, or puts a command off."""
        length = _seconds(hours, minutes, seconds)
        if length <= 0:
            raise Refused(self._desk.failed(occasion, "no_length"))
        if not length <= MOST_S:
            most = self._desk.speech(occasion).length(MOST_S)
            raise Refused(self._desk.failed(occasion, "too_long", most=most))
        due = self._desk.now() + length
        timer = await self._desk.add(
            occasion, "timer", due, length=length, name=name, command=conversation_command
        )
        undo = (ToolCall("HassCancelTimer", {"id": timer.id}),)
        return ToolResult("done", {"timer": self._desk.told(timer)}, undo=undo)

    @refusing
    async def cancel(self, occasion: Occasion, wanted: Wanted) -> ToolResult:
        """Cancels a timer, or stops it when it is being announced."""
        changed = await self._one(occasion, wanted, stopped)
        return ToolResult("done", {"timer": self._desk.told(changed)}, undo=restoring([changed]))

    @refusing
    async def cancel_all(self, occasion: Occasion, area: Area = "") -> ToolResult:
        """Cancels all timers, in one room or everywhere."""
        changed = await self._desk.done_before(occasion)
        if not changed:
            timers = await self._desk.all("timer")
            if area:
                timers = [t for t in timers if t.area.casefold() == area.casefold()]
            changed = await self._desk.change(occasion, timers, stopped)
        slots = {"canceled": len(changed), **({"area": area} if area else {})}
        return ToolResult("done", {"slots": slots}, undo=restoring(changed))

    @refusing
    async def increase(self, occasion: Occasion, wanted: Wanted, seconds: float) -> ToolResult:
        """Adds time to a timer."""
        return await self._move(occasion, wanted, seconds, "HassDecreaseTimer")

    @refusing
    async def decrease(self, occasion: Occasion, wanted: Wanted, seconds: float) -> ToolResult:
        """Takes time off a timer."""
        return await self._move(occasion, wanted, seconds, "HassIncreaseTimer")

    @refusing
    async def pause(self, occasion: Occasion, wanted: Wanted) -> ToolResult:
        """Pauses a timer."""
        pause = paused(self._desk.now())
        changed = await self._one(occasion, wanted, pause, ("running",), "not_running")
        undo = (ToolCall("HassUnpauseTimer", {"id": changed.id}),)
        return ToolResult("done", {"timer": self._desk.told(changed)}, undo=undo)

    @refusing
    async def unpause(self, occasion: Occasion, wanted: Wanted) -> ToolResult:
        """Lets a paused timer run on."""
        resume = resumed(self._desk.now())
        changed = await self._one(occasion, wanted, resume, ("paused",), "not_paused")
        undo = (ToolCall("HassPauseTimer", {"id": changed.id}),)
        return ToolResult("done", {"timer": self._desk.told(changed)}, undo=undo)

    @refusing
    async def status(self, occasion: Occasion, wanted: Wanted) -> ToolResult:
        """Tells how much time is left on one or all timers."""
        timers = await self._desk.all("timer", ("running", "paused"))
        if wanted != Wanted():
            timers = [await self._desk.choose(occasion, "timer", wanted, {}, ("running", "paused"))]
        told = [self._desk.told(timer) for timer in timers]
        say = self._desk.listed(occasion, timers) if len(timers) > 1 else ""
        return ToolResult("done", {"timers": told, "slots": {"timers": told}}, say)

    async def restore(
        self,
        occasion: Occasion,
        ids: Annotated[list[str], Field(max_length=200, description="of what was cancelled")],
    ) -> ToolResult:
        """Sets again what was cancelled."""
        changed = await self._desk.done_before(occasion)
        if not changed:
            timers = await self._desk.timers.get(ids)
            changed = await self._desk.change(occasion, timers, restored)
        if not changed:
            return self._desk.failed(occasion, "not_restored")
        told = [self._desk.told(timer) for timer in changed]
        return ToolResult("done", {"timers": told}, self._desk.speech(occasion).say("restored"))

    async def stop(self, occasion: Occasion) -> ToolResult:
        """Stops what is ringing or being announced."""
        changed = await self._on_ringing(occasion, stopped)
        if not changed:
            return self._desk.failed(occasion, "nothing_rings")
        told = [self._desk.told(timer) for timer in changed]
        return ToolResult("done", {"timers": told}, self._desk.speech(occasion).say("stopped"))

    async def snooze(
        self,
        occasion: Occasion,
        minutes: Annotated[float, Field(gt=0, le=720, description="from now")] = _SNOOZE_MIN,
    ) -> ToolResult:
        """Lets what is ringing ring again later."""
        changed = await self._on_ringing(occasion, snoozed(minutes * 60, self._desk.now()))
        if not changed:
            return self._desk.failed(occasion, "nothing_rings")
        words = self._desk.speech(occasion)
        say = words.say("snoozed", length=words.length(minutes * 60))
        return ToolResult("done", {"timers": [self._desk.told(timer) for timer in changed]}, say)

    async def _on_ringing(self, occasion: Occasion, transition: Transition) -> list[Timer]:
        before = await self._desk.done_before(occasion)
        fired = [t for t in await self._desk.timers.active() if t.state == "fired"]
        return before or await self._desk.change(occasion, fired, transition)

    async def _move(
        self, occasion: Occasion, wanted: Wanted, seconds: float, back: str
    ) -> ToolResult:
        """Change how long it takes; `back` is the tool that takes that back."""
        if not 0 < seconds <= MOST_S:
            raise Refused(self._desk.failed(occasion, "no_length"))
        longer = back == "HassDecreaseTimer"
        move = moved(seconds if longer else -seconds, self._desk.now())
        changed = await self._one(occasion, wanted, move, given={"seconds": seconds})
        undo = (ToolCall(back, {"id": changed.id, "seconds": seconds}),)
        return ToolResult("done", {"timer": self._desk.told(changed)}, undo=undo)

    async def _one(
        self,
        occasion: Occasion,
        wanted: Wanted,
        transition: Transition,
        states: Sequence[State] = ANY,
        refusal: str = "too_short",
        *,
        given: Mapping[str, float] = MappingProxyType({}),
    ) -> Timer:
        """Change the timer that is meant.

        Raises:
            Refused: there is none, it is not clear which, or its state does not permit it.
        """
        for timer in await self._desk.done_before(occasion):
            return timer
        if states != ANY and not await self._desk.all("timer", states):
            states = ANY
        timer = await self._desk.choose(occasion, "timer", wanted, given, states)
        for changed in await self._desk.change(occasion, [timer], transition):
            return changed
        rest = self._desk.speech(occasion).length(left(timer, self._desk.now()))
        raise Refused(self._desk.failed(occasion, refusal, left=rest))


def _seconds(hours: float, minutes: float, seconds: float) -> float:
    return hours * 3600 + minutes * 60 + seconds
