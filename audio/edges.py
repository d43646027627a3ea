"""Where speech really began and ended: the energy of the sound, looked at near a verdict.

A detector's probability lags behind speech by up to 250 ms and fades slowly in a room that echoes.
Latency is counted from the acoustic end, so the end is looked for in the sound itself.
"""

import numpy as np
from numpy.typing import NDArray

from audio.frames import RATE, Pcm

HOP = RATE // 200
"""Samples of one level: 5 ms, the precision of an edge."""

_DECAY = 30.0
"""Decibels under the level of speech at which a dying word counts as over."""

_MARGIN = 3.0
"""Decibels that speech must stand above the noise next to it."""


def _levels(pcm: Pcm) -> NDArray[np.float64]:
    """Decibels relative to full scale of every whole hop, shape (n // HOP,); -100 for silence."""
    hops = len(pcm) // HOP
    squares = pcm[: hops * HOP].reshape(hops, HOP).astype(np.float64) ** 2
    levels: NDArray[np.float64] = 10 * np.log10(squares.mean(axis=1) / 32768.0**2 + 1e-10)
    return levels


def last_sound(word: Pcm, silence: Pcm) -> int:
    """Samples at the front of `word` up to its last sound.

    Args:
        word: the end of what was judged to be speech, shape (n,).
        silence: what followed it and was judged to be silence, shape (m,).

    Returns:
        A multiple of HOP, or n when the sound goes on to the end of `word` or nothing stands out.
    """
    levels, noise = _levels(word), _levels(silence)
    if not len(levels) or not len(noise):
        return len(word)
    threshold = max(np.percentile(levels, 95) - _DECAY, np.percentile(noise, 90) + _MARGIN)
    loud = np.flatnonzero(levels > threshold)
    if not len(loud) or loud[-1] == len(levels) - 1:
        return len(word)
    return (int(loud[-1]) + 1) * HOP
