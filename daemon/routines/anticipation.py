"""Finds habits, proposes each once, does what was agreed to, and stops when it is not wanted.

Nothing is done without consent, every time its cause is said, and like everything else that acts
it goes through the gate: "undo that" takes it back. Locks are locked, never opened; garage doors
and whatever else is asked about first are left alone.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final, Literal

from daemon.announcements import Announce, Announcement
from daemon.pending import Option
from daemon.routines.habitat import USED_BY_PEOPLE, House, call_for, is_used_by_people, tells
from daemon.routines.wording import done, given_up, proposal
from daemon.tools.tool import Occasion, Tool, ToolResult
from memory.ids import new_id
from memory.records import MemoryFailed
from memory.routines import Routine, Routines
from models.ports import ToolCall
from sensors.anticipation import Change, Habit, habits, is_on
from sensors.entities import Entity

log = logging.getLogger(__name__)

ANSWER: Final = "AuricleAnswerRoutine"
"""Name of the tool that takes a yes or no to a proposal."""

_TICK_S: Final = 30.0
_DAY_S: Final = 86_400.0

_WEEKS_S: Final = 28 * _DAY_S
"""Seconds of history that is looked at."""

_LATE_S: Final = 15 * 60.0
"""Seconds after its time in which a routine is still done: the daemon may have been restarted."""

_MINDED_S: Final = 10 * 60.0
"""Seconds in which putting a thing back means that it was not wanted."""

_UNUSED_S: Final = 30 * _DAY_S
"""Seconds without a run after which a routine is over."""

_BETWEEN_S: Final = 20 * 3_600.0
"""Seconds between two proposals: about one a day."""

_TWICE: Final = 2
"""Times that somebody took it back, which end it."""

Offer = Callable[[Sequence[Option], Option], None]
"""Remembers what the next yes, and what the next no, will do."""


class Anticipation:
    """One task looks at the clock; turns tell it that somebody is there."""

    def __init__(
        self,
        routines: Routines,
        house: House,
        *,
        announce: Announce,
        offer: Offer,
        zone: tzinfo | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Join the parts.

        Args:
            routines: the durable table.
            house: what is looked at and acted through.
            announce: says something aloud.
            offer: makes the next answer count.
            zone: in which people live; None for the machine's own.
            now: Unix seconds.
        """
        self._routines = routines
        self._house = house
        self._announce = announce
        self._offer = offer
        self._zone = zone
        self._now = now
        self._talked = False
        self._looked: str = ""

    def talked(self) -> None:
        """Somebody has just spoken with us: a good moment to ask something."""
        self._talked = True

    async def run(self) -> None:
        """Until cancelled: look at the clock twice a minute."""
        while True:
            try:
                await self.tick()
            except MemoryFailed as error:
                log.error("routines wait for the store: %s", error)  # noqa: TRY400 - its text says it all
            await asyncio.sleep(_TICK_S)

    async def tick(self) -> None:
        """Do what is due now.

        Raises:
            MemoryFailed: the store cannot be read or written.
        """
        today = self._local().date().isoformat()
        if self._looked != today:
            await self.look()
            self._looked = today
        known = await self._routines.all()
        for routine in known:
            if routine.state == "accepted":
                await self._follow(routine)
        if self._talked:
            self._talked = False
            await self._propose(known)

    async def look(self) -> None:
        """Find habits in the history, and keep those that nobody was ever asked about.

        Raises:
            MemoryFailed: the store cannot be read or written.
        """
        now = self._now()
        things = {e.key(): e for e in self._house.registry.entities() if is_used_by_people(e)}
        changes = [c for key in things for c in await self._changes(key, now)]
        telling = [e.key() for e in self._house.registry.entities() if tells(e)]
        around = {key: await self._changes(key, now) for key in telling}
        # Weeks of a large house take a good part of a second.
        found = await asyncio.to_thread(self._habits, changes, now, around)
        for habit in found:
            entity = things[habit.key]
            if habit.value in USED_BY_PEOPLE[entity.domain]:
                routine = _routine(habit, entity, self._names(habit), new_id(now), now)
                if not self._is_asked_about(entity, routine):
                    await self._routines.add(routine)

    def _habits(
        self, changes: Sequence[Change], now: float, around: Mapping[str, Sequence[Change]]
    ) -> list[Habit]:
        return list(habits(changes, now, self._zone, around=around))

    def answer_tool(self) -> Tool:
        """The tool that takes the answer to a proposal."""

        async def answer(arguments: Mapping[str, Any], _: Occasion) -> ToolResult:
            yes = bool(arguments["accept"])
            state = "accepted" if yes else "declined"
            routine = await self._routines.change(
                str(arguments["routine"]), state=state, since=self._now(), undone=0
            )
            if routine is None:
                return ToolResult("failed", {"error": "no_routine"}, "I don't know that routine.")
            back = ToolCall(ANSWER, {"routine": routine.id, "accept": not yes})
            said = "All right, I'll do that from now on." if yes else "All right, I won't."
            return ToolResult("done", {"routine": routine.id, "state": state}, said, (back,))

        schema = {
            "type": "object",
            "properties": {"routine": {"type": "string"}, "accept": {"type": "boolean"}},
            "required": ["routine", "accept"],
            "additionalProperties": False,
        }
        return Tool(ANSWER, "Agree to a routine, or not.", schema, answer, offered=False)

    async def _propose(self, known: Sequence[Routine]) -> None:
        """Ask about one of those that were found, if the last question was not just now."""
        last = max((r.since for r in known if r.state != "found"), default=0.0)
        if self._now() - last < _BETWEEN_S:
            return
        for routine in known:
            entity = self._house.registry.get(routine.entity)
            if routine.state != "found" or entity is None:
                continue
            said = Announcement(proposal(routine, entity), key=routine.id, cause="routine")
            if await self._announce(said):
                await self._routines.change(routine.id, state="proposed", since=self._now())
                yes, no = (
                    Option("", ToolCall(ANSWER, {"routine": routine.id, "accept": accept}))
                    for accept in (True, False)
                )
                self._offer([yes], no)
            return

    async def _follow(self, routine: Routine) -> None:
        entity = self._house.registry.get(routine.entity)
        now = self._now()
        if now - max(routine.since, routine.ran_at) > _UNUSED_S:
            await self._routines.change(routine.id, state="expired", since=now)
            log.info("a routine is over: it was not used for a month")
        elif entity is not None and self._is_due(routine, entity):
            await self._do(routine, entity)
        elif entity is not None and 0 < now - routine.ran_at <= _MINDED_S:
            await self._notice(routine, entity)

    def _is_due(self, routine: Routine, entity: Entity) -> bool:
        local = self._local()
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        late = (local - midnight).total_seconds() - routine.at_s
        days: Literal["every day", "workdays", "weekends"] = routine.days  # type: ignore[assignment]
        if not (0 <= late <= _LATE_S and is_on(days, local.date())):
            return False
        if routine.last_run == local.date().isoformat():
            return False
        if self._house.registry.state(entity.id).value == routine.value:
            return False  # Somebody was faster.
        if routine.condition is None:
            return True
        other, value = routine.condition
        return self._house.registry.state(other).value == value

    async def _do(self, routine: Routine, entity: Entity) -> None:
        """Do it, once a day, and say why."""
        today = self._local().date().isoformat()
        call = call_for(entity, routine.value, key=f"routine/{routine.id}/{today}")
        # Before it is noted: a kill in between must not lose the day, and the key makes it once.
        result = await self._house.call(call, Occasion(routine.id, "routine"))
        # It may never have been so: then nobody has put it back when it is not so later.
        ran_at = self._now() if result.ok else self._now() - _MINDED_S - 1
        await self._routines.change(routine.id, last_run=today, ran_at=ran_at)
        if result.status in ("ask", "failed"):
            log.warning("a routine could not be done: %s", result.status)
        said = done(routine, entity, result.status)
        await self._announce(Announcement(said, key=f"done {routine.id}", cause="routine"))

    async def _notice(self, routine: Routine, entity: Entity) -> None:
        """See whether somebody has put it back."""
        if self._house.registry.state(entity.id).value in (routine.value, None):
            return
        undone = routine.undone + 1
        over = undone >= _TWICE
        state = "expired" if over else routine.state
        await self._routines.change(
            routine.id, undone=undone, ran_at=self._now() - _MINDED_S - 1, state=state
        )
        if over:
            said = given_up(routine, entity)
            await self._announce(Announcement(said, key=f"over {routine.id}", cause="routine"))

    async def _changes(self, key: str, now: float) -> list[Change]:
        samples = await self._house.history.range(key, now - _WEEKS_S, now)
        # What the broker had kept tells a state, but not when it came about.
        return [Change(key, one.value, one.at) for one in samples if not one.late]

    def _is_asked_about(self, entity: Entity, routine: Routine) -> bool:
        call = call_for(entity, routine.value, key="")
        return self._house.asks(call, Occasion(routine.id, "routine"))

    def _names(self, habit: Habit) -> str:
        """The entity id of a habit's condition, "" for none."""
        key = habit.condition[0] if habit.condition else ""
        named = (e.id for e in self._house.registry.entities() if key and e.key() == key)
        return next(named, "")

    def _local(self) -> datetime:
        return datetime.fromtimestamp(self._now(), self._zone)


def _routine(habit: Habit, entity: Entity, condition: str, new: str, now: float) -> Routine:
    held = (condition, habit.condition[1]) if habit.condition and condition else None
    return Routine(new, entity.id, habit.value, habit.at_s, habit.days, habit.seen, held, since=now)
