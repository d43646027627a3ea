"""The ear: a microphone's frames become the happenings that a conversation turns on."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Final, Protocol

from audio.attention import Attention, Mode
from audio.detector import Detector
from audio.endpointer import Event
from audio.frames import FRAME, RATE, AudioFrame, Pcm, SpeechDismissed, Utterance, Woken
from audio.ports import Microphone

Happening = Event | Woken
"""What an ear reports."""

_BACK: Final = RATE
"""Samples that are kept from before the ear wakes. A wake word is found up to 0.3 s after its end,
when an order may be under way; and a judge of speech that starts in the middle of it is wrong."""

_BEFORE_CALL: Final = 3 * RATE // 10
"""Samples from before a button was pressed that count: people speak as they press."""


class Canceller(Protocol):
    """Takes what the loudspeaker plays out of what the microphone hears."""

    @property
    def reference(self) -> Pcm | None:
        """What the loudspeaker played during the frame last cleaned; None while it is silent."""

    def clean(self, frame: AudioFrame) -> AudioFrame:
        """The frame without it; of the same length and start."""


class Spotter(Protocol):
    """Listens for wake words."""

    def hear(self, frame: AudioFrame, reference: Pcm | None = None) -> list[Woken]:
        """Take the next frame; a gap in `start` begins a new stream."""


class Ear:
    """Listens to one microphone.

    While deaf it hears nothing and reports nothing, also not the end of what it was hearing: on
    a plain microphone beside a plain loudspeaker the assistant would otherwise answer itself.
    While it is not awake it listens for wake words only. What follows one in the same breath
    counts, the wake word itself does not.

    Args:
        microphone: where frames come from.
        detector: finds utterances in them while the ear is awake.
        echo: takes our own voice out of the frames.
        wake: finds wake words; in the modes "open" and "push" only while our own voice sounds.
        mode: how the ear is woken.
    """

    def __init__(
        self,
        microphone: Microphone,
        detector: Detector,
        *,
        echo: Canceller | None = None,
        wake: Spotter | None = None,
        mode: Mode = "open",
    ) -> None:
        self._microphone = microphone
        self._detector = detector
        self._echo = echo
        self._wake = wake
        self._attention = Attention(mode)
        self._heard = self._listened = 0
        self._deaf_until: int | None = 0
        self._undelivered = 0
        self._muted = False
        self._kept: deque[AudioFrame] = deque()
        self._listening = False
        self._since = 0
        self._held = self._relaxed = False
        self._finish = False
        self._finished = asyncio.Event()
        self.hears = asyncio.Event()
        """Set with the first frame that the microphone delivers, or when nobody wants any."""

    @property
    def heard(self) -> int:
        """Sample index up to which the microphone has delivered; stands still when it is lost."""
        return self._heard

    @property
    def listened(self) -> int:
        """Samples so far in which wake words were listened for."""
        return self._listened

    @property
    def deaf(self) -> bool:
        """True while what is said is not heard."""
        return self._muted or self._deaf_until is None or self._heard < self._deaf_until

    @property
    def muted(self) -> bool:
        """True while the microphone is closed because somebody wants it so."""
        return self._muted

    @property
    def awake(self) -> bool:
        """True while what is said is meant for the assistant; deafness does not change that."""
        return self._attention.open(self._heard) or not self._detector.idle

    @property
    def idle(self) -> bool:
        """True while no speech is in progress and everything that was heard has been reported."""
        return self._detector.idle and not self._undelivered

    def mute(self, muted: bool) -> None:
        """Capture nothing for as long as somebody wants it, whatever opens the ear meanwhile."""
        if muted != self._muted:
            self._muted = muted
            self._attention.close()
            self._forget()
            self._microphone.mute(muted)
        if muted:
            self.hears.set()

    def attend(self, seconds: float | None) -> None:
        """Be awake for so many seconds, or, with None, until told otherwise; 0 ends that.

        What a wake word or a button has opened stays open for its time.

        In the mode "push" this can end what a call has begun, and nothing else.
        """
        self._attention.attend(self._heard, seconds)

    def call(self) -> None:
        """Be awake as after a wake word, in every mode."""
        self._since = self._heard - _BEFORE_CALL
        self._attention.call(self._heard)

    def talk(self, held: bool) -> None:
        """A button is held to speak, or was released, which ends what is being said."""
        if held:
            self._since = self._heard - _BEFORE_CALL
        self._attention.hold(self._heard, held)

    def settle(self, utterance: Utterance, silence_ms: float) -> None:
        """Say how many milliseconds since its acoustic end a pause must last to be the end.

        While somebody holds a button only letting go of it is the end.
        """
        if not self._attention.held(self._heard):
            self._detector.settle(utterance, silence_ms)

    def finish(self) -> None:
        """End the running utterance with the next frame."""
        self._finish = not self._detector.idle

    def abandon(self) -> None:
        """Forget the running utterance unreported; listening goes on."""
        self._detector.abandon()

    async def finished(self) -> None:
        """Wait until a recording has been read to its end and the ear is idle.

        Deafness does not count as idle: what is said meanwhile is lost, but the recording goes on.
        """
        await self._finished.wait()

    def deafen(self) -> None:
        """Hear nothing from now on; an utterance that has begun is forgotten."""
        self._deaf_until = None
        self._forget()

    def undeafen(self, since: int = 0) -> None:
        """Hear again from sample index `since` on, as if nothing had been said before."""
        self._deaf_until = since
        self._forget()

    def sample_at(self, when: float) -> int:
        """Index of the sample that was, or will be, at the microphone at loop time `when`."""
        return self._heard + round((when - self._microphone.time_of(self._heard)) * RATE)

    async def events(self) -> AsyncGenerator[Happening, None]:
        """Report what is heard, in order, until the generator is closed.

        Raises:
            DeviceError: the microphone neither works nor lets go.
        """
        async with aclosing(self._microphone.frames()) as frames:
            async for frame in frames:
                deaf = self.deaf
                self._heard = frame.end
                self.hears.set()
                found = [] if deaf else self._hear(frame)
                self._undelivered = len(found)
                for event in found:
                    self._undelivered -= 1
                    if isinstance(event, Utterance):
                        self._attention.said(event.start, frame.end)
                    yield event
                self._note_end()

    def _hear(self, raw: AudioFrame) -> list[Happening]:
        frame = self._echo.clean(raw) if self._echo else raw
        reference = self._echo.reference if self._echo else None
        self._keep(frame)
        happened = self._called(frame, reference)
        if self.awake:
            for piece in self._fresh(frame):
                happened += self._detector.hear(piece)
            happened += self._ended(frame.end)
        elif self._listening:
            self._listening = False
            self._kept.clear()
        if not self._listening:
            self._since = frame.end
        self._relax(not self._listening)
        return happened

    def _called(self, frame: AudioFrame, reference: Pcm | None) -> list[Happening]:
        """A wake word that says something new: that somebody calls, or cuts in."""
        woken = []
        if self._wake:
            woken = self._wake.hear(frame, reference)
            self._listened += len(frame.pcm)
        waits = self._attention.mode == "wake"
        answers = reference is not None or self._attention.answering
        if not woken or not (answers or (waits and not self.awake)):
            return []
        # It is no part of what is said: what was being heard begins anew behind it.
        dismissed = [one for one in self._detector.finish() if isinstance(one, SpeechDismissed)]
        self._listening, self._since = False, 0
        self._detector.reset(self._kept[0].start, begins=woken[-1].at)
        if waits:
            self._attention.call(self._heard)
        return [*dismissed, woken[-1]]

    def _fresh(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """What the detector has not heard yet: the frame, and at first some of what came before."""
        if self._listening:
            yield frame
            return
        self._listening = True
        for kept in self._kept:
            if kept.end > self._since:
                skipped = max(0, self._since - kept.start)
                yield AudioFrame(kept.pcm[skipped:], kept.start + skipped)

    def _ended(self, now: int) -> list[Event]:
        """The utterance that a released button or `finish` ends."""
        held = self._attention.held(now)
        over = self._finish or (self._held and not held)
        self._held, self._finish = held, False
        return self._detector.finish() if over else []

    def _relax(self, relaxed: bool) -> None:
        if relaxed != self._relaxed:
            self._relaxed = relaxed
            self._microphone.relax(relaxed)

    def _keep(self, frame: AudioFrame) -> None:
        if self._kept and self._kept[-1].end != frame.start:
            self._kept.clear()
        self._kept.append(frame)
        if len(self._kept) > _BACK // FRAME:
            self._kept.popleft()

    def _forget(self) -> None:
        self._kept.clear()
        self._finish = False
        self._detector.reset(self._heard)

    def _note_end(self) -> None:
        if self._microphone.ended and self.idle:
            self._finished.set()
        else:
            self._finished.clear()
