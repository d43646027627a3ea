"""From the network thread to the loop, a bounded number of readings at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Condition

from sensors.entities import Discovery
from sensors.events import Reading

_GATHER = 0.01
"""Seconds between two takes: a busy broker wakes the loop a hundred times a second, not thousands.
What comes after a pause is taken at once."""


@dataclass(slots=True)
class Batch:
    """What arrived since the last time, in the order of arrival.

    Attributes:
        discoveries: to be applied before the readings.
        readings: oldest first.
    """

    discoveries: list[Discovery] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.discoveries) + len(self.readings)


class Inbox:
    """A queue that never grows without end and loses nothing unless the loop stands still.

    When it is full its writer waits. The writer is the network thread, and a message that it has
    not finished is not acknowledged: the broker holds back what follows, a thousand messages by
    mosquitto's default, and drops only beyond that. Waiting is bounded all the same, because a
    thread that waits answers no keep-alive. After that the oldest goes: of the state of a house
    the newest reading is the one that counts.
    """

    def __init__(self, capacity: int, patience: float) -> None:
        """Make an empty one.

        Args:
            capacity: readings and discoveries that may wait.
            patience: seconds for which a writer waits for room; 0 never waits.
        """
        self._batch = Batch()
        self._capacity = capacity
        self._patience = patience
        self._room = Condition()
        self._arrived: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._taken_at = float("-inf")
        self._closed = False
        self.dropped = 0
        """Readings that nobody took in time."""

    def put(self, readings: Sequence[Reading], discoveries: Sequence[Discovery] = ()) -> None:
        """Add to what waits; from any thread, waits while there is no room."""
        with self._room:
            if len(self._batch) >= self._capacity:
                self._make_room(len(readings))
            was_empty = not len(self._batch)
            self._batch.readings += readings
            self._batch.discoveries += discoveries
            loop, arrived = self._loop, self._arrived
        # One wake-up per take: a stalled loop must not collect a callback per message either.
        if was_empty and loop is not None and arrived is not None:
            loop.call_soon_threadsafe(arrived.set)

    def open(self) -> None:
        """Somebody takes from now on."""
        with self._room:
            self._closed = False

    def close(self) -> None:
        """Take the little that still comes, whether there is room or not, so that it can end."""
        with self._room:
            self._closed = True
            self._room.notify_all()

    async def take(self) -> Batch:
        """Wait for something and take all there is; one taker at a time."""
        loop, arrived = asyncio.get_running_loop(), asyncio.Event()
        with self._room:
            self._loop, self._arrived = loop, arrived
        try:
            await asyncio.sleep(self._taken_at + _GATHER - loop.time())
            while not len(batch := self.rest()):
                await arrived.wait()
                arrived.clear()
        finally:
            with self._room:
                self._loop = self._arrived = None
        self._taken_at = loop.time()
        return batch

    def rest(self) -> Batch:
        """Everything that is there now, without waiting."""
        with self._room:
            batch, self._batch = self._batch, Batch()
            self._room.notify_all()
        return batch

    def _make_room(self, count: int) -> None:
        def has_room() -> bool:
            return self._closed or len(self._batch) < self._capacity

        if not self._room.wait_for(has_room, self._patience):
            excess = len(self._batch) + count - self._capacity
            dropped = min(excess, len(self._batch.readings))
            # Never a discovery: what a device is called is told once, its state again and again.
            del self._batch.readings[:dropped]
            self.dropped += dropped
