"""From the MQTT edge into the live house and, where it is notable, into memory."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import aclosing

from memory.records import MemoryFailed, Passage
from memory.store import Store
from sensors.events import Reading, SensorEvent
from sensors.house import House
from sensors.mqtt import MqttEdge
from sensors.notable import Notable

log = logging.getLogger(__name__)

_WAITING = 256
"""Events that wait for a disk that is full; the oldest are lost first."""

_SUM_UP_S = 600.0
"""Seconds between log lines about what was received, understood and refused."""

_SETTLE_S = 15.0
"""Seconds between looks for events that only the passing of time makes certain."""


class Sensing:
    """Keeps the house up to date; one task."""

    def __init__(self, store: Store, house: House, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._house = house
        self._notable = Notable()
        self._now = now
        self._waiting: deque[Passage] = deque(maxlen=_WAITING)

    async def load(self) -> None:
        """Start from the last known state.

        Raises:
            MemoryFailed: the store cannot be read.
        """
        known = await self._store.house.load()
        self._house.load(known)
        self._notable.load(known)

    async def run(self, edge: MqttEdge) -> None:
        """Until cancelled: connect, take in readings, remember events."""
        taking: asyncio.Task[None] | None = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(edge.run(), name="mqtt")
                group.create_task(self._settle(), name="settle")
                group.create_task(self._sum_up(edge, edge.summary()), name="sum up")
                async with aclosing(edge.readings()) as batches:
                    async for readings in batches:
                        taking = asyncio.create_task(self.take(readings), name="take")
                        await asyncio.shield(taking)
        finally:
            # What was received has been acknowledged: the broker will not send it again.
            if taking is not None:
                await asyncio.wait([taking])
            await self.take(edge.rest())

    async def take(self, readings: Sequence[Reading]) -> None:
        """Take in one batch. A full disk costs persistence, not the live state."""
        news = self._house.apply(readings)
        if not news:
            return
        try:
            await self._store.house.save(news)
        except MemoryFailed as error:
            log.error("sensor state is not saved: %s", error)  # noqa: TRY400 - says it all
        await self._remember(self._notable.observe(news))

    async def _settle(self) -> None:
        while True:
            await asyncio.sleep(_SETTLE_S)
            await self._remember(self._notable.settle(self._now()))

    async def _sum_up(self, edge: MqttEdge, before: str) -> None:
        """Log what became of the messages, if anything came."""
        while True:
            await asyncio.sleep(_SUM_UP_S)
            if (now := edge.summary(self._house.overflowed)) != before:
                log.info("sensors: %s", now)
            before = now

    async def _remember(self, events: Sequence[SensorEvent]) -> None:
        """Keep events, and those for which the disk had no room before."""
        self._waiting.extend(
            Passage(0, event.text, f"mqtt:{event.topic}", event.at) for event in events
        )
        if not self._waiting:
            return
        try:
            await self._store.passages.remember(list(self._waiting))
        except MemoryFailed as error:
            log.error("%d sensor events wait: %s", len(self._waiting), error)  # noqa: TRY400
        else:
            self._waiting.clear()
