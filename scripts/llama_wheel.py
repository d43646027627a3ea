"""Compiles llama.cpp's Python binding once for this kind of processor and keeps the wheel.

The binding comes as source only, and a native build crashes on a processor with fewer
instruction sets, so wheels are kept under a key that names the recipe and the processor. One wheel
serves every Python 3 (its tag is py3-none). Prints it as a requirement with its hash. Standard
library only: this runs before anything is installed, with the tools' Python.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE.parent))

from models.cpu import cpu_key  # noqa: E402 - the repository is not installed yet

_OPTIONS = {
    "SKBUILD_BUILD_TARGETS": "llama",
    # Upstream installs everything a second time, into lib/ and include/ of site-packages.
    "SKBUILD_WHEEL_EXCLUDE": "lib/**;include/**",
    "SKBUILD_CMAKE_VERBOSE": "false",
    "SKBUILD_CMAKE_DEFINE": f"CMAKE_PROJECT_INCLUDE={_HERE / 'llama.cmake'}",
}
"""Settings of scikit-build-core; pip hands none on to a requirement from a file."""

_STEP = re.compile(r"\[(\d+)/(\d+)\]")
_MB_PER_JOB = 1000
"""Memory of one compiler on its largest file (860 MB with GCC 12), rounded up."""


class BuildFailed(Exception):
    """llama.cpp did not compile."""


def main() -> int:
    """Print the requirement of the wheel; compile it first when it is not there."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path, help="where wheels are kept")
    parser.add_argument("--kept", action="store_true", help="do not compile; exit 1 instead")
    options = parser.parse_args()
    folder = options.folder / f"{_recipe()}-{cpu_key()}"
    if not options.kept:
        options.folder.mkdir(parents=True, exist_ok=True)
        with (options.folder / ".lock").open("w") as lock:
            # A second clone waits here for the wheel of the first one.
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                if not _requirement(folder):
                    _build(folder)
            except BuildFailed as error:
                print(f"setup: {error}", file=sys.stderr)
                return 1
    found = _requirement(folder)
    print(found, end="\n" if found else "")
    return 0 if found else 1


def _recipe() -> str:
    """Names everything that decides what is compiled, except the processor."""
    parts = [
        (_HERE / name).read_bytes() for name in ("llama.lock", "llama.cmake", "llama_wheel.py")
    ]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:12]


def _requirement(folder: Path) -> str:
    """The finished wheel of a folder as a requirement, or nothing."""
    for note in folder.glob("*.whl.sha256"):
        return (
            f"llama-cpp-python @ {note.with_suffix('').as_uri()} --hash=sha256:{note.read_text()}"
        )
    return ""


def _build(folder: Path) -> None:
    began = time.monotonic()
    log = folder.parent / "build.log"
    for abandoned in folder.parent.glob(".building-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as scratch:
        out = Path(scratch, "out")
        environment = (
            os.environ
            | _OPTIONS
            | {
                "TMPDIR": scratch,
                "CMAKE_BUILD_PARALLEL_LEVEL": str(_jobs()),
                # ninja and cmake are taken from the folder of this Python.
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            }
        )
        if _run(_command(out), environment, log) != 0:
            last = "".join(deque(log.open(), maxlen=15))
            raise BuildFailed(f"llama.cpp did not compile; the end of {log}:\n{last}")
        (wheel,) = out.glob("*.whl")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        wheel.with_name(wheel.name + ".sha256").write_text(digest)
        out.rename(folder)
    print(f"setup: llama.cpp compiled in {time.monotonic() - began:.0f} s", file=sys.stderr)


def _command(out: Path) -> list[str]:
    """Pip checks the hash of the source and uses the machine's own package settings."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--verbose",
        "--no-input",
        "--progress-bar=off",
    ]
    command += ["--no-deps", "--no-build-isolation", "--no-binary=:all:", "--require-hashes"]
    # A wheel in pip's own cache could stem from another processor.
    command += ["--no-cache-dir", "--disable-pip-version-check", f"--wheel-dir={out}"]
    return [*command, "--requirement", str(_HERE / "llama.lock")]


def _run(command: list[str], environment: dict[str, str], log: Path) -> int:
    with (
        log.open("w") as kept,
        _live_line() as show,
        subprocess.Popen(  # noqa: S603 - a fixed command
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        for line in process.stdout or ():
            kept.write(line)
            if step := _STEP.search(line):
                show(int(step[1]), int(step[2]))
    return process.returncode


@contextlib.contextmanager
def _live_line() -> Iterator[Callable[[int, int], None]]:
    """One line that is rewritten on a terminal, and a line every ten seconds elsewhere."""
    began = shown = time.monotonic()
    terminal = sys.stderr.isatty()
    print("setup: compiling llama.cpp, once for this kind of processor", file=sys.stderr)

    def show(step: int, steps: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if terminal or now - shown >= 10:
            shown = now
            line = f"llama.cpp [{step:3d}/{steps}] {now - began:.0f} s"
            print(
                f"\r\x1b[K{line}" if terminal else line,
                end="" if terminal else "\n",
                file=sys.stderr,
            )
            sys.stderr.flush()

    try:
        yield show
    finally:
        if terminal:
            print("\r\x1b[K", end="", file=sys.stderr)


def _jobs() -> int:
    """Compilers at once: one for each core, as far as the free memory reaches."""
    cores = len(os.sched_getaffinity(0))
    free = re.search(r"MemAvailable: +(\d+)", Path("/proc/meminfo").read_text())
    return min(cores, max(1, int(free[1]) // 1024 // _MB_PER_JOB)) if free else cores


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
