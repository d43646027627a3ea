"""The acting side of the daemon, joined: the house, what can be done in it, and who does it when.

`furnish` (daemon/furnishing.py) makes the parts; `Household.live` runs what goes on by itself
beside the conversation: sensors, timers, routines, interrupted workflows, the owner's edits, what
others see of us.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from daemon.acquaintance import SPEAK_UP_S, Acquaintance
from daemon.acting import Acting
from daemon.announcements import Announcements
from daemon.controls import Controls
from daemon.intents.names import Home
from daemon.intents.recogniser import Recogniser
from daemon.intents.vocabulary import vocabulary
from daemon.leadership import leading
from daemon.presence import Presence
from daemon.routines.anticipation import Anticipation
from daemon.sensing import Sensing
from daemon.timers.timekeeper import Timekeeper
from daemon.tools.chooser import Chooser
from daemon.tools.gate import Gate
from daemon.tools.mcp import Server
from daemon.workflows.workflows import Workflows
from memory.records import MemoryFailed, Turn
from memory.store import Store
from models.ports import ModelError
from sensors.discovery.homeassistant import manual
from sensors.house import House
from sensors.mail import Mail
from sensors.mqtt import MqttEdge
from sensors.owner_file import OwnerFile
from sensors.registry import Registry

log = logging.getLogger(__name__)

_LOOK_S = 1.0
"""Seconds between looks whether the house, or what the owner says of it, is another."""

_LONGEST_LOOK_S = 16.0
"""Seconds between looks while it is another each time."""

_KEEP_S = 60.0
"""Seconds after which what there is is kept, although it goes on changing."""


_AGAIN_S = 1.0
"""Seconds until the tools are read again after reading them gave way to a question."""


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where the acting side reaches people.

    Attributes:
        announcements: what is said without having been asked.
        controls: what is seen and set from outside.
    """

    announcements: Announcements
    controls: Controls


