"""Something to hear while an answer is long in coming."""

import asyncio

from daemon.budget import Budget, Ladder, bridge
from daemon.exchange import Exchange
from daemon.pace import Pace
from models.ports import ModelError


async def bridged(exchange: Exchange, pace: Pace) -> None:
    """Bridge the wait of a turn that is spoken, if it becomes too long. Cancel it freely."""
    clock, mouth = exchange.clock, exchange.mouth
    if mouth is None:
        return

    def expected() -> float | None:
        """When the answer should sound, once the mind has read what it was asked."""
        read = next((step.end for step in clock.steps if step.name == "prefill"), None)
        wait = pace.clause_s + pace.voice_s
        return None if read is None else clock.anchor + read / 1000 + wait

    now = asyncio.get_running_loop().time
    began = now()
    try:
        if await bridge(Ladder(Budget(clock.anchor)), mouth, expected):
            clock.add("bridge", began, now())
    except ModelError:
        return  # The answer will meet the same trouble, and the record will tell.
