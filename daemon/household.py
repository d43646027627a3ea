"""The acting side of the daemon, joined: the house, what can be done in it, and who does it when.

`furnish` makes the parts; `Household.live` runs what goes on by itself beside the conversation:
sensors, timers, routines, interrupted workflows, the owner's edits, what others see of us.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

from daemon.acting import Acting, Choose
from daemon.announcements import Announcement, Announcements
from daemon.config import Config
from daemon.controls import Controls
from daemon.intents.intent import Intent
from daemon.intents.names import Home
from daemon.intents.recogniser import Recogniser
from daemon.intents.responses import Responses
from daemon.presence import Presence
from daemon.routines.anticipation import Anticipation
from daemon.routines.anticipation import House as Habitat
from daemon.sensing import Sensing
from daemon.timers.timekeeper import Timekeeper
from daemon.tools.confirmation import Policy
from daemon.tools.gate import Gate
from daemon.tools.home import home_tools
from daemon.tools.timing import timing_tools
from daemon.tools.tool import Occasion
from daemon.workflows.tool import workflow_tool
from daemon.workflows.workflows import Workflows
from memory.records import MemoryFailed, Turn
from memory.store import Store
from models.ports import ToolCall
from sensors.control import Control
from sensors.discovery.homeassistant import manual
from sensors.discovery.shelly import remembered
from sensors.entities import Publication
from sensors.events import BrokerLost
from sensors.house import House
from sensors.mail import Mail
from sensors.mqtt import MqttEdge
from sensors.owner_file import OwnerFile
from sensors.registry import Registry

log = logging.getLogger(__name__)

_LOOK_S = 1.0
"""Seconds between looks whether the house, or what the owner says of it, is another."""

_CONNECT_S = 3.0
"""Seconds that a command waits for the broker; answers from memory need none."""

_CALM_S = 0.25
"""Seconds without a message after which everything that was retained has come."""

_SPEAK_UP_S = 15.0
"""Seconds after connecting in which devices of the last run may announce themselves again."""


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
    owner: OwnerFile
    edge: MqttEdge | None

    async def live(self) -> None:
        """Until cancelled: everything that goes on by itself."""
        if self.edge is not None:
            self.edge.open_mail(Mail(self.presence.topics, self.presence.received))
        try:
            async with asyncio.TaskGroup() as group:
                if self.edge is not None:
                    group.create_task(self.sensing.run(self.edge), name="sensing")
                    group.create_task(self._settle(self.edge), name="settle")
                    greeting = self.presence.run(_each_connection(self.edge))
                    group.create_task(greeting, name="presence")
                group.create_task(self._follow(), name="follow the house")
                group.create_task(self.timekeeper.run(), name="timers")
                group.create_task(self._resume(), name="resume")
                if self.anticipation is not None:
                    group.create_task(self.anticipation.run(), name="routines")
        finally:
            await self.workflows.close()

    def names(self) -> list[str]:
        """What the things, rooms and workflows are called, for the ear; no addresses."""
        named = [e.name for e in self.registry.entities() if not e.name.startswith("0x")]
        rooms = [area.name for area in self.registry.areas()]
        return [*self.house.names(), *named, *rooms, *(one.name for one in self.workflows.all)]

    def noticed(self, turn: Turn) -> None:
        """A turn is over: tell those who care."""
        if turn.tools:
            self.presence.controls.last_intent = str(turn.tools[-1]["name"])
        if turn.asked and self.anticipation is not None:
            self.anticipation.talked()

    async def learn(self) -> None:
        """Let sentences mean the house as it is now."""
        home = Home(
            self.registry.entities(),
            self.registry.areas(),
            self.registry.floors(),
            [name for one in self.workflows.all for name in (one.name, *one.phrases)],
        )
        await asyncio.to_thread(self.recogniser.know, home)

    async def introduce(self) -> None:
        """Keep what the house consists of, if nobody has yet."""
        if not await self.store.entities.load():
            await self.store.entities.save(self.registry.known())

    async def correct(self) -> None:
        """Take the owner's file, and the workflows, if they were edited."""
        before = self.owner.owner
        if await asyncio.to_thread(self.owner.changed):
            self.registry.correct(self.owner.owner)
            if self.edge is not None:
                self.edge.announce(self.owner.owner.announced(manual, before))
        await asyncio.to_thread(self.workflows.load)

    async def _follow(self) -> None:
        """Keep up with the house: its names in sentences, its things over a restart."""
        known, kept = -1, -1
        while True:
            await self.correct()
            if self.registry.version != known:
                known = self.registry.version
                await self.learn()
            elif kept != known:
                # It has stood still for a moment: what devices say of themselves is complete.
                with suppress(MemoryFailed):
                    await self.store.entities.save(self.registry.known())
                    kept = known
            await asyncio.sleep(_LOOK_S)

    async def _settle(self, edge: MqttEdge) -> None:
        """Forget the things of the last run that nobody has announced since."""
        await edge.connection(0)
        await asyncio.sleep(_SPEAK_UP_S)
        self.sensing.drop(self.registry.settle())

    async def _resume(self) -> None:
        try:
            await self.workflows.resume()
        except MemoryFailed as error:
            log.error("interrupted workflows wait for the next start: %s", error)  # noqa: TRY400 - says it all


