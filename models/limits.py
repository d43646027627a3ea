"""How much of the machine this process may use: affinity, control groups, memory."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_MIB: Final = 1 << 20
# cgroup v1 writes "no limit" as a number near 2**63, rounded to pages.
_UNLIMITED: Final = 1 << 60


def cores(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """Cores that may be used, at least 1: the affinity mask, or the CPU quota if that is less."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = min(_quotas(proc, cgroups), default=math.inf)
    return max(1, min(allowed or 1, math.ceil(quota) if quota < math.inf else allowed or 1))


def memory_mb(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """Memory that may be used in all, MiB: the machine's, or the control group's if less."""
    total = _meminfo(proc, "MemTotal")
    return min([total, *(limit // _MIB for limit in _memory_limits(proc, cgroups))])


def available_mb(proc: Path = Path("/proc")) -> int:
    """Memory that is free for a new process without swapping, MiB."""
    return _meminfo(proc, "MemAvailable")


def _meminfo(proc: Path, field: str) -> int:
    for line in (proc / "meminfo").read_text("ascii").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) // 1024
    raise ValueError(f"{proc / 'meminfo'} has no {field}")


def _groups(proc: Path, cgroups: Path, controller: str) -> Iterator[Path]:
    """Folders of this process's control group and those around it: a limit on any one holds."""
    for line in _lines(proc / "self" / "cgroup"):
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        # In a container the path may be the host's, of which only the root is mounted here.
        root = cgroups / controllers if controllers else cgroups
        folder = root / path.lstrip("/")
        yield folder
        yield from (parent for parent in folder.parents if parent.is_relative_to(root))


def _quotas(proc: Path, cgroups: Path) -> Iterator[float]:
    for group in _groups(proc, cgroups, "cpu"):
        for line in _lines(group / "cpu.max"):
            quota, period = line.split()
            if quota != "max":
                yield int(quota) / int(period)
        for quota, period in zip(
            _lines(group / "cpu.cfs_quota_us"), _lines(group / "cpu.cfs_period_us"), strict=False
        ):
            if int(quota) > 0:
                yield int(quota) / int(period)


def _memory_limits(proc: Path, cgroups: Path) -> Iterator[int]:
    for group in _groups(proc, cgroups, "memory"):
        for file in ("memory.max", "memory.high", "memory.limit_in_bytes"):
            for line in _lines(group / file):
                if line != "max" and int(line) < _UNLIMITED:
                    yield int(line)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("ascii").split("\n")[:-1]
    except OSError:
        return []
