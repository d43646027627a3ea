"""When the house is known: what acts by itself after a start must wait for its devices."""

import asyncio
from contextlib import suppress
from typing import Final

from sensors.mqtt import MqttEdge

SPEAK_UP_S: Final = 15.0
"""Seconds after connecting in which devices of the last run may announce themselves again."""

_CALM_S: Final = 0.25
"""Seconds without a message after which everything that was retained has come."""


async def retained(edge: MqttEdge) -> None:
    """Wait for a connection, and for what the broker had kept: it comes in one go."""
    await edge.connection(0)
    before = -1
    while (received := edge.stats.received) != before:
        before = received
        await asyncio.sleep(_CALM_S)


class Acquaintance:
    """Made once, when the devices have announced themselves; without a broker there are none."""

    def __init__(self, edge: MqttEdge | None) -> None:
        self._edge = edge
        self._made = asyncio.Event()

    async def make(self) -> None:
        """Wait for the devices, and tell those who wait for them."""
        if self._edge is not None:
            await self._edge.connection(0)
            # In a busy house there is never a calm.
            with suppress(TimeoutError):
                async with asyncio.timeout(SPEAK_UP_S):
                    await retained(self._edge)
        self._made.set()

    async def made(self, within: float | None = None) -> None:
        """Wait until it is made, for so many seconds at the most; None: however long it takes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._made.wait()
