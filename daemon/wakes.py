"""Counts wakes and what came of them, and writes that down now and then."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from audio.frames import RATE, Woken
from daemon.shielded import shielded
from memory.records import MemoryFailed
from memory.wakes import Tally, Wakes

log = logging.getLogger(__name__)

_EVERY_S: Final = 60.0
"""Seconds between two looks whether there is something to write."""

_QUIET_S: Final = 600.0
"""Seconds listened to before they are written for their own sake: in a silent house the disk rests.
A kill loses as much of them, which makes the estimate of false wakes higher, never lower."""


class WakeLog:
    """Collects on the loop; `run` writes.

    A wake is answered by the first words that are understood after it. One that only silenced the
    assistant is not: what is told of false wakes is an upper bound.

    Args:
        wakes: where counts are kept.
        listened: samples in which wake words have been listened for, so far.
        near_misses: of each phrase, so far; read when something is written.
    """

    def __init__(
        self, wakes: Wakes, listened: Callable[[], int], near_misses: Mapping[str, int]
    ) -> None:
        self._wakes = wakes
        self._listened = listened
        self._near_misses = near_misses
        self._woken: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()
        self._called: str | None = None
        self._written_s = 0.0
        self._written: Counter[str] = Counter()

    def woken(self, event: Woken) -> None:
        """A wake word was heard."""
        self._woken[event.phrase] += 1
        self._called = event.phrase

    def answered(self, turn_had_words: bool) -> None:
        """A turn was taken."""
        if turn_had_words and self._called is not None:
            self._answered[self._called] += 1
            self._called = None

    async def run(self) -> None:
        """Until cancelled: write what was counted, once a minute at most, and at the end."""
        try:
            while True:
                await asyncio.sleep(_EVERY_S)
                await self._write(_QUIET_S)
        finally:
            await shielded(self._write(0.0))

    async def _write(self, quiet_s: float) -> None:
        """Write unless nothing was counted and less than so many seconds were listened to."""
        listened_s = self._listened() / RATE
        missed = Counter(self._near_misses) - self._written
        heard = self._woken.keys() | self._answered.keys() | missed.keys()
        if not heard and listened_s - self._written_s <= quiet_s:
            return
        woken, answered = self._woken, self._answered
        self._woken, self._answered = Counter(), Counter()
        tallies = [Tally(one, woken[one], answered[one], missed[one]) for one in sorted(heard)]
        try:
            await self._wakes.add(tallies, listened_s - self._written_s)
        except MemoryFailed as error:
            self._woken += woken
            self._answered += answered
            log.warning("wakes are not counted: %s", error)
        else:
            self._written += missed
            self._written_s = listened_s
