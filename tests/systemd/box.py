"""Boots a real systemd beside the one of this machine, over a copy-on-write view of its disk."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.waiting import eventually

_CGROUPS = Path("/sys/fs/cgroup")
_HIERARCHIES = ("unified", "systemd", "memory", "cpu", "cpuacct", "pids")
_SCRIPT = Path(__file__).with_name("box.sh")
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "SYSTEMD_PAGER": "",
}


def missing() -> str:
    """What a machine lacks to boot a box; empty when nothing."""
    if os.geteuid() != 0:
        return "root"
    if not Path("/lib/systemd/systemd").exists():
        return "systemd"
    wanted = [tool for tool in ("unshare", "nsenter", "pivot_root") if not shutil.which(tool)]
    if wanted:
        return ", ".join(wanted)
    trial = ["unshare", "--fork", "--pid", "--mount", "--uts", "--ipc", "--cgroup", "true"]
    if subprocess.run(trial, capture_output=True, check=False).returncode != 0:
        return "the right to make namespaces"
    try:
        for group in _groups(f"auricle-trial-{os.getpid()}"):
            group.mkdir()
            group.rmdir()
    except OSError as error:
        return f"control groups that can be written ({error})"
    return "" if _groups("any") else "control groups"


class Box:
    """A booted system; leaves nothing behind.

    Args:
        folder: empty; everything that the system writes is kept in memory under it.
        sound: folder of the host that is the same in the box.
        layers: folders of the host that the system sees and may write to without changing them,
            each as PATH or as HOST_PATH=BOX_PATH. Files of the root's own disk are visible anyway.
    """

    def __init__(self, folder: Path, sound: Path, layers: Sequence[str]) -> None:
        self._folder = folder
        self._arguments = [str(folder), str(sound), *layers]
        self._groups = _groups(f"auricle-{folder.name}-{os.getpid()}")
        self._outer: subprocess.Popen[bytes] | None = None
        self._init = 0

    def run(
        self, *command: str, check: bool = True, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as root in the box; fails with what it said when `check`."""
        enter = ["nsenter", "-t", str(self._init), "-a", "-r", "-w", "env", "-i"]
        variables = [f"{k}={v}" for k, v in (_ENVIRONMENT | (environment or {})).items()]
        done = subprocess.run(
            [*enter, *variables, *command], capture_output=True, text=True, check=False
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def show(self, unit: str, what: str) -> str:
        """One property of a unit."""
        return self.run("systemctl", "show", unit, "-P", what).stdout.strip()

    def __enter__(self) -> Self:
        for group in self._groups:
            group.mkdir()
        joined = " && ".join(f"echo 0 > '{group}/cgroup.procs'" for group in self._groups)
        namespaces = "--pid --mount --uts --ipc --cgroup --propagation private"
        unshare = f"exec unshare --fork --kill-child {namespaces} bash"
        with (self._folder.parent / "console.log").open("wb") as console:
            self._outer = subprocess.Popen(
                [
                    "bash",
                    "-c",
                    f'{joined} && {unshare} "$@"',
                    "box",
                    str(_SCRIPT),
                    *self._arguments,
                ],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )
        try:
            eventually(self._booted, 60, "systemd is up")
        except BaseException as error:
            self.__exit__(None, None, None)
            said = (self._folder.parent / "console.log").read_text(errors="replace")
            raise RuntimeError(f"the box did not boot: {said}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._outer is not None
        # The first process of a namespace takes all others with it.
        self._outer.kill()
        self._outer.wait()
        eventually(self._left, 10, "the box is gone")

    def _booted(self) -> bool:
        assert self._outer is not None
        if self._outer.poll() is not None:
            raise RuntimeError("it ended")
        pid = self._outer.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if not children or "systemd" not in Path(f"/proc/{children[0]}/comm").read_text():
            return False
        self._init = int(children[0])
        state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
        return state in {"running", "degraded"}

    def _left(self) -> bool:
        for group in self._groups:
            for folder, _, _ in os.walk(group, topdown=False):
                try:
                    Path(folder).rmdir()
                except OSError:
                    return False
        return True


def _groups(name: str) -> list[Path]:
    if (_CGROUPS / "cgroup.controllers").exists():
        return [_CGROUPS / name]
    return [_CGROUPS / each / name for each in _HIERARCHIES if (_CGROUPS / each).is_dir()]
