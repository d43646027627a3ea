"""The acting side of the daemon in this process, without ear, mind and mouth, on a real broker."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from unittest.mock import patch

from daemon import furnishing, paths
from daemon import household as joined
from daemon.announcements import Announcements
from daemon.broker import edge
from daemon.config import load
from daemon.controls import Controls
from daemon.furnishing import furnish
from daemon.household import Household, Outlets
from memory.ids import new_id
from memory.records import Turn
from memory.store import Store
from sensors.mqtt import MqttEdge
from tests.broker import eventually
from tests.doubles.models import ScriptedMind

_LANGUAGE = cache(furnishing._language)
"""Half a second of templates, read once for all tests."""


@dataclass
class Home:
    """What a test talks to.

    Attributes:
        household: the parts.
        outlets: where it reaches people.
        announced: what was said without having been asked.
        turns: all that were taken.
        free: cleared while somebody talks: then nothing is announced.
        hears: whether what is announced counts as heard.
    """

    household: Household
    outlets: Outlets
    edge: MqttEdge
    announced: list[str] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)
    hears: bool = True

    async def turn(self, sentence: str, *, session: str = "s", turn: str = "") -> Turn:
        """Say something; the record of what came of it."""
        now = time.time()
        taken = Turn(turn or new_id(now), session, now, "text", asked=sentence)
        taken.answered = await self.household.acting.act(taken) or ""
        self.household.noticed(taken)
        self.turns.append(taken)
        return taken

    async def says(self, sentence: str) -> str:
        """Say something; the answer, "" when the words are for the mind."""
        return (await self.turn(sentence)).answered

    async def knows(self, *names: str) -> None:
        """Wait until things of these names can be spoken of."""
        registry, recogniser = self.household.registry, self.household.recogniser
        await eventually(lambda: all(registry.find(name) for name in names))
        await eventually(
            lambda: all(recogniser.recognise(f"what is the state of the {n}") for n in names)
        )

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for something that happens elsewhere."""
        await eventually(holds)

    async def kept(self) -> None:
        """Wait until what the house consists of is kept for the next life."""
        entities = self.household.store.entities
        async with asyncio.timeout(10):
            while await entities.load() != self.household.registry.known():  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def listen(self) -> None:
        """Until cancelled: hear what is announced."""
        self.free.set()
        while True:
            waiting = await self.outlets.announcements.next()
            await self.free.wait()
            self.announced.append(waiting.announcement.text)
            self.outlets.announcements.leave(waiting, heard=self.hears)


@asynccontextmanager
async def furnished(folder: Path, port: int, settings: str = "") -> AsyncIterator[Home]:
    """A household that lives; its state stays in the folder.

    Args:
        folder: of the configuration and the state.
        port: of the broker.
        settings: TOML besides the broker.
    """
    file = folder / "auricle.toml"
    file.write_text(f'[mqtt]\nport = {port}\nclient_id = "den"\n{settings}')
    config = load(file)
    broker = edge(config.settings.mqtt)
    outlets = Outlets(Announcements(), Controls())
    with (
        patch.dict(os.environ, {"STATE_DIRECTORY": str(folder / "state")}),
        patch.object(joined, "_LOOK_S", 0.05),
        patch.object(furnishing, "_language", _LANGUAGE),
    ):
        async with Store.open(paths.store()) as store:
            made = await furnish(config, store, broker, outlets, ScriptedMind([]))
            home = Home(made, outlets, broker)
            tasks = [asyncio.create_task(made.live()), asyncio.create_task(home.listen())]
            try:
                yield home
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
                if not tasks[0].cancelled():
                    tasks[0].result()
