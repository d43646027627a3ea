"""Finds the moment for what is to be said without having been asked."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from audio.listening import Ear
from daemon.announcements import Announcements, Waiting
from daemon.shielded import stop

_LULL_S = 0.1
"""Seconds between looks whether somebody is still talking."""

_POLITE_S = 15.0
"""Seconds that an announcement waits for a lull: a television never has one."""


@dataclass(frozen=True, slots=True)
class Announcing:
    """Takes one announcement after the other.

    Attributes:
        announcements: the line of them.
        floor: held by whoever lets a turn begin.
        busy: whether a turn is being taken.
        asks: whether a question waits for its answer.
        speak_up: begins to say one; the task ends when it was said, or could not be.
    """

    announcements: Announcements
    floor: asyncio.Lock
    busy: Callable[[], bool]
    asks: Callable[[], bool]
    speak_up: "Callable[[Waiting], Awaitable[asyncio.Task[None]]]"

    async def run(self, ear: Ear) -> None:
        """Until cancelled."""
        while True:
            await self.announcements.next()
            said: asyncio.Task[None] | None = None
            try:
                await self._lull(ear)
                async with self.floor:
                    # Somebody may have got a word in while the floor was being waited for.
                    if self.busy():
                        continue
                    # An alarm may have gone before what was the next one then.
                    said = await self.speak_up(await self.announcements.next())
                await asyncio.wait([said])
            finally:
                if said is not None and not said.done():
                    await stop(said)

    async def _lull(self, ear: Ear) -> None:
        """Wait until no turn is being taken and, for as long as is polite, nobody talks.

        Somebody who was asked something is about to: what is not urgent would end up between the
        question and the yes.
        """
        loop = asyncio.get_running_loop()
        patience = loop.time() + _POLITE_S
        while True:
            asked = self.asks() and not self.announcements.urgent
            talks = asked or not (ear.deaf or ear.idle)
            if not (self.busy() or (talks and loop.time() < patience)):
                return
            await asyncio.sleep(_LULL_S)
