"""Knowing the house for the length of one command, beside a daemon or without one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from daemon.acquaintance import retained
from daemon.household import Household, strangers
from memory.records import MemoryFailed
from sensors.mail import Mail
from sensors.mqtt import MqttEdge

_CONNECT_S = 3.0
"""Seconds that a command waits for the broker and for servers; most answers need neither."""

_LOOK_S = 0.05


@asynccontextmanager
async def visiting(household: Household, edge: MqttEdge | None) -> AsyncIterator[None]:
    """Know the house for the length of one command, beside a daemon or without one."""
    async with _served(household), _connected(household, edge):
        yield


@asynccontextmanager
async def _served(household: Household) -> AsyncIterator[None]:
    """With the tools of the MCP servers, as far as they come in time."""
    if not household.servers:
        yield
        return
    serving = asyncio.create_task(strangers(household), name="MCP servers")
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CONNECT_S):
                await _offered(household)
        yield
    finally:
        serving.cancel()
        await asyncio.wait([serving])


async def _offered(household: Household) -> None:
    """Wait until every server has offered something."""
    wanted = {server.name for server in household.servers}
    while True:
        if wanted <= {tool.name.partition(".")[0] for tool in household.gate.tools()}:
            return
        await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def _connected(household: Household, edge: MqttEdge | None) -> AsyncIterator[None]:
    """With the devices as they are now, if there is a broker."""
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
