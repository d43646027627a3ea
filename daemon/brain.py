"""What thinks: mind, memory and the live house, joined; the same for spoken and typed turns."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from daemon import assembly, paths
from daemon.assembly import Workshop
from daemon.broker import egress
from daemon.knowledge import Knowledge
from daemon.sensing import Sensing
from daemon.sessions import Sessions
from daemon.settings import Settings
from daemon.turn import Turns
from memory.store import Store
from models.ports import LanguageModel
from sensors.house import House

_HISTORY_SHARE, _QUESTION_SHARE = 0.4, 0.2
"""Of a prompt's tokens; the rest is the persona, what the sensors say and what is recalled."""

_TEMPLATE = 200


@dataclass(frozen=True, slots=True)
class Brain:
    """What a turn needs besides ear and mouth."""

    turns: Turns
    vocabulary: Callable[[], Sequence[str]]
    knowledge: Knowledge
    sessions: Sessions
    sensing: Sensing


@asynccontextmanager
async def brain(shop: Workshop) -> AsyncIterator[Brain]:
    """Open store, embedder and mind, and read the prompt's stable part into the cache.

    Raises:
        ModelError: weights are missing or cannot be used.
        MemoryFailed: the store cannot be opened.
    """
    settings = shop.config.settings
    egress(settings.mqtt).enforce()
    limit = settings.memory.max_sensor_passages
    async with (
        assembly.embedder(shop) as embedder,
        Store.open(paths.store(), embedder, sensor_limit=limit) as store,
        assembly.mind(shop) as mind,
    ):
        made = await _join(store, mind, settings, shop.plan.mind)
        try:
            yield made
        finally:
            await made.knowledge.flush()


async def _join(store: Store, mind: LanguageModel, settings: Settings, model: str) -> Brain:
    house = House(stale_after=settings.mqtt.stale_s)
    sensing = Sensing(store, house)
    await sensing.load()
    talk = settings.conversation
    sessions = Sessions(
        store.journal,
        mind,
        house.names,
        talk.follow_up_s,
        int(talk.prompt_tokens * _HISTORY_SHARE),
    )
    knowledge = Knowledge(
        store,
        house,
        sessions,
        passages=settings.memory.recall_passages,
        remember_speech=settings.memory.remember_speech,
    )
    turns = Turns(
        mind,
        knowledge.recall,
        knowledge.keep,
        house.names,
        lambda: datetime.now().astimezone(),
        # The template's own tokens are not counted text by text: five for each of some 40 messages.
        talk.prompt_tokens - _TEMPLATE,
        int(talk.prompt_tokens * _QUESTION_SHARE),
        talk.answer_tokens,
        model,
    )
    await sessions.prepare()
    named = settings.conversation.vocabulary
    return Brain(turns, lambda: [*named, *house.names()], knowledge, sessions, sensing)
