"""How far the utterance that is being spoken has been decoded, so that nothing is decoded twice."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audio.frames import Pcm, Utterance
from models.whisper_guard import Decode

_APART = 97
"""Samples between those by which a sound is known again. No period of anything."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One piece.

    Attributes:
        decode: what was written.
        refused: why it is not believed, "" if it is.
    """

    decode: Decode
    refused: str = ""


class Progress:
    """Remembers the pieces of one utterance that stay as they are when more is said.

    Of a monologue only the newest piece is then left to be decoded, while it goes on and when it
    ends. The same utterance is known by its start and by the sound of the last piece.
    """

    def __init__(self) -> None:
        self._forget(0, ())

    def _forget(self, start: int, names: Sequence[str]) -> None:
        self._of = (start, tuple(names))
        self._judged: list[Judged] = []
        self._begun = self._done = 0
        self._sound: Pcm = np.zeros(0, np.int16)

    def of(self, utterance: Utterance, names: Sequence[str]) -> tuple[list[Judged], int]:
        """What is known of an utterance, and up to which of its samples; forgets any other one."""
        sound = utterance.pcm[self._begun : self._done : _APART]
        if self._of != (utterance.start, tuple(names)) or not np.array_equal(sound, self._sound):
            self._forget(utterance.start, names)
        return list(self._judged), self._done

    def add(self, utterance: Utterance, names: Sequence[str], end: int, judged: Judged) -> None:
        """Remember the next piece; one that another call has added meanwhile is left aside.

        Args:
            utterance: that it belongs to, and that goes on behind it.
            names: with which it was decoded.
            end: sample of the utterance at which it ends.
            judged: what became of it.
        """
        _, done = self.of(utterance, names)
        if end > done:
            self._judged.append(judged)
            self._begun, self._done = done, end
            self._sound = utterance.pcm[done:end:_APART].copy()
