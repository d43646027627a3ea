"""The ear: a microphone's frames become the happenings that a conversation turns on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from audio.detector import Detector
from audio.endpointer import Event
from audio.frames import RATE
from audio.ports import Microphone


class Ear:
    """Listens to one microphone.

    While deaf it hears nothing and reports nothing, also not the end of what it was hearing: on
    a plain microphone beside a plain loudspeaker the assistant would otherwise answer itself.
    """

    def __init__(self, microphone: Microphone, detector: Detector) -> None:
        self._microphone = microphone
        self._detector = detector
        self._heard = 0
        self._deaf_until: int | None = 0
        self._undelivered = 0
        self._muted = False
        self._finished = asyncio.Event()
        self.hears = asyncio.Event()
        """Set with the first frame that the microphone delivers."""

    @property
    def heard(self) -> int:
        """Sample index up to which the microphone has delivered; stands still when it is lost."""
        return self._heard

    @property
    def deaf(self) -> bool:
        """True while what is said is not heard."""
        return self._muted or self._deaf_until is None or self._heard < self._deaf_until

    def mute(self, muted: bool) -> None:
        """Be deaf for as long as somebody wants it, whatever else opens the ear meanwhile."""
        if muted != self._muted:
            self._muted = muted
            self._detector.reset(self._heard)

    @property
    def idle(self) -> bool:
        """True while no speech is in progress and everything that was heard has been reported."""
        return self._detector.idle and not self._undelivered

    async def finished(self) -> None:
        """Wait until a recording has been read to its end and the ear is idle.

        Deafness does not count as idle: what is said meanwhile is lost, but the recording goes on.
        """
        await self._finished.wait()

    def deafen(self) -> None:
        """Hear nothing from now on; an utterance that has begun is forgotten."""
        self._deaf_until = None
        self._detector.reset(self._heard)

    def undeafen(self, since: int = 0) -> None:
        """Hear again from sample index `since` on, as if nothing had been said before."""
        self._deaf_until = since
        self._detector.reset(self._heard)

    def sample_at(self, when: float) -> int:
        """Index of the sample that was, or will be, at the microphone at loop time `when`."""
        return self._heard + round((when - self._microphone.time_of(self._heard)) * RATE)

    async def events(self) -> AsyncGenerator[Event, None]:
        """Report what is heard, in order, until the generator is closed.

        Raises:
            DeviceError: the microphone neither works nor lets go.
        """
        async with aclosing(self._microphone.frames()) as frames:
            async for frame in frames:
                deaf = self.deaf
                self._heard = frame.end
                self.hears.set()
                found = [] if deaf else self._detector.hear(frame)
                self._undelivered = len(found)
                for event in found:
                    self._undelivered -= 1
                    yield event
                self._note_end()

    def _note_end(self) -> None:
        if self._microphone.ended and self.idle:
            self._finished.set()
        else:
            self._finished.clear()
