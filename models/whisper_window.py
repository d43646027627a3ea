"""How much sound Whisper is shown at once: long speech in pieces, each in a short window."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from audio.frames import RATE, Pcm

WINDOW = 15
"""Seconds of sound that are encoded. Whisper was trained on 30, which cost more than twice as much.
Under 15 it starts to repeat itself (tests/bench/ear.py measures the curve)."""

LONGEST = WINDOW - 1.0
"""Seconds of a piece at most: without silence at a window's end the probability of "no speech"
rises."""

_SEARCH = 8.0
"""Seconds before the latest possible cut in which a quiet point is looked for."""

_BLOCK = RATE // 50
_QUIET = 10
"""Loudness is taken in blocks of 20 ms; a cut falls in the middle of the quietest 200 ms."""


def pieces(pcm: Pcm) -> list[Pcm]:
    """Cut speech at quiet points into pieces of at most LONGEST seconds; nothing is lost.

    All pieces but the last stay the same when the sound grows, and cutting can go on at the end of
    any of them.

    Args:
        pcm: mono int16 at RATE, shape (n,).

    Returns:
        Views of `pcm` that follow each other without a gap; none when it is empty.
    """
    bounds = [0, *_cuts(pcm), len(pcm)]
    return [pcm[start:end] for start, end in pairwise(bounds) if end > start]


def _cuts(pcm: Pcm) -> Iterator[int]:
    start = 0
    while len(pcm) - start > LONGEST * RATE:
        latest = start + int(LONGEST * RATE)
        earliest = latest - int(_SEARCH * RATE)
        start = earliest + _quietest(pcm[earliest:latest])
        yield start


def _quietest(pcm: Pcm) -> int:
    """Sample in the middle of the quietest stretch."""
    blocks = pcm[: len(pcm) // _BLOCK * _BLOCK].astype(np.float64).reshape(-1, _BLOCK)
    energy = np.convolve((blocks**2).sum(axis=1), np.ones(_QUIET), mode="valid")
    return (int(energy.argmin()) + _QUIET // 2) * _BLOCK
