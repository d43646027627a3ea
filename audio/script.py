"""What is said where nothing sounds: samples that a schedule places in time."""

from collections import deque

import numpy as np

from audio.frames import Pcm
from audio.schedule import Schedule

_KEPT = 6.0
"""Seconds of sound kept, counted back from the last that was added, of which one or two may still
be to come."""


class Script:
    """The samples of a schedule's stretches, for a Monitor of a speaker that has no device.

    Whatever becomes of the schedule, pauses and cuts included, becomes of the sound.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._pieces: deque[tuple[int, Pcm]] = deque()
        self._kept = 0

    @property
    def rate(self) -> int:
        """Samples per second."""
        return self._schedule.rate

    @property
    def until(self) -> float:
        """Loop time, in seconds, at which the last sound ends that is known of; -inf for none."""
        return self._schedule.ends()

    def add(self, pcm: Pcm, begins: float) -> None:
        """Give samples to the schedule, as `Schedule.add` takes them, and keep their sound."""
        self._pieces.append((self._schedule.queued, pcm))
        self._schedule.add(len(pcm), begins)
        self._kept += len(pcm)
        while self._kept - len(self._pieces[0][1]) > _KEPT * self.rate:
            self._kept -= len(self._pieces.popleft()[1])

    def since(self, begins: float, count: int) -> Pcm:
        """So many samples from loop time `begins` on, silence where nothing sounds."""
        window = np.zeros(count, dtype=np.int16)
        for stretch in self._schedule.during(begins, begins + count / self.rate):
            # Sample number k of the stretch's samples stands at window[k - origin].
            origin = stretch.first - round((stretch.begins - begins) * self.rate)
            # What was cut is written over: whatever took its numbers comes later.
            for first, pcm in self._pieces:
                start = max(first, stretch.first, origin)
                end = min(first + len(pcm), stretch.first + stretch.count, origin + count)
                if start < end:
                    window[start - origin : end - origin] = pcm[start - first : end - first]
        return window