async def furnish(
    config: Config, store: Store, edge: MqttEdge | None, outlets: Outlets, choose: Choose
) -> Household:
    """Make the parts and start from what was known before.

    Args:
        config: settings and the folder of the owner's files.
        store: what is remembered.
        edge: to the broker; None where there is none.
        outlets: to people.
        choose: the mind's choice of a tool.

    Raises:
        MemoryFailed: the store cannot be read.
    """
    settings = config.settings
    house = House(stale_after=settings.mqtt.stale_s)
    registry = Registry(house)
    sensing = Sensing(store, house, registry)
    await sensing.load()
    known = await store.entities.load()
    registry.load(known)
    if edge is not None:
        edge.announce(remembered(known))
    owner = OwnerFile(config.beside(settings.home.file))
    gate = _gate(store, registry, house, edge, outlets)
    recogniser, responses = await asyncio.to_thread(_language, settings.home.language)
    acting = Acting(
        recogniser,
        gate,
        responses,
        choose,
        area=settings.home.area,
        rooms=partial(_rooms, registry),
        language=settings.home.language,
    )
    workflows = Workflows(
        [config.beside(settings.tools.workflows)],
        store.runs,
        gate.call,
        gate.confirm,
        gate.tools,
        home=lambda: Counter(entity.domain for entity in registry.entities()),
        announce=outlets.announcements.say,
    )
    gate.add(workflow_tool(workflows))
    timekeeper = Timekeeper(store.timers, outlets.announcements.say, acting.obey)
    for tool in timing_tools(store.timers, timekeeper.wake, now=time.time):
        gate.add(tool)
    anticipation = _anticipation(store, registry, gate, outlets, acting)
    gate.add(anticipation.answer_tool())
    made = Household(
        store, house, registry, sensing, gate, recogniser, acting, workflows, timekeeper,
        anticipation if settings.tools.routines else None,
        _presence(config, edge, outlets), owner, edge,
    )  # fmt: skip
    await made.correct()
    await made.learn()
    return made


@asynccontextmanager
async def visiting(household: Household, edge: MqttEdge | None) -> AsyncIterator[None]:
    """Know the house for the length of one command, beside a daemon or without one."""
    if edge is None:
        yield
        return
    sensing = asyncio.create_task(household.sensing.run(edge), name="sensing")
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CONNECT_S):
                await edge.connection(0)
                await _calm(edge)
        await household.learn()
        yield
    finally:
        await household.workflows.settled()
        await household.introduce()
        sensing.cancel()
        await asyncio.wait([sensing])


async def _calm(edge: MqttEdge) -> None:
    """Wait until the retained messages have come: what follows each other comes in one go."""
    before = -1
    while (received := edge.stats.received) != before:
        before = received
        await asyncio.sleep(_CALM_S)


def _gate(
    store: Store, registry: Registry, house: House, edge: MqttEdge | None, outlets: Outlets
) -> Gate:
    """The gate with the tools of the home."""

    async def publish(publications: Sequence[Publication]) -> None:
        if edge is None:
            raise BrokerLost("there is no broker")
        await edge.publish(publications)

    async def say(text: str) -> None:
        await outlets.announcements.say(Announcement(text, cause="broadcast"))

    policy = Policy(
        owner=lambda entity: registry.confirm(entity.id),
        heating=lambda: registry.owner.heating,
    )
    control = Control(registry, house, publish)
    tools = home_tools(registry, control, store.lists, time.time, policy=policy, say=say)
    return Gate(tools, store.audit)


def _language(language: str) -> tuple[Recogniser, Responses]:
    return Recogniser(language=language), Responses(language)


def _anticipation(
    store: Store, registry: Registry, gate: Gate, outlets: Outlets, acting: Acting
) -> Anticipation:
    def asks(call: ToolCall, occasion: Occasion) -> bool:
        tools = {tool.name: tool for tool in gate.tools()}
        return bool(tools[call.name].confirm(call.arguments, occasion))

    return Anticipation(
        store.routines,
        Habitat(registry, store.history, gate.call, asks),
        announce=outlets.announcements.say,
        offer=acting.offer,
    )


def _rooms(registry: Registry, intent: Intent) -> list[str]:
    """The rooms that have what an intent is about; all of them if it is about nothing special."""
    domain = str(intent.slots.get("domain", ""))
    kind = str(intent.slots.get("device_class", ""))
    found = {entity.area for entity in registry.find(domain=domain, device_class=kind)}
    return [area.name for area in registry.areas() if area.name in found]


def _each_connection(edge: MqttEdge) -> Callable[[], Awaitable[None]]:
    """Waits for the next connection each time."""
    seen = 0

    async def connected() -> None:
        nonlocal seen
        seen = await edge.connection(seen)

    return connected


def _presence(config: Config, edge: MqttEdge | None, outlets: Outlets) -> Presence:
    mqtt = config.settings.mqtt

    async def publish(publications: Sequence[Publication]) -> None:
        if edge is None:
            raise BrokerLost("there is no broker")
        await edge.publish(publications)

    return Presence(
        mqtt.client_id,
        config.settings.home.area,
        mqtt.discovery_prefix if mqtt.visible else "",
        mqtt.tell_intent,
        mqtt.announcements,
        publish,
        outlets.announcements.say,
        outlets.controls,
    )
