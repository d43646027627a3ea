"""What a loudspeaker's thread takes from: queued sound, and the account of what was played when."""

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np

from audio.frames import Pcm
from audio.resampling import Resampler, to_floats, to_int16
from audio.schedule import Schedule

_REMEMBERED = 64
"""Runs whose sample numbers can still be looked up; each is a clause or more."""

JITTER = 0.05
"""Seconds by which a block's announced time may differ from the end of the block before."""

_FADE = 0.005
"""Seconds in which sound goes and comes at a pause: long enough not to click."""


@dataclass(slots=True)
class _Run:
    """Samples that went through one resampler.

    Attributes:
        given_from: number of its first sample, at the rate of what is given.
        made_from: number of its first sample, at the device's rate.
        given: samples that went in.
        made: samples that came out.
        whole: nothing is left inside the resampler.
    """

    given_from: int
    made_from: int
    given: int = 0
    made: int = 0
    whole: bool = False


class Pump:
    """Samples in at one rate on the loop's thread, blocks out at the device's rate on the device's.

    Numbers outside are of samples given; the schedule inside counts samples of the device.

    Args:
        rate: samples per second given.
        device_rate: samples per second taken.
        first: number of the first sample that will be given.
    """

    def __init__(self, rate: int, device_rate: int, first: int = 0) -> None:
        self._rate, self.device_rate = rate, device_rate
        self._first = first
        self._lock = threading.Lock()
        self._pieces: deque[Pcm] = deque()
        self._runs: deque[_Run] = deque(maxlen=_REMEMBERED)
        self._resampler: Resampler | None = None
        self._made = 0
        self._schedule = Schedule(device_rate)
        self._fade = round(_FADE * device_rate)
        self._silent = False
        self.paused = False
        self.queued = first

    def give(self, pcm: Pcm) -> None:
        """Queue samples."""
        if self._resampler is None:
            self._resampler = Resampler(self._rate, self.device_rate)
            with self._lock:
                self._runs.append(_Run(self.queued, self._made))
        made = to_int16(self._resampler.feed(to_floats(pcm)))
        with self._lock:
            self.queued += len(pcm)
            self._runs[-1].given += len(pcm)
            self._append(made)

    def finish(self) -> None:
        """Queue what the resampler still holds: nothing is expected to follow soon."""
        if self._resampler is None:
            return
        made = to_int16(self._resampler.finish())
        self._resampler = None
        with self._lock:
            self._append(made)
            self._runs[-1].whole = True

    def _append(self, made: Pcm) -> None:
        self._pieces.append(made)
        self._runs[-1].made += len(made)
        self._made += len(made)

    def pause(self) -> None:
        """Give silence from the next block on, after a short fade, and keep what is queued."""
        with self._lock:
            self.paused = True

    def resume(self) -> None:
        """Give what is queued again."""
        with self._lock:
            self.paused = False

    def flush(self) -> None:
        """Forget what the device has not taken yet, and end a pause."""
        with self._lock:
            taken = self._schedule.queued
            self.queued = self._given(taken)
            if self._runs and not self._is_taken_whole(self._runs[-1]):
                run = self._runs[-1]
                run.given = max(0, self.queued - run.given_from)
                run.made = max(0, taken - run.made_from)
                run.whole = True
            self._pieces.clear()
            self._resampler = None
            self._made = taken
            self.paused = self._silent = False
            self._schedule.sever()

    def _is_taken_whole(self, run: _Run) -> bool:
        return run.whole and run.made_from + run.made <= self._schedule.queued

    def fill(self, count: int, when: float) -> Pcm:
        """Take a block, silence where nothing is queued; for the device's thread.

        Args:
            count: samples wanted.
            when: loop time, in seconds, at which the first of them will sound.
        """
        with self._lock:
            wanted, fading = self._wanted(count)
            taken = self._take(wanted)
            if len(taken):
                self._schedule.add(len(taken), when, slack=JITTER)
            if len(taken) < count:
                self._schedule.sever()
        block = np.zeros(count, dtype=np.int16)
        block[: len(taken)] = taken
        if fading:
            edge = block[: self._fade]
            ramp = np.linspace(0.0, 1.0, len(edge), dtype=np.float32)
            edge[:] = edge * (ramp if fading > 0 else ramp[::-1])
        return block

    def _wanted(self, count: int) -> tuple[int, int]:
        """How much to take for a block, and whether its beginning comes (1) or goes (-1)."""
        was, self._silent = self._silent, self.paused
        if self.paused:
            return (0, 0) if was else (min(count, self._fade), -1)
        return count, int(was)

    def _take(self, count: int) -> Pcm:
        taken: list[Pcm] = [np.empty(0, dtype=np.int16)]
        while count and self._pieces:
            piece = self._pieces.popleft()
            taken.append(piece[:count])
            if len(piece) > count:
                self._pieces.appendleft(piece[count:])
            count -= len(taken[-1])
        return np.concatenate(taken)

    def ahead(self, now: float) -> float:
        """Seconds of sound that are still to be heard, a pause not counted."""
        with self._lock:
            waiting = self._made - self._schedule.queued
            return waiting / self.device_rate + self._schedule.ahead(now)

    def played(self, now: float) -> int:
        """Number of the first sample that has not sounded by `now`."""
        with self._lock:
            return self._given(self._schedule.played(now))

    def _given(self, made: int) -> int:
        """How many given samples so many samples of the device stand for."""
        for run in reversed(self._runs):
            offset = made - run.made_from
            if offset >= run.made and run.whole:
                return run.given_from + run.given
            if offset >= 0:
                return run.given_from + min(run.given, offset * self._rate // self.device_rate)
        return self._first

    def time_of(self, sample: int) -> float | None:
        """Loop time, in seconds, at which a sample sounds; None while the device has not got it."""
        with self._lock:
            for run in self._runs:
                offset = sample - run.given_from
                if 0 <= offset < run.given:
                    made = -(-offset * self.device_rate // self._rate)
                    return self._schedule.time_of(run.made_from + min(made, max(0, run.made - 1)))
        return None
