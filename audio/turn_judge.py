"""The seam of whoever tells from its sound alone whether a person has said all they wanted to."""

from typing import Protocol

from audio.frames import Pcm


class TurnJudge(Protocol):
    """Blocking; one call at a time."""

    def probability(self, pcm: Pcm) -> float:
        """How likely a turn that pauses at the end of this sound is complete, 0..1.

        Args:
            pcm: the turn so far, mono int16 at RATE, shape (n,), with the beginning of the pause.
        """
