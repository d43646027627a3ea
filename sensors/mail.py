"""Messages that are meant for us: from the network thread to whoever opens them, on the loop."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from threading import Lock
from typing import Final

_WAITING: Final = 64
"""Messages that may wait for the loop; nobody has more to say in a moment. The oldest go."""

Open = Callable[[str, bytes, bool], None]
"""Given topic, payload and whether the broker had kept it."""


class Mail:
    """Topics that are ours alone; what comes on them is no state of the house."""

    def __init__(self, topics: Collection[str], opened_by: Open) -> None:
        """Make one on the loop that opens what comes.

        Args:
            topics: exact ones.
            opened_by: called on the loop, in order of arrival.
        """
        self.topics = frozenset(topics)
        self._open = opened_by
        self._loop = asyncio.get_running_loop()
        self._lock = Lock()
        self._waiting: deque[tuple[str, bytes, bool]] = deque(maxlen=_WAITING)

    def put(self, topic: str, payload: bytes, late: bool) -> None:
        """Hand over a message; from any thread."""
        with self._lock:
            was_empty = not self._waiting
            self._waiting.append((topic, payload, late))
        # One wake-up for all: a flood must not fill the loop with callbacks.
        if was_empty and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        with self._lock:
            letters = list(self._waiting)
            self._waiting.clear()
        for letter in letters:
            self._open(*letter)
