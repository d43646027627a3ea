"""Where blocking engines meet the event loop: one thread per engine, one item per await."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")


class _End:
    """Marks the end of a generator; a StopIteration cannot travel through a future."""


_END: Final = _End()


class Worker:
    """The one thread on which an engine may be called.

    Native engines are neither thread-safe nor cancellable. A single thread gives them an order,
    and a generator stepped one item at a time gives them places at which they can be stopped.
    """

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, call: Callable[[], T]) -> T:
        """Run a blocking call. A cancelled caller still waits until the engine is free again."""
        future = asyncio.get_running_loop().run_in_executor(self._executor, call)
        return await _settled(future)

    async def draw(self, make: Callable[[], Generator[T, None, None]]) -> AsyncGenerator[T, None]:
        """Step a blocking generator, one item per await.

        Closing or cancelling waits for the step in hand and then closes the generator on its own
        thread, so an engine is never asked to start again while the last call still runs.
        """
        loop = asyncio.get_running_loop()
        steps = make()
        try:
            while True:
                item = await _settled(loop.run_in_executor(self._executor, next, steps, _END))
                if isinstance(item, _End):
                    return
                yield item
        finally:
            await _settled(loop.run_in_executor(self._executor, steps.close))

    def close(self) -> None:
        """Wait for the call in hand and end the thread."""
        self._executor.shutdown(wait=True, cancel_futures=True)


async def _settled(future: "asyncio.Future[T]") -> T:
    """Await a future to its end even when the awaiting task is cancelled, then re-raise."""
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        if not future.done():
            await asyncio.wait([future])
        if not future.cancelled():
            future.exception()  # Mark it as seen: the cancellation is what the caller gets.
        raise
