"""Where blocking engines meet the event loop: one thread per engine, one item per await."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar

from models.priority import Priority, take

T = TypeVar("T")


class _End:
    """Marks the end of a generator; a StopIteration cannot travel through a future."""


_END: Final = _End()


def _coast() -> None:
    """Let a step run to its end."""


class Worker:
    """The one thread on which an engine may be called.

    Native engines are neither thread-safe nor cancellable. A single thread gives them an order,
    and a generator stepped one item at a time gives them places at which they can be stopped.

    Args:
        name: of the thread.
        keeps: whether a call is made even if its caller was cancelled before its turn came.
        priority: of the thread and of those that the engine starts from it.
    """

    def __init__(
        self, name: str, *, keeps: bool = False, priority: Priority = Priority.SOUND
    ) -> None:
        self._keeps = keeps
        self._executor = ThreadPoolExecutor(
            1, thread_name_prefix=name, initializer=take, initargs=(priority,)
        )

    async def run(self, call: Callable[[], T]) -> T:
        """Run a blocking call. A cancelled caller still waits until the engine is free again."""
        return await self._settled(call)

    async def draw(
        self, make: Callable[[], Generator[T, None, None]], *, brake: Callable[[], None] = _coast
    ) -> AsyncGenerator[T, None]:
        """Step a blocking generator, one item per await.

        Closing or cancelling waits for the step in hand and then closes the generator on its own
        thread, so an engine is never asked to start again while the last call still runs.

        Args:
            make: makes the generator.
            brake: called when the consumer is cancelled during a step; makes the step end soon.
        """
        steps = make()
        try:
            while True:
                item = await self._settled(partial(next, steps, _END), brake=brake)
                if isinstance(item, _End):
                    return
                yield item
        finally:
            await self._settled(steps.close, keep=True)

    def close(self) -> None:
        """Wait for the call in hand and end the thread."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    async def _settled(
        self, call: Callable[[], T], *, keep: bool = False, brake: Callable[[], None] = _coast
    ) -> T:
        """Await a call to its end even when the awaiting task is cancelled, then re-raise."""
        asked = _Asked(call)
        future = asyncio.get_running_loop().run_in_executor(self._executor, asked)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            asked.void = not (keep or self._keeps)
            brake()
            while not future.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([future])
            if not future.cancelled():
                future.exception()  # Mark it as seen: the cancellation is what the caller gets.
            raise


@dataclass(slots=True)
class _Asked(Generic[T]):
    """A call that waits for its turn; `void` when nobody wants its result any more."""

    call: Callable[[], T]
    void: bool = False

    def __call__(self) -> T:
        if self.void:
            raise asyncio.CancelledError  # Nobody sees it: the caller has been cancelled.
        return self.call()
