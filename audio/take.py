"""A stretch of sound that grows at its end and can be looked at without being copied."""

import numpy as np

from audio.frames import Pcm


class Take:
    """Samples kept in one growing array.

    What `since` hands out are read-only views. They stay what they were while the take grows:
    samples are only ever written behind those already there.
    """

    def __init__(self, start: int = 0) -> None:
        self.start = start
        self._length = 0
        self._samples: Pcm = np.empty(0, dtype=np.int16)

    @property
    def end(self) -> int:
        """Sample index after the last sample."""
        return self.start + self._length

    def append(self, pcm: Pcm) -> None:
        """Add samples at the end."""
        needed = self._length + len(pcm)
        if needed > len(self._samples):
            grown = np.empty(max(needed, 2 * len(self._samples)), dtype=np.int16)
            grown[: self._length] = self._samples[: self._length]
            self._samples = grown
        self._samples[self._length : needed] = pcm
        self._length = needed

    def since(self, start: int) -> Pcm:
        """Everything from sample index `start` (clipped to what is kept) to the end."""
        view = self._samples[max(0, start - self.start) : self._length]
        view.flags.writeable = False
        return view

    def forget_before(self, start: int) -> None:
        """Let go of everything before sample index `start`; memory is freed, not just hidden."""
        if start <= self.start:
            return
        kept = self.since(start).copy()
        self.start, self._length, self._samples = self.end - len(kept), len(kept), kept
