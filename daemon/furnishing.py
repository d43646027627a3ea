"""Makes the acting side of the daemon out of configuration, store, broker and mind."""

import asyncio
import time
from asyncio import QueueFull
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from daemon import paths
from daemon.acquaintance import SPEAK_UP_S, Acquaintance
from daemon.acting import Acting
from daemon.announcements import Announcement
from daemon.config import Config
from daemon.household import Household, Outlets
from daemon.intents.intent import Intent
from daemon.intents.recogniser import Recogniser
from daemon.intents.responses import Responses
from daemon.obeying import Obeying
from daemon.presence import Presence
from daemon.routines.anticipation import Anticipation
from daemon.routines.habitat import House as Habitat
from daemon.sensing import Sensing
from daemon.timers.timekeeper import Obey, Timekeeper
from daemon.tools.chooser import Chooser
from daemon.tools.configured import configured
from daemon.tools.confirmation import Policy, lets_in
from daemon.tools.gate import Gate
from daemon.tools.home import home_tools
from daemon.tools.timing import timing_tools
from daemon.tools.tool import Occasion, ToolResult
from daemon.workflows.engine import Call
from daemon.workflows.tool import workflow_tool
from daemon.workflows.workflows import Workflows
from memory.records import Source
from memory.store import Store
from memory.timers import Timer
from models.ports import LanguageModel, ToolCall
from sensors.control import Control
from sensors.discovery.shelly import remembered
from sensors.entities import Command, Publication
from sensors.events import BrokerLost
from sensors.house import House
from sensors.mqtt import MqttEdge
from sensors.owner_file import OwnerFile
from sensors.registry import Registry
from sensors.wording import measured

_ABOUT: Final = {
    "HassLightSet": "light",
    "HassFanSetSpeed": "fan",
    "HassSetPosition": "cover",
    "HassClimateSetTemperature": "climate",
    "HassSetVolume": "media_player",
    "HassSetVolumeRelative": "media_player",
    "HassVacuumStart": "vacuum",
}
"""Domains that intents are about without saying so."""


async def furnish(
    config: Config,
    store: Store,
    edge: MqttEdge | None,
    outlets: Outlets,
    mind: LanguageModel,
    *,
    guest: bool = False,
) -> Household:
    """Make the parts and start from what was known before.

    Args:
        config: settings and the folder of the owner's files.
        store: what is remembered.
        edge: to the broker; None where there is none.
        outlets: to people.
        mind: chooses tools.
        guest: a daemon may be running beside this process, and keeps what happens.

    Raises:
        MemoryFailed: the store cannot be read.
    """
    settings = config.settings
    house = House(stale_after=settings.mqtt.stale_s)
    registry = Registry(house)
    sensing = Sensing(store, house, registry, keeps=not guest)
    await sensing.load()
    known = await store.entities.load()
    registry.load(known)
    if edge is not None:
        edge.announce(remembered(known))
    owner = OwnerFile(config.beside(settings.home.file))
    gate = _gate(store, registry, house, edge, outlets)
    recogniser, responses = await asyncio.to_thread(_language, settings.home.language)
    chooser = Chooser(mind, gate, registry, settings.home.language)
    acting = Acting(
        recogniser,
        gate,
        responses,
        chooser.choose,
        area=settings.home.area,
        rooms=partial(_rooms, registry),
        sources=partial(_sources, registry, house),
        language=settings.home.language,
    )
    workflows = Workflows(
        [config.beside(settings.tools.workflows)],
        store.runs,
        _telling(gate, responses),
        gate.confirm,
        outcome=gate.outcome,
        tools=gate.tools,
        home=lambda: Counter(entity.domain for entity in registry.entities()),
        post=outlets.announcements.post,
    )
    gate.add(workflow_tool(workflows))
    acquaintance = Acquaintance(edge)
    rooms = partial(_rooms, registry)
    obey = _obeying(Obeying(recogniser, gate, responses, rooms), acquaintance)

    async def done(key: str) -> bool:
        result = await gate.outcome(f"{key}/0")
        return result is not None and result.status in ("done", "sent")

    timekeeper = Timekeeper(store.timers, outlets.announcements.say, obey, done=done)
    acting.rings = lambda: bool(timekeeper.ringing)
    for tool in timing_tools(store.timers, timekeeper.wake, now=time.time):
        gate.add(tool)
    anticipation = _anticipation(store, registry, gate, outlets, acting)
    gate.add(anticipation.answer_tool())
    made = Household(
        store, house, registry, sensing, gate, recogniser, acting, workflows, timekeeper,
        anticipation if settings.tools.routines else None,
        _presence(config, edge, outlets), chooser, owner, edge,
        acquaintance, paths.store().with_suffix(".lock"), configured(settings.tools.mcp),
    )  # fmt: skip
    await made.correct()
    await made.learn()
    return made


