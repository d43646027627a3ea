"""The cheap gate in front of the judge: webrtcvad says when listening closely is worth it."""

import webrtcvad

from audio.frames import FRAME, RATE, Pcm

_MODE = 2
"""Aggressiveness 0..3. At 3 the gate falls shut inside quiet words; at 2 it misses no recording."""

_HOLD = RATE
"""Samples that the gate stays open after the last frame that sounded like speech: one second,
longer than any pause that the endpointer has to bridge."""


class Gate:
    """Opens on the first frame that may be speech and closes a second after the last one."""

    def __init__(self) -> None:
        self._vad = webrtcvad.Vad(_MODE)
        self._left = 0

    @property
    def open(self) -> bool:
        """True while sound should be judged."""
        return self._left > 0

    def hear(self, frame: Pcm) -> None:
        """Take the next frame: mono int16 at 16 kHz, shape (FRAME,)."""
        if self._vad.is_speech(frame.tobytes(), RATE):
            self._left = _HOLD
        else:
            self._left = max(0, self._left - FRAME)

    def reset(self) -> None:
        """Forget what was heard."""
        self._vad = webrtcvad.Vad(_MODE)
        self._left = 0
