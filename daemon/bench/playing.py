"""Plays a script to the daemon as a user runs it, in a process of its own."""

import json
import os
import platform
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any, Final

from audio.frames import RATE, Pcm
from audio.wav import read_wav
from daemon.bench.script import Script
from models import cpu, limits

_TAIL_LINES: Final = 8
"""Lines of a daemon's log that are quoted when it has failed; it never holds what people say."""

_GRACE_S: Final = 300.0
"""Seconds beyond the recording for loading, and for the last answer; then it is stopped."""

_ALL: Final = 100_000
"""Turns asked for: more than a script can hold."""

Environment = Mapping[str, str]
"""Variables that the daemon is given besides those of this process."""


class BenchFailed(Exception):
    """A measurement could not be made; says why."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a script.

    Attributes:
        turns: records, oldest first.
        out: what the loudspeaker would have played, at RATE, sample k at the instant of the
            script's sample k.
        ready_s: seconds until the daemon listened.
        resident_mb: the most memory that it used, MiB.
        processor_s: seconds of processor time that it used.
        late_frames: frames that its ear lost.
    """

    turns: Sequence[Mapping[str, Any]]
    out: Pcm
    ready_s: float
    resident_mb: int
    processor_s: float
    late_frames: int


def play(
    script: Script, folder: Path, environment: Environment, config: Path | None = None
) -> Played:
    """Run the daemon on a script, at the pace it is spoken.

    Args:
        script: what it hears.
        folder: for the two WAV files; the state lies below it, unless the environment says where.
        environment: settings of this run, and where its state lies.
        config: the configuration file that the user named.

    Raises:
        BenchFailed: it did not come to its end.
    """
    heard, spoken = folder / "in.wav", folder / "out.wav"
    script.write(heard)
    given = {**os.environ, "STATE_DIRECTORY": str(folder / "state"), **environment}
    given |= {"AURICLE_LOG__FORMAT": "json", "AURICLE_LOG__LEVEL": "info"}
    given.pop("JOURNAL_STREAM", None)  # Lines for journald are no JSON.
    named = ["--config", str(config)] if config else []
    command = [sys.executable, "-m", "daemon", "run", *named]
    command += ["--input", str(heard), "--output", str(spoken)]
    watched = _watched(command, given, len(script.pcm) / RATE + _GRACE_S)
    told = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "daemon", "turns", *named, "--last", str(_ALL), "--json"],
        env=given, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if told.returncode:
        raise BenchFailed(f"the journal cannot be read: {told.stderr.strip()}")
    return Played(json.loads(told.stdout), read_wav(spoken).pcm, *watched)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {"processor": f"{cpu.name()}, {limits.cores()} cores, {platform.machine()}"}


def load() -> list[float]:
    """Processes that wanted a core in the last 1, 5 and 15 minutes, on average."""
    return [round(share, 2) for share in os.getloadavg()]


def _watched(
    command: Sequence[str], environment: Environment, within: float
) -> tuple[float, int, float, int]:
    """Seconds until ready, MiB, seconds of processor time, lost frames."""
    began, ready, lost = time.monotonic(), 0.0, 0
    last: deque[str] = deque(maxlen=_TAIL_LINES)
    with subprocess.Popen(  # noqa: S603 - our own command
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as daemon:
        # One that hangs says nothing any more: only a clock can end it.
        patience = Timer(within, daemon.terminate)
        patience.start()
        try:
            for line in daemon.stderr or ():
                message = _message(line)
                last.append(message)
                if message.startswith("ready"):
                    ready = time.monotonic() - began
                lost += _lost(message)
        except BaseException:
            daemon.terminate()
            raise
        finally:
            patience.cancel()
        # Popen's own wait would not tell what the process used.
        _, status, used = os.wait4(daemon.pid, 0)
        daemon.returncode = os.waitstatus_to_exitcode(status)
    if daemon.returncode or not ready or time.monotonic() - began > within:
        told = "\n  ".join(last)
        raise BenchFailed(f"auricle run ended with {daemon.returncode}:\n  {told}")
    # Linux counts kilobytes, macOS bytes.
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return round(ready, 1), used.ru_maxrss // unit, round(used.ru_utime + used.ru_stime, 1), lost


def _message(line: str) -> str:
    try:
        told = json.loads(line)
    except ValueError:
        return line.rstrip()
    return str(told.get("message", line)) if isinstance(told, dict) else line.rstrip()


def _lost(message: str) -> int:
    """Frames that a warning of `daemon.lifecycle` tells of."""
    head, _, rest = message.partition("the ear was late: ")
    return int(rest.split()[0]) if rest and not head else 0
