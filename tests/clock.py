"""A loop whose clock jumps to the next timer when nobody has anything left to do."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of sleeping, tells its loop how far to jump."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.loop.busy_threads:
            return super().select(None)
        if timeout is None:
            raise RuntimeError("the loop waits for something that can never happen")
        self.loop.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Virtual seconds, starting at zero; stands still while a worker thread is busy."""

    def __init__(self) -> None:
        self.now = 0.0
        self.busy_threads = 0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> "asyncio.Future[T]":
        self.busy_threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, _: float | None = None) -> None:
        """The thread that joins the others is a busy one too."""
        self.busy_threads += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self.busy_threads -= 1

    def _thread_done(self, _: object) -> None:
        self.busy_threads -= 1


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a fresh virtual loop; an hour of waiting takes no time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
