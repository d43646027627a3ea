"""What the loudspeaker really played and when: the reference for cancelling its echo."""

from typing import Protocol

import numpy as np
import soxr

from audio.frames import RATE, Pcm

_MARGIN = 0.02
"""Seconds on both sides of a window that its resampling looks at: more than the filter's length,
and a whole number of samples at every usual rate, so that no window is shifted against another."""

_KEPT = 4.0
"""Seconds of sound kept: the ear asks for what it hears within a tenth of one, a busy loop later.
384 kB at 48 kHz."""

_FOLLOW = 0.004
"""Share of a block's lateness by which the clock is corrected: it averages over five seconds, so
that blocks announced some milliseconds early or late hardly move it, and drift does."""


class Played(Protocol):
    """Where sound was played, at a rate of its own."""

    @property
    def rate(self) -> int:
        """Samples per second."""

    @property
    def until(self) -> float:
        """Loop time, in seconds, at which the last sound ends that is known of; -inf for none."""

    def since(self, begins: float, count: int) -> Pcm:
        """So many samples from loop time `begins` on, silence where nothing was played."""


class Monitor:
    """Looks back at what a loudspeaker played, volume included, pauses and flushes left out."""

    def __init__(self, played: Played) -> None:
        self._played = played

    @property
    def until(self) -> float:
        """Loop time, in seconds, at which the last sound ends that is known of; -inf for none."""
        return self._played.until

    def between(self, start: float, end: float) -> Pcm | None:
        """What was played from one loop time, in seconds, to another.

        What is still to come is as it stands, and changes when the speaker is paused or flushed.

        Returns:
            Mono int16 at RATE; None when all of it is silence.
        """
        if start >= self.until:
            return None
        played, rate = self._played, self._played.rate
        wanted = round((end - start) * RATE)
        count = round((end - start) * rate)
        margin = 0 if rate == RATE else round(_MARGIN * rate)
        pcm = played.since(start - margin / rate, count + 2 * margin)
        if not pcm[margin : margin + count].any():
            return None
        if margin:
            first = round(margin * RATE / rate)
            pcm = soxr.resample(pcm, rate, RATE)[first : first + wanted]
        return pcm


class Reel:
    """The last seconds that a device took, block by block; written on its thread, read on another.

    The device's clock is learnt from the announced times of its blocks, which jitter.

    Args:
        jitter: seconds by which such a time may differ from the end of the block before; more is a
            gap.
    """

    def __init__(self, jitter: float) -> None:
        self._jitter = jitter
        self._tape = _Tape(RATE, 0.0)
        self._seen = 0
        self.until = float("-inf")

    @property
    def rate(self) -> int:
        """Samples per second."""
        return self._tape.rate

    def take(self, pcm: Pcm, begins: float, rate: int) -> None:
        """Add the next block.

        Args:
            pcm: mono int16.
            begins: loop time, in seconds, at which its first sample sounds.
            rate: samples per second.
        """
        tape = self._tape
        if rate != tape.rate:
            tape = self._tape = _Tape(rate, begins)
            self._seen = 0
        late = begins - tape.time_of(tape.end)
        if abs(late) > self._jitter:
            tape.skip_to(begins)
            self._seen = 0
        else:
            self._seen += 1
            tape.follow(late * max(1 / (self._seen + 1), _FOLLOW))
        tape.append(pcm)
        if pcm.any():
            self.until = tape.time_of(tape.end)

    def since(self, begins: float, count: int) -> Pcm:
        """So many samples from loop time `begins` on, silence where nothing was played."""
        return self._tape.since(begins, count)


class _Tape:
    """A ring of samples at one rate, and the loop time of its sample 0."""

    def __init__(self, rate: int, origin: float) -> None:
        self.rate = rate
        self.end = 0
        self._ring: Pcm = np.zeros(round(_KEPT * rate), dtype=np.int16)
        self._origin = self._steady = origin

    def time_of(self, sample: int) -> float:
        return self._origin + sample / self.rate

    def follow(self, late: float) -> None:
        self._origin += late
        # Whoever reads window after window must not see a sample twice because of a rounding.
        if abs(self._origin - self._steady) * self.rate > 1:
            self._steady = self._origin

    def skip_to(self, begins: float) -> None:
        """Go on at a loop time; time that was skipped is silence."""
        end = round((begins - self._origin) * self.rate)
        if not 0 <= end - self.end < len(self._ring):
            self._ring[:] = 0
        else:
            self._ring[np.arange(self.end, end) % len(self._ring)] = 0
        self.end = end

    def append(self, pcm: Pcm) -> None:
        at = self.end % len(self._ring)
        before = min(len(pcm), len(self._ring) - at)
        self._ring[at : at + before] = pcm[:before]
        self._ring[: len(pcm) - before] = pcm[before:]
        self.end += len(pcm)

    def since(self, begins: float, count: int) -> Pcm:
        first, end = round((begins - self._steady) * self.rate), self.end
        window = np.zeros(count, dtype=np.int16)
        known = np.arange(max(first, end - len(self._ring)), min(first + count, end))
        window[known - first] = self._ring[known % len(self._ring)]
        return window
