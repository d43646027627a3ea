"""Shows that a download moves, although the tools that do it say nothing."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

Progress = Callable[[int, int, str], None]
"""Told of bytes done, bytes in all, and what is being done; `done` never goes back."""

_TICK: Final = 0.25


class Meter:
    """Adds up what is finished and what is seen to grow on the disk.

    Attributes:
        label: what is being done.
    """

    def __init__(self, total: int, label: str, progress: Progress) -> None:
        self.label = label
        self._total = total
        self._progress = progress
        self._finished: dict[str, int] = {}
        self._growing: dict[Path, int] = {}
        self._shown = 0

    def finish(self, name: str, size: int) -> None:
        """Count `size` bytes of file `name` as done."""
        self._finished[name] = self._finished.get(name, 0) + size

    def restart(self, name: str) -> None:
        """Count nothing of file `name` as done."""
        self._finished.pop(name, None)

    def watch(self, folder: Path, most: int) -> None:
        """Count the growth of a folder, `most` bytes at the most."""
        self._growing[folder] = most

    def forget(self, folder: Path) -> None:
        """Stop counting a folder."""
        self._growing.pop(folder, None)

    def show(self) -> None:
        """Report now."""
        done = sum(self._finished.values())
        done += sum(min(most, _weight(folder)) for folder, most in self._growing.items())
        self._shown = max(self._shown, min(done, self._total))
        self._progress(self._shown, self._total, self.label)

    async def run(self) -> None:
        """Report until cancelled."""
        while True:
            self.show()
            await asyncio.sleep(_TICK)


def _weight(folder: Path) -> int:
    """Bytes of all files below a folder, as far as they are still there when looked at."""
    weight = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                weight += Path(place, name).stat().st_size
    return weight
