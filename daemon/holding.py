"""The loudspeaker falls silent at the first sound of speech, and goes on if it was none."""

import asyncio

from audio.ports import Speaker

_LONGEST_S = 3.0
"""Seconds without any further sign of speech after which the answer goes on: a microphone that
vanishes in the middle of a word, or an ear that is muted, reports no end of it."""


class Holding:
    """Holds an answer back while somebody may be speaking. Belongs to the loop."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._timer: asyncio.TimerHandle | None = None

    @property
    def held(self) -> bool:
        """Whether the answer is being held back."""
        return self._timer is not None

    def hold(self) -> None:
        """Be silent at once; called again, for longer."""
        if self._timer is None:
            self._speaker.pause()
        self._forget_timer()
        self._timer = asyncio.get_running_loop().call_later(_LONGEST_S, self.release)

    def release_after(self, seconds: float) -> None:
        """Go on soon, unless there is another sign of speech until then."""
        if self._timer is not None:
            self._forget_timer()
            self._timer = asyncio.get_running_loop().call_later(seconds, self.release)

    def release(self) -> None:
        """Go on with the answer, if it was held back."""
        if self._timer is not None:
            self._forget_timer()
            self._speaker.resume()

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
