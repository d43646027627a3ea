"""Knowing the house for the length of one command, beside a daemon or without one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from daemon.household import Household
from sensors.mail import Mail
from sensors.mqtt import MqttEdge

_CONNECT_S = 3.0
"""Seconds that a command waits for the broker; answers from memory need none."""

_CALM_S = 0.25
"""Seconds without a message after which everything that was retained has come."""


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
                await edge.connection(0)
                await _calm(edge)
        await household.learn()
        yield
    finally:
        await household.workflows.settled()
        await household.introduce()
        sensing.cancel()
        await asyncio.wait([sensing])


async def _calm(edge: MqttEdge) -> None:
    """Wait until the retained messages have come: what follows each other comes in one go."""
    before = -1
    while (received := edge.stats.received) != before:
        before = received
        await asyncio.sleep(_CALM_S)