def _gate(
    store: Store, registry: Registry, house: House, edge: MqttEdge | None, outlets: Outlets
) -> Gate:
    """The gate with the tools of the home."""

    async def publish(publications: Sequence[Publication]) -> None:
        if edge is None:
            raise BrokerLost("there is no broker")
        await edge.publish(publications)

    async def say(text: str) -> None:
        # Not waited for: it is said when the turn that asks for it is over.
        if not outlets.announcements.post(Announcement(text, cause="broadcast")):
            raise QueueFull("too many announcements wait already")

    policy = Policy(
        owner=lambda entity: registry.confirm(entity.id),
        heating=lambda: registry.owner.heating,
    )
    control = Control(
        registry,
        house,
        publish,
        guarded=lambda entity: lets_in(entity, Command(entity.id, "open")),
    )
    tools = home_tools(registry, control, store.lists, time.time, policy=policy, say=say)
    return Gate(tools, store.audit)


def _language(language: str) -> tuple[Recogniser, Responses]:
    return Recogniser(language=language), Responses(language)


def _obeying(obeying: Obeying, acquaintance: Acquaintance) -> Obey:
    """Obeys timers once their devices can be spoken to: one may be due at the start."""

    async def obey(timer: Timer, key: str) -> str:
        await acquaintance.made(within=SPEAK_UP_S)
        return await obeying.obey(timer, key)

    return obey


def _telling(gate: Gate, responses: Responses) -> Call:
    """The gate, whose results say what came of a call."""

    async def tell(call: ToolCall, occasion: Occasion) -> ToolResult:
        result = await gate.call(call, occasion)
        return replace(result, say=result.say or responses.worded(call, "default", result))

    return tell


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


def _sources(registry: Registry, house: House, entities: Sequence[str]) -> list[Source]:
    """What the entities said last, and on which topics."""
    things = [entity for one in entities if (entity := registry.get(one)) is not None]
    readings = [reading for one in things if (reading := house.reading(one.key())) is not None]
    return [Source(0, f"{one.name}: {measured(one)}", 1.0, f"mqtt:{one.topic}") for one in readings]


def _rooms(registry: Registry, intent: Intent) -> list[str]:
    """The rooms that have what an intent is about; all of them if it is about nothing special."""
    domain = str(intent.slots.get("domain", _ABOUT.get(intent.name, "")))
    kind = str(intent.slots.get("device_class", ""))
    found = {entity.area for entity in registry.find(domain=domain, device_class=kind)}
    return [area.name for area in registry.areas() if area.name in found]


def _presence(config: Config, edge: MqttEdge | None, outlets: Outlets) -> Presence:
    mqtt = config.settings.mqtt

    async def publish(publications: Sequence[Publication]) -> None:
        if edge is None:
            raise BrokerLost("there is no broker")
        await edge.publish(publications)

    return Presence(
        mqtt.client_id,
        config.settings.home.area,
        mqtt.discovery_prefix,
        mqtt.visible,
        mqtt.tell_intent,
        mqtt.announcements,
        publish,
        outlets.announcements.post,
        outlets.controls,
    )
