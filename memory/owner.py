"""Which process has begun something, so that only the work of dead ones is taken up.

Several processes may share a store: the daemon, and a command that is run beside it.
"""

import os
from functools import cache
from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")

_STARTED: Final = 19
"""Place of a process's start among the fields of /proc/PID/stat after its name (proc(5), 22)."""


def own() -> str:
    """This process: the boot, its number and when it started; "" where there is no /proc."""
    return _own(os.getpid())


def elsewhere(owner: str) -> bool:
    """Whether a process that lives, other than this one, goes by this name."""
    pid = owner.split(":")[1] if owner.count(":") == 2 else ""
    return owner != own() and pid.isdecimal() and of(int(pid)) == owner


def of(pid: int) -> str:
    """The process of a number; "" where there is none, or it is dead."""
    try:
        boot = _BOOT.read_text("ascii").strip()
        # A name may hold spaces and brackets; nothing after it does.
        line = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2]
    except OSError:
        return ""
    state, *fields = line.split()
    return "" if state in "ZX" else f"{boot}:{pid}:{fields[_STARTED - 1]}"


@cache
def _own(pid: int) -> str:
    return of(pid)
