"""Knowing the house for the length of one command, beside a daemon or without one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from daemon.acquaintance import retained
from daemon.household import Household
from memory.records import MemoryFailed
from sensors.mail import Mail
from sensors.mqtt import MqttEdge

_CONNECT_S = 3.0
"""Seconds that a command waits for the broker; answers from memory need none."""


@asynccontextmanager
async def visiting(household: Household, edge: MqttEdge | None) -> AsyncIterator[None]:
    """Know the house for the length of one command, beside a daemon or without one."""
    if edge is None:
        yield
        return
    # The daemon that we visit is no device of the house.
    edge.open_mail(Mail([household.presence.announced_on], household.presence.received))
    sensing = asyncio.create_task(household.sensing.run(edge), name="sensing")
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CONNECT_S):
                await retained(edge)
        household.house.lost = not edge.connected
        await household.learn()
        yield
    finally:
        try:
            await household.workflows.settled()
            with suppress(MemoryFailed):
                await household.introduce()
        finally:
            sensing.cancel()
            await asyncio.wait([sensing])
