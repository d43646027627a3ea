"""What thinks: mind, memory and the live house, joined; the same for spoken and typed turns."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from daemon import assembly, paths
from daemon.assembly import Workshop
from daemon.broker import egress
from daemon.furnishing import furnish
from daemon.household import Household, Outlets
from daemon.knowledge import Knowledge
from daemon.sessions import Sessions
from daemon.thinking import Thinking
from daemon.tools.configured import configured
from daemon.tools.mcp import hosts
from daemon.turn import Turns
from memory.records import Turn
from memory.store import Store
from memory.wakes import Wakes
from models.ports import LanguageModel
from sensors.mqtt import MqttEdge
from sensors.telling import Telling

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
    household: Household
    wakes: Wakes


@asynccontextmanager
async def brain(
    shop: Workshop, edge: MqttEdge | None, outlets: Outlets, *, guest: bool = False
) -> AsyncIterator[Brain]:
    """Open store, embedder and mind, and read the prompt's stable part into the cache.

    Args:
        shop: makes the engines.
        edge: to the broker, None where there is none; whoever made it lets it run.
        outlets: to people.
        guest: a daemon may be running beside this process.

    Raises:
        ModelError: weights are missing or cannot be used.
        MemoryFailed: the store cannot be opened.
    """
    settings = shop.config.settings
    egress(settings.mqtt, hosts(configured(settings.tools.mcp))).enforce()
    limit = settings.memory.max_sensor_passages
    days = (settings.home.history_days, settings.home.hours_days)
    async with (
        assembly.embedder(shop) as embedder,
        Store.open(paths.store(), embedder, sensor_limit=limit, history_days=days) as store,
        assembly.mind(shop) as mind,
    ):
        household = await furnish(shop.config, store, edge, outlets, mind, guest=guest)
        made = await _join(shop, store, mind, household)
        try:
            yield made
        finally:
            await made.knowledge.flush()


async def _join(shop: Workshop, store: Store, mind: LanguageModel, household: Household) -> Brain:
    settings = shop.config.settings
    talk = settings.conversation
    telling = Telling(household.house, household.registry)
    sessions = Sessions(
        store.journal,
        mind,
        telling.names,
        talk.follow_up_s,
        int(talk.prompt_tokens * _HISTORY_SHARE),
    )
    knowledge = Knowledge(
        store,
        telling,
        sessions,
        passages=settings.memory.recall_passages,
        remember_speech=settings.memory.remember_speech,
    )

    async def keep(turn: Turn) -> None:
        await knowledge.keep(turn)
        household.noticed(turn)

    thinking = Thinking(
        mind,
        knowledge.recall,
        household.acting.choose,
        household.chooser.prepare,
        telling.names,
        lambda: datetime.now().astimezone(),
        # The template's own tokens are not counted text by text: five for each of some 40 messages.
        talk.prompt_tokens - _TEMPLATE,
        int(talk.prompt_tokens * _QUESTION_SHARE),
        talk.answer_tokens,
    )
    turns = Turns(thinking, keep, shop.plan.mind, household.acting)
    await sessions.prepare()

    def vocabulary() -> list[str]:
        return list(dict.fromkeys([*talk.vocabulary, *telling.names(), *household.names()]))

    return Brain(turns, vocabulary, knowledge, sessions, household, store.wakes)
