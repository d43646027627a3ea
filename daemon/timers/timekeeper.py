"""Lets what is due happen: fires it, says it until it was heard, obeys what was put off.

Nothing here needs a network. Firing is one transaction, so it happens once; announcing comes
after it and is repeated until it is known to have been heard, so a kill in between costs a
repetition and never the announcement.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final

from daemon.announcements import Announce
from daemon.timers.local import SYSTEM, LocalTime
from daemon.timers.ringing import Ring, announcement, too_late
from daemon.timers.rules import Rule
from daemon.timers.speech import Speech, speech
from daemon.timers.transitions import obeyed, settled
from memory.ids import new_id
from memory.records import MemoryFailed
from memory.timers import Timer, Timers, Transition

log = logging.getLogger(__name__)

Obey = Callable[[Timer, str], Awaitable[str]]
"""Obeys a timer's command, under an idempotency key; returns what to say of it, "" for nothing."""

Done = Callable[[str], Awaitable[bool]]
"""Whether something was done already under the key of a command."""

LOOK_S: Final = 5.0
"""Seconds between two looks at the clock and the table: other processes may change both."""

_STEP_S: Final = 0.5
"""Seconds by which the wall clock must move against the loop's clock to count as set anew."""

_AT_ONCE: Final = 5
"""Timers in one announcement: more than that nobody takes in."""


async def _nothing(_: str) -> bool:
    return False