@dataclass(frozen=True, slots=True)
class Household:
    """Everything that acts, and what it acts on."""

    store: Store
    house: House
    registry: Registry
    sensing: Sensing
    gate: Gate
    recogniser: Recogniser
    acting: Acting
    workflows: Workflows
    timekeeper: Timekeeper
    anticipation: Anticipation | None
    presence: Presence
    chooser: Chooser
    owner: OwnerFile
    edge: MqttEdge | None
    acquaintance: Acquaintance
    lock: Path
    servers: Sequence[Server] = ()

    async def live(self) -> None:
        """Until cancelled: everything that goes on by itself."""
        if self.edge is not None:
            self.edge.open_mail(Mail(self.presence.topics, self.presence.received))
        try:
            async with asyncio.TaskGroup() as group:
                if self.edge is not None:
                    group.create_task(self.sensing.run(self.edge), name="sensing")
                    group.create_task(self._settle(self.edge), name="settle")
                    group.create_task(self._listen(self.edge), name="listen for the broker")
                group.create_task(self.acquaintance.make(), name="acquaintance")
                group.create_task(self._follow(), name="follow the house")
                group.create_task(self._warm(), name="read the tools")
                group.create_task(self._lead(), name="lead")
                if self.servers:
                    group.create_task(strangers(self), name="MCP servers")
        finally:
            await self.workflows.close()

    async def _lead(self) -> None:
        """Do what one process alone may do, once no other does it."""
        async with leading(self.lock), asyncio.TaskGroup() as group:
            self.sensing.keeps = True
            group.create_task(self.timekeeper.run(), name="timers")
            group.create_task(self._resume(), name="resume")
            if self.edge is not None:
                greeting = self.presence.run(_each_connection(self.edge))
                group.create_task(greeting, name="presence")
            if self.anticipation is not None:
                group.create_task(self._anticipate(self.anticipation), name="routines")

    def names(self) -> list[str]:
        """What the rooms, things and workflows are called, for the ear; no addresses."""
        return vocabulary(self._home([one.name for one in self.workflows.all]))

    def noticed(self, turn: Turn) -> None:
        """A turn is over: tell those who care."""
        if turn.tools:
            self.presence.controls.last_intent = str(turn.tools[-1]["name"])
        # Whoever was asked something must not be asked something else before the answer.
        if turn.asked and self.anticipation is not None and not self.acting.asks:
            self.anticipation.talked()

    async def learn(self) -> None:
        """Let sentences mean the house as it is now."""
        said = [name for one in self.workflows.all for name in (one.name, *one.phrases)]
        home = self._home(said, await self.store.lists.names())
        await asyncio.to_thread(self.recogniser.know, home)

    def _home(self, workflows: Sequence[str], lists: Sequence[str] = ()) -> Home:
        there = self.registry
        return Home(there.entities(), there.areas(), there.floors(), workflows, lists)

    async def introduce(self) -> None:
        """Keep what the house consists of, if nobody has yet."""
        if not await self.store.entities.load():
            await self.store.entities.save(self.registry.known())

    async def correct(self) -> bool:
        """Take the owner's file, and the workflows, if they were edited.

        Returns:
            Whether there are other workflows now; of the house its registry tells.
        """
        before = self.owner.owner
        if await asyncio.to_thread(self.owner.changed):
            self.registry.correct(self.owner.owner)
            if self.edge is not None:
                self.edge.announce(self.owner.owner.announced(manual, before))
        return await asyncio.to_thread(self.workflows.load)

    async def _follow(self) -> None:
        """Keep up with the house: its names in sentences, its things over a restart."""
        known: tuple[object, ...] = ()
        kept, waited, pause = -1, 0.0, _LOOK_S
        while True:
            # A store that cannot be read now can be read later; the house goes on meanwhile.
            with suppress(MemoryFailed):
                other = await self.correct()
                version = self.registry.version
                named = (version, *await self.store.lists.names())
                if other or named != known:
                    await self.learn()
                    known = named
                    # A device that changes its name every second must not cost every second.
                    pause = min(2 * pause, _LONGEST_LOOK_S)
                    waited += pause
                else:
                    pause = _LOOK_S
                if kept != version and (pause == _LOOK_S or waited > _KEEP_S):
                    # What devices say of themselves is complete, or will never be.
                    await self.store.entities.save(self.registry.known())
                    kept, waited = version, 0.0
            await asyncio.sleep(pause)

    async def _listen(self, edge: MqttEdge) -> None:
        """Know whether anybody can be heard: what was said before is old while nobody can."""
        seen = 0
        while True:
            self.house.lost = not edge.connected
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    seen = await edge.connection(seen)

    async def _settle(self, edge: MqttEdge) -> None:
        """Forget the things of the last run that nobody has announced since."""
        await edge.connection(0)
        await asyncio.sleep(SPEAK_UP_S)
        self.sensing.drop(self.registry.settle())

    async def _warm(self) -> None:
        try:
            while not await self.chooser.warm():  # noqa: ASYNC110 - it is an attempt each time
                await asyncio.sleep(_AGAIN_S)
        except ModelError as error:
            log.warning("the tools are not read ahead: %s", error)

    async def _anticipate(self, anticipation: Anticipation) -> None:
        await self.acquaintance.made()
        await anticipation.run()

    async def _resume(self) -> None:
        try:
            left = await self.workflows.remembered()
            # A step that finds no device fails, and so does taking back those before it.
            await self.acquaintance.made()
            await self.workflows.resume(left)
        except MemoryFailed as error:
            log.error("interrupted workflows wait for the next start: %s", error)  # noqa: TRY400 - says it all


async def strangers(household: Household) -> None:
    """Offer the tools of the MCP servers that are configured."""
    # The SDK takes a second to import, and few homes have such servers.
    from daemon.tools.mcp_servers import McpServers  # noqa: PLC0415

    await McpServers(household.servers, household.gate, household.store.pins).run()


def _each_connection(edge: MqttEdge) -> Callable[[], Awaitable[None]]:
    """Waits for the next connection each time."""
    seen = 0

    async def connected() -> None:
        nonlocal seen
        seen = await edge.connection(seen)

    return connected
