"""Thinking ahead: on words that may become a question, before anybody knows whether they will.

Thoughts wait in a bounded queue for the turn that may want them, and the first clause is made into
sound. Whoever goes on speaking makes them void.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from daemon.clauses import Clauses
from daemon.shielded import stop
from daemon.thinking import Thought, Thoughts
from models.ports import ModelError

_HELD = 96
"""Thoughts that wait for a turn, some three seconds of the mind's words: then the mind waits."""


Prepare = Callable[[str], Awaitable[None]]
"""Makes a clause into sound before anybody wants to hear it."""


class Ahead:
    """Thoughts on words that may become a question. Belongs to whoever made it, until `close`."""

    def __init__(self, thoughts: Thoughts, prepare: Prepare) -> None:
        """Begin to think.

        Args:
            thoughts: what comes of the words; closed here.
            prepare: given the first clause as soon as it is whole.
        """
        self.began = asyncio.get_running_loop().time()
        self._prepare = prepare
        self._queue: asyncio.Queue[Thought | BaseException | None] = asyncio.Queue(_HELD)
        self._first: asyncio.Task[None] | None = None
        self._task = asyncio.create_task(self._think(thoughts), name="think ahead")

    async def thoughts(self) -> Thoughts:
        """What was thought already, and then the rest.

        Raises:
            ModelError: as the thinking itself.
        """
        while (item := await self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    @property
    def done(self) -> bool:
        """Whether nothing is being thought any more."""
        return self._task.done()

    def discard(self) -> None:
        """Nobody wants them: begin to stop. `close` waits for it."""
        self._task.cancel()

    async def close(self) -> None:
        """Stop thinking, and wait until the mind is free."""
        await stop(self._task)

    async def _think(self, thoughts: Thoughts) -> None:
        cut = Clauses()
        try:
            async with aclosing(thoughts) as coming:
                async for thought in coming:
                    if isinstance(thought.what, str):
                        self._sound_out(cut.feed(thought.what))
                    await self._queue.put(thought)
            self._sound_out(cut.finish())
            await self._queue.put(None)
            if self._first is not None:
                await asyncio.wait([self._first])
        except Exception as error:  # noqa: BLE001 - belongs to the turn that wants the thoughts
            await self._queue.put(error)
        finally:
            await stop(self._first)

    def _sound_out(self, clauses: list[str]) -> None:
        if clauses and self._first is None:
            self._first = asyncio.create_task(self._prepared(clauses[0]), name="first clause")

    async def _prepared(self, clause: str) -> None:
        try:
            await self._prepare(clause)
        except ModelError:
            return  # The turn will meet the same trouble, and tell it.
