"""A turn on its way to the loudspeaker: its record, its clock, its mouth, its clauses."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from daemon.ahead import Ahead
from daemon.mouth import Mouth
from daemon.stopwatch import Stopwatch
from memory.records import Turn
from models.ports import ModelError, Transcript

log = logging.getLogger(__name__)

_AHEAD = 2
"""Clauses that may wait for the voice; past this the model waits instead."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn being taken: its record, its clock and, if it is spoken, its mouth."""

    turn: Turn
    clock: Stopwatch
    words: Awaitable[Transcript]
    mouth: Mouth | None = None
    say: Callable[[str], None] | None = None
    """Told every clause as it becomes final, e.g. to print it."""
    ahead: Ahead | None = None
    """What was thought before the turn began, of the same words."""
    decoded: Callable[[], tuple[float, float] | None] = lambda: None
    """Loop times between which its words were written down."""
    clauses: "asyncio.Queue[str | None]" = field(default_factory=lambda: asyncio.Queue(_AHEAD))


async def emit(exchange: Exchange, clause: str) -> None:
    """Make a clause part of the answer."""
    exchange.turn.answered = f"{exchange.turn.answered} {clause}".strip()
    if exchange.say is not None:
        exchange.say(clause)
    await exchange.clauses.put(clause)


async def deliver(exchange: Exchange) -> None:
    """Speak the clauses, or let them go where there is no mouth or none that works."""
    async with aclosing(_drained(exchange.clauses)) as clauses:
        if exchange.mouth is not None:
            try:
                await exchange.mouth.speak(clauses)
            except ModelError as error:
                failed(exchange.turn, error)
        async for _ in clauses:
            pass


async def _drained(queue: "asyncio.Queue[str | None]") -> AsyncGenerator[str, None]:
    while (item := await queue.get()) is not None:
        yield item


def failed(turn: Turn, error: BaseException) -> None:
    """Put an engine's failure into the record and the log."""
    turn.error = f"{type(error).__name__}: {error}"
    log.error("turn %s failed: %s", turn.id, turn.error)
