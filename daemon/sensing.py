"""From the MQTT edge into the live house and, where it is notable, into memory."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import aclosing

from memory.records import MemoryFailed, Passage
from memory.store import Store
from sensors.entries import Changed
from sensors.events import Reading, SensorEvent
from sensors.house import House
from sensors.inbox import Batch
from sensors.mqtt import MqttEdge
from sensors.naming import Naming
from sensors.notable import Notable
from sensors.registry import Registry
from sensors.slices import exhausted, sliced

log = logging.getLogger(__name__)

_WAITING = 256
"""Events that wait for a disk that is full; the oldest are lost first."""

_SAVE_S = 1.0
"""Seconds between two transactions: a power cut loses what the devices say again anyway, and a
memory card is written to sixty times a minute at the most, however much is published."""

_SUM_UP_S = 600.0
"""Seconds between log lines about what was received, understood and refused."""

_SETTLE_S = 15.0
"""Seconds between looks for events that only the passing of time makes certain."""

_PRUNE_S = 3_600.0
"""Seconds between looks for hours to sum up and changes that are too old."""


class Sensing:
    """Keeps the house up to date; one task."""

    def __init__(
        self,
        store: Store,
        house: House,
        registry: Registry | None = None,
        now: Callable[[], float] = time.time,
        *,
        keeps: bool = True,
    ) -> None:
        """Make one for a house.

        Args:
            store: keeps the last known state, its history, and events.
            house: what is known.
            registry: what there is; without one, what can be made of mere readings.
            now: Unix seconds.
            keeps: whether history and events are kept; a guest beside the daemon leaves that to it.
        """
        self.keeps = keeps
        """Whether history and events are kept."""
        self._store = store
        self._house = house
        self._registry = registry or Registry(house)
        self._notable = Notable(Naming(self._registry).named)
        self._now = now
        self._unsaved: dict[str, Reading] = {}
        self._gone: set[str] = set()
        self._waiting: deque[Passage] = deque(maxlen=_WAITING)
        self._dirty = asyncio.Event()
        self._flushing: asyncio.Task[None] | None = None
        self._taking = self._taken(Batch())
        self._troubled = False

    async def load(self) -> None:
        """Start from the last known state.

        Raises:
            MemoryFailed: the store cannot be read.
        """
        known = await self._store.house.load()
        self._house.load(known)
        self._store.history.load(known)
        self._notable.load(known)

    async def run(self, edge: MqttEdge) -> None:
        """Until cancelled: connect, take in what comes, remember events."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(edge.run(), name="mqtt")
                group.create_task(self._keep(), name="keep")
                group.create_task(self._settle(), name="settle")
                group.create_task(self._prune(), name="prune")
                group.create_task(self._sum_up(edge, edge.summary()), name="sum up")
                async with aclosing(edge.batches()) as batches:
                    async for batch in batches:
                        self._taking = self._taken(batch)
                        for _ in self._taking:
                            # A flood must not keep the loop from hearing and speaking.
                            await asyncio.sleep(0)
        finally:
            if self._flushing is not None:
                await asyncio.wait([self._flushing])
            # What was received has been acknowledged: the broker will not send it again.
            exhausted(self._taking)
            self.take(edge.rest())
            await self.flush(closing=True)

    def take(self, batch: Batch) -> None:
        """Take in one batch; `flush` writes what has to be kept of it."""
        exhausted(self._taken(batch))

    def _taken(self, batch: Batch) -> Generator[None, None, None]:
        """Take in one batch, with pauses."""
        for some in sliced(batch.discoveries):
            for discovery in some:
                changed = yield from self._registry.applying(discovery)
                self._forget(changed.forgotten)
            yield
        for readings in sliced(batch.readings):
            self._observe(readings)
            yield

    def _observe(self, readings: Sequence[Reading]) -> None:
        news = self._house.apply(self._registry.observe(readings))
        if not news:
            return
        self._unsaved.update((reading.entity, reading) for reading in news)
        if self.keeps:
            self._store.history.observe(news)
            self._note(self._notable.observe(news))
        self._dirty.set()

    def drop(self, changed: Changed) -> None:
        """Forget what went with entities that are gone."""
        self._forget(changed.forgotten)

    async def flush(self, *, closing: bool = False) -> None:
        """Write what is not yet kept. A full disk costs persistence, not the live state.

        Args:
            closing: also what could have waited.
        """
        try:
            await self._save()
            await self._store.history.flush(closing=closing)
            await self._remember()
        except MemoryFailed as error:
            if not self._troubled:
                waiting = len(self._waiting)
                log.error("sensor state is not saved, %d events wait: %s", waiting, error)  # noqa: TRY400 - says it all
            self._troubled = True
            self._dirty.set()
        else:
            self._troubled = False

    async def _save(self) -> None:
        if gone := list(self._gone):
            await self._store.house.forget(gone)
            self._gone.difference_update(gone)
        if saving := list(self._unsaved.values()):
            await self._store.house.save(saving)
        for reading in saving:
            if self._unsaved.get(reading.entity) is reading:
                del self._unsaved[reading.entity]

    async def _remember(self) -> None:
        """Keep events, and those for which the disk had no room before."""
        if not (remembering := list(self._waiting)):
            return
        self._waiting.clear()
        try:
            await self._store.passages.remember(remembering)
        except MemoryFailed:
            self._waiting = deque([*remembering, *self._waiting], maxlen=_WAITING)
            raise

    async def _keep(self) -> None:
        """Write what is new, at once after a quiet time and else as often as is reasonable."""
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            self._flushing = asyncio.create_task(self.flush(), name="flush")
            await asyncio.shield(self._flushing)
            await asyncio.sleep(_SAVE_S)

    async def _settle(self) -> None:
        while True:
            await asyncio.sleep(_SETTLE_S)
            self._note(self._notable.settle(self._now()))

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(_PRUNE_S)
            try:
                await self._store.history.prune(self._now())
            except MemoryFailed as error:
                log.error("the history of the house is not summed up: %s", error)  # noqa: TRY400 - says it all

    async def _sum_up(self, edge: MqttEdge, before: str) -> None:
        """Log what became of the messages, if anything came."""
        while True:
            await asyncio.sleep(_SUM_UP_S)
            if (now := edge.summary(self._house.overflowed)) != before:
                log.info("sensors: %s", now)
            before = now

    def _forget(self, keys: Sequence[str]) -> None:
        if keys:
            self._gone.update(keys)
            for key in keys:
                self._unsaved.pop(key, None)
            self._notable.forget(keys)
            self._store.history.forget(keys)
            self._dirty.set()

    def _note(self, events: Sequence[SensorEvent]) -> None:
        self._waiting.extend(
            Passage(0, event.text, f"mqtt:{event.topic}", event.at) for event in events
        )
        if events:
            self._dirty.set()
