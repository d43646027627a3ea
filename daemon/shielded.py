"""Tasks of a turn: finished although their caller is cancelled, or stopped and waited for."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


async def shielded(work: Awaitable[T]) -> T:
    """Finish a short piece of work, then let a cancellation that came meanwhile take effect.

    Raises:
        CancelledError: the caller was cancelled; the work is done all the same.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    result = task.result()
    if cancelled is not None:
        raise cancelled
    return result


def runs(task: "asyncio.Task[Any] | None") -> bool:
    """Whether there is such a task and it goes on."""
    return task is not None and not task.done()


async def stop(task: "asyncio.Task[Any] | None") -> None:
    """Cancel a task, if there is one, and wait for its end."""
    if task is not None:
        task.cancel()
        await asyncio.wait([task])
