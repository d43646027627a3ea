"""Which of the processes on one store does what goes on by itself: timers, workflows, habits.

A recording may be played, or a question asked, beside the daemon. One of them leads: it holds a
lock that the system takes from a process which dies, however it dies. The others leave alone what
would otherwise be done twice, and take over when the leader has gone.
"""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

_LOOK_S: Final = 2.0
"""Seconds between two tries; nothing that goes on by itself is in a greater hurry."""


@asynccontextmanager
async def leading(path: Path) -> AsyncIterator[None]:
    """Wait until this process leads, and lead for as long as the block runs.

    Args:
        path: of the lock, beside the store; made when missing.

    Raises:
        OSError: it cannot be made.
    """
    file = await asyncio.to_thread(path.open, "ab")
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(_LOOK_S)
        yield
    finally:
        file.close()