class Timekeeper:
    """Owns the time of all timers, alarms and reminders.

    A timer that was set for a length of time takes that long, however the wall clock is set
    meanwhile; over a restart only the wall clock can tell, so that is followed then. Alarms and
    reminders for a time of day always follow the wall clock. While the machine sleeps the loop's
    clock stands still, which looks like a wall clock that was set forward.

    Args:
        timers: the table.
        announce: says something aloud.
        obey: does what was put off: "turn off the light in ten minutes".
        done: whether that was done before a restart kept it from being written down.
        now: Unix seconds.
        local: the zone in which repeating ones are reckoned and times are told.
        look_s: see `LOOK_S`.
    """

    def __init__(
        self,
        timers: Timers,
        announce: Announce,
        obey: Obey,
        *,
        done: Done = _nothing,
        now: Callable[[], float] = time.time,
        local: LocalTime = SYSTEM,
        look_s: float = LOOK_S,
    ) -> None:
        self._timers = timers
        self._announce = announce
        self._obey = obey
        self._done = done
        self._now = now
        self._local = local
        self._look_s = look_s
        self._changed = asyncio.Event()
        self._due = asyncio.Event()
        self._commanded = asyncio.Event()
        self._active: list[Timer] = []
        self._rings: dict[str, Ring] = {}
        self._unsaved: dict[str, Transition] = {}
        self._inherited: frozenset[str] | None = None
        self._offset = 0.0

    @property
    def ringing(self) -> list[Timer]:
        """What is being announced and can be stopped or put off, in the order it was due."""
        return [ring.timer for ring in self._in_order() if not ring.timer.command]

    def wake(self) -> None:
        """Look at the table now: something in it was changed."""
        self._changed.set()

    async def run(self) -> None:
        """Keep time until cancelled; begins with what was missed."""
        self._offset = self._now() - asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch(), name="timers-watch")
            tasks.create_task(self._speak(), name="timers-speak")
            tasks.create_task(self._act(), name="timers-act")

    async def _watch(self) -> None:
        while True:
            self._changed.clear()
            try:
                await self._look()
            except MemoryFailed as failure:
                # What is known goes on; a full disk must not keep an alarm from ringing.
                log.warning("timers cannot be read or kept: %s", failure)
                self._fire_unsaved()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_next()):
                    await self._changed.wait()

    async def _look(self) -> None:
        await self._follow_clock()
        self._active = await self._timers.active()
        if self._inherited is None:
            self._inherited = frozenset(timer.id for timer in self._active)
        for timer in self._overdue():
            await self._fire(timer)
        # After firing: what was said although firing could not be kept ends here.
        await self._save()
        self._active = await self._timers.active()
        self._ring([timer for timer in self._active if timer.state == "fired"])

    async def _follow_clock(self) -> None:
        """Let lengths of time stay what they are when the wall clock is set anew."""
        drift = self._now() - asyncio.get_running_loop().time() - self._offset
        if abs(drift) < _STEP_S:
            return
        inherited = self._inherited or frozenset()
        moved = [t.id for t in self._active if t.length > 0 and t.id not in inherited]
        await self._timers.shift(moved, drift)
        self._offset += drift
        log.info("the clock was set by %+.1f s", drift)

    async def _fire(self, timer: Timer) -> None:
        now = self._now()
        following = None
        if timer.repeat:
            due = Rule.read(timer.repeat).next(max(now, timer.due), self._local)
            following = replace(timer, id=new_id(now), due=due, created_at=now)
        await self._timers.fire(timer, now, following)

    def _fire_unsaved(self) -> None:
        """Announce what is due although it cannot be written down; that is made up for later."""
        now = self._now()
        fired = [replace(t, state="fired", fired_at=now, repeat="") for t in self._overdue()]
        known = [timer for timer in self._active if timer.state == "fired"]
        self._ring([*known, *fired])

    def _overdue(self) -> list[Timer]:
        now = self._now()
        return [t for t in self._active if t.state == "running" and t.due <= now]

    def _ring(self, fired: list[Timer]) -> None:
        """Take up what has fired, and leave what somebody has stopped."""
        now, time_ = self._now(), asyncio.get_running_loop().time()
        ids = {timer.id for timer in fired}
        self._rings = {one: ring for one, ring in self._rings.items() if one in ids}
        for timer in fired:
            if timer.id in self._unsaved:
                continue
            if (ring := self._rings.get(timer.id)) is not None:
                ring.timer = timer
            else:
                self._rings[timer.id] = Ring.begin(timer, time_, now)
                self._due.set()
                self._commanded.set()

    async def _save(self) -> None:
        """Write down what has ended."""
        for one, transition in list(self._unsaved.items()):
            await self._timers.change([one], transition)
            del self._unsaved[one]

    def _until_next(self) -> float:
        """Seconds until something is due or it is time to look again."""
        now = self._now()
        waits = [t.due - now for t in self._active if t.state == "running" and t.due > now]
        return min([self._look_s, *waits])

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._due.clear()
            rings = [ring for ring in self._in_order() if not ring.timer.command]
            ready = [ring for ring in rings if ring.again <= loop.time()][:_AT_ONCE]
            if ready:
                await self._say(ready)
                continue
            next_time = min((ring.again for ring in rings), default=None)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_time):
                    await self._due.wait()

    async def _say(self, ready: list[Ring]) -> None:
        timers = [ring.timer for ring in ready]
        speeches = [self._speech(timer) for timer in timers]
        heard = await self._announce(announcement(timers, speeches, self._now()))
        for ring in ready:
            end = ring.after(heard, asyncio.get_running_loop().time())
            # Whoever stopped it in the meantime has had the last word.
            if end is not None and self._rings.get(ring.timer.id) is ring:
                self._end(ring.timer.id, settled(end))

    async def _act(self) -> None:
        while True:
            self._commanded.clear()
            for ring in self._in_order():
                if ring.timer.command and ring.timer.id in self._rings:
                    await self._carry_out(ring.timer)
            await self._commanded.wait()

    async def _carry_out(self, timer: Timer) -> None:
        now = self._now()
        key = f"timer:{timer.id}:{timer.due}"
        if too_late(timer, now) and await self._done(key):
            said = ""  # In time, and nobody waits for hearing of it any more.
        elif too_late(timer, now):
            ago = self._speech(timer).ago(timer, now)
            said = self._speech(timer).say("not_obeyed", ago=ago, command=timer.command)
        else:
            said = await self._obey(timer, key)
        self._end(timer.id, obeyed(said))

    def _end(self, one: str, transition: Transition) -> None:
        """Bring something to its end: from now on here, and with the next look in the table."""
        self._rings.pop(one, None)
        self._unsaved[one] = transition
        self.wake()

    def _in_order(self) -> list[Ring]:
        return sorted(self._rings.values(), key=lambda ring: (ring.timer.due, ring.timer.id))

    def _speech(self, timer: Timer) -> Speech:
        return speech(timer.language, self._local)
