"""The bounded buffer between a sound card's thread and the event loop."""

import asyncio
from collections import deque
from dataclasses import dataclass

import numpy as np

from audio.frames import Pcm

_BLOCKS = 250
"""Blocks kept: five seconds. A loop that stands still for longer is ended by its watchdog; up to
there, what somebody says while the computer is busy is late and not lost. 480 kB at 48 kHz."""


_RELAXED = 5
"""Blocks that make one: 100 ms. Waiting for a wake word that way costs the loop half of what it
costs block by block, and nobody notices a wake that comes 80 ms later."""


@dataclass(frozen=True, slots=True)
class Block:
    """Captured samples at the device's rate.

    Attributes:
        pcm: mono int16, shape (n,).
        position: samples that the device captured before, since its stream was opened.
        captured: loop time, in seconds, of the first sample.
    """

    pcm: Pcm
    position: int
    captured: float


class Ring:
    """One stream's blocks; when it is full the newest are dropped and counted."""

    def __init__(self) -> None:
        self.relaxed = False
        """While True the loop is woken by every fifth block only, and gets all five."""
        self._loop = asyncio.get_running_loop()
        self._blocks: deque[Block] = deque()
        self._arrived = asyncio.Event()
        self._ended = False
        self._position = 0
        self.dropped = 0

    def capture(self, pcm: Pcm, age: float) -> None:
        """Add a block whose first sample is `age` seconds old; for the sound card's thread."""
        position, self._position = self._position, self._position + len(pcm)
        if len(self._blocks) >= _BLOCKS:
            self.dropped += 1
            return
        self._blocks.append(Block(pcm, position, self._loop.time() - age))
        if self._enough:
            self._loop.call_soon_threadsafe(self._arrived.set)

    def end(self) -> None:
        """Say that the stream has stopped by itself; for the sound card's thread."""
        self._ended = True
        self._loop.call_soon_threadsafe(self._arrived.set)

    @property
    def _enough(self) -> bool:
        return len(self._blocks) >= (_RELAXED if self.relaxed else 1)

    async def take(self, within: float) -> Block | None:
        """What has come, or None when the stream stopped or brought none in so many seconds.

        Blocks that belong together are one: a hundred samples cost as much as a thousand.
        """
        try:
            async with asyncio.timeout(within):
                while not (self._enough or self._ended):
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            # A loop that was busy for long may see the time-out before the blocks that came.
            pass
        return self._joined() if self._blocks else None

    def _joined(self) -> Block:
        first = self._blocks.popleft()
        parts, end = [first.pcm], first.position + len(first.pcm)
        while len(parts) < _RELAXED and self._blocks and self._blocks[0].position == end:
            parts.append(self._blocks.popleft().pcm)
            end += len(parts[-1])
        return Block(np.concatenate(parts), first.position, first.captured)
