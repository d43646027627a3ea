"""One long recording of many, and where in it people really begin and end to speak."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from audio.frames import RATE, Pcm
from audio.wav_writer import WavWriter
from daemon.bench.material import Item

_HOP: Final = RATE // 100
"""Samples of one level: 10 ms."""

_SMOOTH: Final = 3
"""Levels that are averaged, and that a sound must last: a click is no speech."""

_APART: Final = 30
"""Levels of silence between two stretches of sound: 300 ms."""

_CLICK: Final = 12
"""Levels that a stretch of speech lasts: 120 ms. Recorders are switched on and off with a click."""

_DECAY_DB: Final = 30.0
"""Decibels under the loudest at which a dying word counts as over; so in `audio.edges`."""

_ABOVE_NOISE: Final = 0.35
"""Share of the way from the noise up to the loudest from which a sound is not noise."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A recording in its place.

    Attributes:
        item: which.
        start: sample index of its first sample.
        onset: of the first sound in it.
        ended: after the last sound in it: from here a person waits.
    """

    item: Item
    start: int
    onset: int
    ended: int


@dataclass(frozen=True, slots=True)
class Script:
    """What is played.

    Attributes:
        pcm: mono int16 at RATE, shape (n,).
        cues: what is said in it, in order.
    """

    pcm: Pcm
    cues: Sequence[Cue]

    def write(self, path: Path) -> None:
        """As a WAV file."""
        writer = WavWriter(path, RATE)
        writer.write(self.pcm)
        writer.close()


class Scene:
    """Lays recordings one behind the other."""

    def __init__(self, lead_s: float) -> None:
        """Begin with silence.

        Args:
            lead_s: seconds of it: devices announce themselves, the mind reads its prompt.
        """
        self._parts: list[Pcm] = []
        self._length = 0
        self._cues: list[Cue] = []
        self.wait(lead_s)

    def wait(self, seconds: float) -> None:
        """Silence."""
        self._add(np.zeros(round(seconds * RATE), np.int16))

    def say(self, item: Item, pcm: Pcm) -> Cue:
        """A recording, mono int16 at RATE, shape (n,)."""
        onset, ended = edges(pcm)
        cue = Cue(item, self._length, self._length + onset, self._length + ended)
        self._cues.append(cue)
        self._add(pcm)
        return cue

    def script(self) -> Script:
        """All of it."""
        return Script(np.concatenate(self._parts), tuple(self._cues))

    def _add(self, pcm: Pcm) -> None:
        self._parts.append(pcm)
        self._length += len(pcm)


def edges(pcm: Pcm) -> tuple[int, int]:
    """Where the first sound begins and the last one ends, by energy: no model is asked.

    A room's noise is loud in many recordings: what counts as a sound stands well above the level
    of the quiet tenth of the recording. Precise to about 20 ms.

    Args:
        pcm: one recording, mono int16 at RATE, shape (n,).

    Returns:
        Sample indices; the whole recording where nothing stands out.
    """
    hops = len(pcm) // _HOP
    if hops < _SMOOTH:
        return 0, len(pcm)
    squares = pcm[: hops * _HOP].reshape(hops, _HOP).astype(np.float64) ** 2
    power = np.convolve(squares.mean(axis=1), np.ones(_SMOOTH) / _SMOOTH, mode="same")
    levels = 10 * np.log10(power + 1e-3)
    noise, loudest = np.percentile(levels, 10), np.percentile(levels, 97)
    threshold = max(loudest - _DECAY_DB, noise + _ABOVE_NOISE * (loudest - noise))
    # A run of them: the first and last of the smallest windows that lie above throughout.
    above = np.convolve(levels > threshold, np.ones(_SMOOTH), mode="valid") >= _SMOOTH
    words = _words(np.flatnonzero(above))
    if not words:
        return 0, len(pcm)
    return words[0][0] * _HOP, (words[-1][1] + _SMOOTH) * _HOP


def _words(loud: NDArray[np.intp]) -> list[tuple[int, int]]:
    """First and last level of each stretch of sound; a button pressed apart from them is none."""
    if not len(loud):
        return []
    groups = np.split(loud, np.flatnonzero(np.diff(loud) > _APART) + 1)
    return [(int(one[0]), int(one[-1])) for one in groups if len(one) + _SMOOTH > _CLICK]
