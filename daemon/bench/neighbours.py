"""Processes that want a core of their own all the time, and how much others took meanwhile."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PLAIN: Final = "while True: pass"
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@contextmanager
def neighbours(number: int) -> Iterator[None]:
    """So many neighbours; each keeps one core busy, as urgently as this process."""
    command = [sys.executable, "-c", _PLAIN]
    busy = [subprocess.Popen(command) for _ in range(number)]  # noqa: S603 - a fixed command
    try:
        yield
    finally:
        for one in busy:
            one.kill()
            one.wait()


class Occupancy:
    """Cores in use since it was made, on average."""

    def __init__(self) -> None:
        self._since, self._used = time.monotonic(), _used_s()

    def cores(self) -> float | None:
        """By all processes together; None where the kernel does not tell."""
        used = _used_s()
        if used is None or self._used is None:
            return None
        return (used - self._used) / max(time.monotonic() - self._since, 1e-3)


def _used_s() -> float | None:
    """Seconds of processor time since boot, all cores: the first line of /proc/stat, proc(5)."""
    try:
        first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    except OSError:
        return None
    user, nice, system, _idle, _waiting, interrupts, soft, *_ = map(int, first.split()[1:])
    return (user + nice + system + interrupts + soft) / _TICKS
