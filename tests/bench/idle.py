"""What waiting for a wake word costs: the daemon on a virtual sound card, in silence and in noise.

Steady noise is what a cheap voice detector takes for speech: nothing rests meanwhile. The cost is
also told by thread: the loop's, PortAudio's two, and those of the sound server's library.

python -m tests.bench.idle [--seconds N] [--out FILE.json]
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import numpy as np

from tests.pulse import VirtualSoundCard

_COUNTS = 0.0005
"""Share of one core from which a thread is told of."""

_SETTLES_S = 30.0
"""Seconds after a start: short answers are spoken ahead and the prompt is read into the cache."""


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory() as folder, VirtualSoundCard(Path(folder)) as card:
        report = _measure(card.env | {"STATE_DIRECTORY": f"{folder}/state"}, options.seconds)
    text = json.dumps(report, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


def _measure(environment: dict[str, str], seconds: float) -> dict[str, object]:
    environment |= {"AURICLE_MQTT__ENABLED": "false"}
    began = time.monotonic()
    command = [sys.executable, "-m", "daemon", "run"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as daemon:
        next(line for line in daemon.stderr or () if "ready" in line)
        ready = time.monotonic() - began
        try:
            time.sleep(_SETTLES_S)
            silence = _share(daemon.pid, seconds)
            with _noise(environment):
                noise = _share(daemon.pid, seconds)
        finally:
            stopped = time.monotonic()
            daemon.terminate()
        code = daemon.wait()
        stop = time.monotonic() - stopped
    return {
        "command": "python -m tests.bench.idle",
        "load": os.getloadavg(),
        "ready_s": round(ready, 1),
        "idle_core_share": silence["all"],
        "silence": silence,
        "noise": noise,
        "stop_s": round(stop, 2),
        "exit_code": code,
    }


def _share(pid: int, seconds: float) -> dict[str, float]:
    """Share of one core over some seconds: of everything, and of each thread that counts."""
    before, began = _threads(pid), time.monotonic()
    time.sleep(seconds)
    after, passed = _threads(pid), time.monotonic() - began
    busy = {one: (after[one] - before.get(one, 0.0)) / passed for one in after}
    told = {one: round(share, 4) for one, share in busy.items() if share > _COUNTS}
    return {"all": round(sum(busy.values()), 4), **told}


def _threads(pid: int) -> dict[str, float]:
    """Seconds of processor time by thread."""
    told = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name, _, rest = (task / "stat").read_text().partition("(")[2].rpartition(")")
        user, system = rest.split()[11:13]
        told[f"{name} {task.name}"] = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return told


@contextmanager
def _noise(environment: dict[str, str]) -> Iterator[None]:
    """Steady noise at the microphone, as of a fan close by."""
    command = ["pacat", "--device=mic_feed", "--rate=16000", "--channels=1", "--format=s16le"]
    pcm = np.random.default_rng(0).normal(0, 1500, 16_000).astype(np.int16).tobytes()
    with subprocess.Popen(command, bufsize=0, env=environment, stdin=subprocess.PIPE) as fan:
        assert fan.stdin is not None
        enough = threading.Event()

        def blow(pipe: IO[bytes]) -> None:
            with suppress(BrokenPipeError):
                while not enough.is_set():
                    pipe.write(pcm)

        blowing = threading.Thread(target=blow, args=(fan.stdin,))
        blowing.start()
        time.sleep(2)
        try:
            yield
        finally:
            enough.set()
            fan.kill()
            blowing.join()


if __name__ == "__main__":
    main()
