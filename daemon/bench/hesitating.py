"""Makes people hesitate: the gaps of recorded speech, stretched with the recording's own room."""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.frames import RATE, Pcm

_HOP: Final = RATE // 100
"""Samples of one level: 10 ms."""

_SPEECH_DB: Final = 20.0
_SILENCE_DB: Final = 6.0
_DEEPEST_DB: Final = 45.0
"""Decibels: a gap lies so far under the speech, or not so far above the quietest sound, but never
deeper under the speech than the last."""

_NEAR: Final = 8 * _HOP
"""Samples by which the joint of two words is not where a transcript says."""

_STEP: Final = _HOP // 2

_FADE: Final = RATE // 200
"""Samples of a cross-fade: 5 ms, so that a joint does not click."""

_LEAST_ROOM: Final = RATE // 20
"""Samples of room noise that can be told apart from a hum when they repeat: 50 ms."""

LEAD_S: Final = 0.5
"""Seconds of room before the speech."""


def _quiet(pcm: Pcm) -> NDArray[np.bool_]:
    """Which hops hold no speech, shape (n // _HOP,)."""
    hops = pcm[: len(pcm) // _HOP * _HOP].reshape(-1, _HOP).astype(np.float64)
    levels = 10 * np.log10(np.mean(hops**2, axis=1) + 1e-3)
    speech, floor = np.percentile(levels, 95), np.percentile(levels, 5)
    threshold = min(speech - _SPEECH_DB, max(floor + _SILENCE_DB, speech - _DEEPEST_DB))
    return np.asarray(levels < threshold)


def _runs(quiet: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches of quiet hops, as samples."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], quiet, [False]))))
    return [(int(a) * _HOP, int(b) * _HOP) for a, b in edges.reshape(-1, 2)]


def gaps(pcm: Pcm, shortest_ms: float) -> list[tuple[int, int]]:
    """The silences inside of speech, first and last sample after, in order.

    Args:
        pcm: a recording, shape (n,).
        shortest_ms: milliseconds; shorter ones may be inside of a word.
    """
    runs = _runs(_quiet(pcm))
    inside = [(a, b) for a, b in runs if a > 0 and b < len(pcm) // _HOP * _HOP]
    return [(a, b) for a, b in inside if (b - a) * 1000 >= shortest_ms * RATE]


def joint(pcm: Pcm, around: int) -> tuple[int, int]:
    """Where two words meet: the quietest 20 ms near a sample, as a gap that lasts no time."""
    low = min(max(0, around - _NEAR), max(0, len(pcm) - 2 * _NEAR))
    hops = np.lib.stride_tricks.sliding_window_view(pcm[low : around + _NEAR], 2 * _HOP)[::_STEP]
    at = low + _STEP * int(np.argmin(np.mean(hops.astype(np.float64) ** 2, axis=1))) + _HOP
    return at, at


def room(pcm: Pcm, samples: int) -> Pcm:
    """What a recording sounds like while nobody speaks, for so many samples.

    Its quiet stretches one after the other, forwards and backwards in turn; faint noise when there
    are none.
    """
    runs = [(a + _HOP, b - _HOP) for a, b in _runs(_quiet(pcm)) if b - a > 2 * _HOP]
    still = np.concatenate([pcm[a:b] for a, b in runs] or [pcm[:0]])
    if len(still) < _LEAST_ROOM:
        still = np.random.default_rng(0).integers(-8, 9, RATE).astype(np.int16)
    period = np.concatenate((still, still[::-1]))
    return np.asarray(np.resize(period, samples), dtype=np.int16)


def joined(*parts: Pcm) -> Pcm:
    """Sounds one after the other, without a click between them; empty ones are left out."""
    parts = tuple(part for part in parts if len(part))
    whole = np.concatenate(parts).astype(np.float32)
    at = 0
    for one, other in pairwise(parts):
        at += len(one)
        fade = min(_FADE, len(one), len(other))
        ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
        # What the first part would have gone on as is not known; its last samples come backwards.
        whole[at : at + fade] = ramp * whole[at : at + fade] + (1 - ramp) * one[-fade:][::-1]
    return np.asarray(np.rint(whole), dtype=np.int16)


def stretched(pcm: Pcm, gap: tuple[int, int], silence_ms: float) -> tuple[Pcm, int]:
    """A recording in which one gap lasts longer.

    Args:
        pcm: the recording, shape (n,).
        gap: one of `gaps`.
        silence_ms: milliseconds that it lasts afterwards; a longer one is left as it is.

    Returns:
        The recording, and the index of the first sample after the gap.
    """
    start, end = gap
    middle = (start + end) // 2
    more = round(silence_ms * RATE / 1000) - (end - start)
    if more <= 0:
        return pcm, end
    return joined(pcm[:middle], room(pcm, more), pcm[middle:]), end + more


def surrounded(pcm: Pcm, after_s: float) -> Pcm:
    """A recording with its room before and after it."""
    return joined(room(pcm, round(LEAD_S * RATE)), pcm, room(pcm, round(after_s * RATE)))
