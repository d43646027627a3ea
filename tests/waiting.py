"""Waiting for what happens outside this process; inside it, time is virtual (`tests/clock.py`)."""

import time
from collections.abc import Callable


def eventually(holds: Callable[[], object], within: float = 10.0, what: str = "condition") -> float:
    """Look until something holds; returns the seconds it took.

    Raises:
        TimeoutError: not within that many seconds.
    """
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > within:
            raise TimeoutError(f"{what}: not within {within} s")
        time.sleep(0.02)
    return time.monotonic() - began
