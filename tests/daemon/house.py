"""A daemon in a process of its own, with a state of its own, on the real models."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from audio.frames import RATE, Pcm
from audio.wav import read_wav
from memory.records import Turn
from tests.audio.recordings import save

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "tests" / "data" / "speech"
READY_S = 120.0
"""Patience with machines that do other things too."""


class House:
    """One state directory and one configuration; every command of Auricle runs against them."""

    def __init__(self, folder: Path, settings: str = "", env: Mapping[str, str] | None = None):
        self.folder = folder
        self._config = folder / "auricle.toml"
        self._config.write_text(settings or "[mqtt]\nenabled = false\n")
        clean = {k: v for k, v in (env or os.environ).items() if not k.startswith("AURICLE_")}
        self._env = clean | {"STATE_DIRECTORY": str(folder / "state"), "COLUMNS": "200"}
        self._processes: list[subprocess.Popen[str]] = []

    def start(self, command: str, *arguments: object) -> "subprocess.Popen[str]":
        words = [sys.executable, "-m", "daemon", command, "--config", str(self._config)]
        with (self.folder / f"{command}-{len(self._processes)}.log").open("w") as log:
            process = subprocess.Popen(
                [*words, *map(str, arguments)],
                cwd=ROOT, env=self._env, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        self._processes.append(process)
        return process

    def log(self, process: "subprocess.Popen[str]") -> str:
        at = self._processes.index(process)
        return next(self.folder.glob(f"*-{at}.log")).read_text()

    def call(self, command: str, *arguments: object, code: int = 0) -> str:
        process = self.start(command, *arguments)
        out, _ = process.communicate(timeout=READY_S)
        assert process.returncode == code, self.log(process)
        return out

    def turns(self, last: int = 9) -> list[Turn]:
        told = json.loads(self.call("turns", "--last", last, "--json"))
        return [Turn(**record) for record in told]

    def ready(self, process: "subprocess.Popen[str]") -> None:
        self.until(lambda: "ready: listening" in self.log(process), process)

    def until(
        self, holds: Callable[[], object], process: "subprocess.Popen[str]", s: float = READY_S
    ) -> None:
        """Wait for an effect of a process that goes on running."""
        deadline = time.monotonic() + s
        while not holds():
            assert process.poll() is None, self.log(process)
            assert time.monotonic() < deadline, self.log(process)
            time.sleep(0.02)

    def stop(self, process: "subprocess.Popen[str]", within: float = 10.0) -> float:
        """Ask it to stop; returns the seconds that took."""
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(within) == 0, self.log(process)
        return time.monotonic() - began

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()


def speech(name: str) -> Pcm:
    return read_wav(SPEECH / f"{name}.wav").pcm


def in_a_row(path: Path, *parts: Pcm | float) -> Path:
    """A recording of sounds, and seconds of silence between them."""
    pieces = [
        part if isinstance(part, np.ndarray) else np.zeros(round(part * RATE), np.int16)
        for part in parts
    ]
    return save(path, np.concatenate(pieces))


def last_loud(pcm: Pcm, rate: int = RATE) -> float:
    """Second at which speech ends: the last 5 ms that stand out of the noise that follows."""
    levels = _levels(pcm, rate)
    noise = levels[-60:].max()
    return float(np.flatnonzero(levels > noise + 3)[-1] + 1) / 200


def first_sound(pcm: Pcm, rate: int) -> float:
    """Second of the first sample that is not exact silence."""
    return float(np.flatnonzero(pcm)[0]) / rate


def _levels(pcm: Pcm, rate: int) -> "np.ndarray[Any, np.dtype[np.float64]]":
    hop = rate // 200
    squares = pcm[: len(pcm) // hop * hop].reshape(-1, hop).astype(np.float64) ** 2
    levels: np.ndarray[Any, np.dtype[np.float64]] = 10 * np.log10(squares.mean(axis=1) + 1e-3)
    return levels
