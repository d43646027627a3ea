"""From the network thread to the loop, a bounded number of batches at a time."""

import asyncio
from collections import deque
from threading import Lock

from sensors.events import Reading


class Inbox:
    """A queue that never makes its writer wait and never grows without end.

    When full it drops the oldest batch: for the state of a house the newest reading is the one
    that counts, and making the network thread wait would only move the queue into the broker,
    which drops the newest.
    """

    def __init__(self, capacity: int) -> None:
        self._batches: deque[list[Reading]] = deque()
        self._capacity = capacity
        self._lock = Lock()
        self._arrived: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.dropped = 0
        """Readings that nobody took in time."""

    def put(self, readings: list[Reading]) -> None:
        """Add a batch; from any thread, never blocks."""
        with self._lock:
            was_empty = not self._batches
            if len(self._batches) == self._capacity:
                self.dropped += len(self._batches.popleft())
            self._batches.append(readings)
            loop, arrived = self._loop, self._arrived
        # One wake-up per take: a stalled loop must not collect a callback per message either.
        if was_empty and loop is not None and arrived is not None:
            loop.call_soon_threadsafe(arrived.set)

    async def take(self) -> list[Reading]:
        """Wait for readings and take all there are, oldest first; one taker at a time."""
        arrived = asyncio.Event()
        with self._lock:
            self._loop, self._arrived = asyncio.get_running_loop(), arrived
        try:
            while not (readings := self.rest()):
                await arrived.wait()
                arrived.clear()
        finally:
            with self._lock:
                self._loop = self._arrived = None
        return readings

    def rest(self) -> list[Reading]:
        """Everything that is there now, oldest first, without waiting."""
        with self._lock:
            batches, self._batches = self._batches, deque()
        return [reading for batch in batches for reading in batch]
