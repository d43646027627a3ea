"""Between the rates of devices, files, voices and the ear: band-limited, streaming, aligned."""

import numpy as np
import soxr
from numpy.typing import NDArray

from audio.frames import Pcm

Floats = NDArray[np.float32]
"""Mono samples in -1..1, shape (n,)."""


def to_int16(samples: Floats) -> Pcm:
    """Round to the nearest 16-bit value; what is too loud is clipped, what is no number is 0."""
    return np.clip(np.rint(np.nan_to_num(samples) * 32768), -32768, 32767).astype(np.int16)


def to_floats(pcm: Pcm) -> Floats:
    """Scale 16-bit samples to -1..1."""
    return pcm.astype(np.float32) / np.float32(32768)


class Resampler:
    """Brings one stream from one rate to another.

    Output sample k is input sample k * source / target: the filter delays what comes out, never
    where it stands. The same rate on both sides passes samples through untouched.
    """

    def __init__(self, source: int, target: int) -> None:
        self._stream = (
            None if source == target else soxr.ResampleStream(source, target, 1, dtype="float32")
        )

    def feed(self, samples: Floats) -> Floats:
        """Take the next samples; returns what is ready, which may be nothing."""
        return self._through(samples, last=False)

    def finish(self) -> Floats:
        """End the stream; returns what the filter still held. Nothing may be fed afterwards."""
        return self._through(np.empty(0, dtype=np.float32), last=True)

    def _through(self, samples: Floats, *, last: bool) -> Floats:
        if self._stream is None:
            return samples
        resampled: Floats = self._stream.resample_chunk(samples, last=last)
        return resampled
