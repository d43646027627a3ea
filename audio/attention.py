"""Whether what is said is meant for the assistant. Time is a count of samples."""

from math import inf
from typing import Final, Literal

from audio.frames import RATE

Mode = Literal["open", "wake", "push"]
"""Always; after a wake word; while somebody holds a button."""

CALLED_S: Final = 8.0
"""Seconds in which somebody who has called the assistant may begin to speak."""

LONGEST_HOLD_S: Final = 120.0
"""Seconds after which a button counts as released: one that sticks must not keep an ear open."""

_RELEASE_S: Final = 0.2
"""Seconds for which a released button still counts: the last sounds are on their way here."""

_VERDICT_S: Final = 2.0
"""Seconds after an utterance in which the listener finds out whether there were words in it; until
then what follows belongs to it. Sound that is only heard because of them earns no further ones."""


class Attention:
    """Opens and closes windows in which speech may begin; speech that has begun is never cut."""

    def __init__(self, mode: Mode = "open") -> None:
        self._mode = mode
        self._until = self._called_until = 0.0
        self._verdict = 0
        self._held_until = 0

    @property
    def mode(self) -> Mode:
        """How attention is won."""
        return self._mode

    def open(self, now: int) -> bool:
        """Whether speech that begins at sample index `now` is meant for the assistant."""
        return self._mode == "open" or self.held(now) or now < self._last()

    @property
    def answering(self) -> bool:
        """Whether it attends until told otherwise: because of a turn."""
        return self._until == inf

    def held(self, now: int) -> bool:
        """Whether the button is held."""
        return now < self._held_until

    def call(self, now: int) -> None:
        """Somebody has called, by a wake word or a button that is pressed once."""
        self._called_until = now + CALLED_S * RATE

    def attend(self, now: int, seconds: float | None) -> None:
        """Attend for so long from now on, None for as long as nobody says otherwise.

        What a call has opened stays open. Where a button is held to speak, this can only shorten
        that.
        """
        wanted = inf if seconds is None else now + seconds * RATE
        if self._mode == "push":
            self._called_until = min(self._called_until, wanted)
        else:
            self._until = wanted
        self._verdict = 0

    def hold(self, now: int, held: bool) -> None:
        """The button is held from now on, or was released."""
        if held:
            self._held_until = now + round(LONGEST_HOLD_S * RATE)
        else:
            self._held_until = min(self._held_until, now + round(_RELEASE_S * RATE))

    def said(self, began: int, now: int) -> None:
        """An utterance has ended that began at sample index `began`."""
        if began < max(self._until, self._called_until):
            self._verdict = now + round(_VERDICT_S * RATE)

    def close(self) -> None:
        """Nothing is meant for the assistant any more."""
        self._until = self._called_until = 0.0
        self._verdict = self._held_until = 0

    def _last(self) -> float:
        return max(self._until, self._called_until, self._verdict)
