"""A clause on its way from the voice to the loudspeaker."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import numpy as np

from audio.frames import AudioFrame
from models.ports import ModelError, Voice

_LETTER_S: Final = 0.05
"""Seconds that a letter takes: the length of a clause that is still being made."""

_AUDIBLE: Final = 150
"""Amplitude above which a sample is heard: -47 dB. Piper begins with 15 to 150 ms below it."""

_LEAD_S: Final = 0.005
"""Seconds kept in front of that: consonants begin softly."""


class Voicing:
    """A clause that is being made into sound, whole or not, by a voice that streams or does not.

    Attributes:
        text: what it says.
        asked: loop time at which the voice was asked for it.
        start: number of its first sample among those given to the speaker.
    """

    def __init__(self, text: str, asked: float) -> None:
        self.text = text
        self.asked = asked
        self.start = 0
        self._frames: list[AudioFrame] = []
        self._skipped = 0
        self._whole = self._over = False
        self._error: ModelError | None = None
        self._grown = asyncio.Event()

    async def make(self, voice: Voice) -> bool:
        """Take all of it from the voice; whether that went well. `frames` tells what went wrong."""
        try:
            async with aclosing(voice.say(self.text)) as frames:
                async for frame in frames:
                    self._frames.append(frame)
                    self._grown.set()
            self._whole = True
        except ModelError as error:
            self._error = error
        finally:
            self._over = True
            self._grown.set()
        return self._whole

    async def frames(self, *, at_once: bool = False) -> AsyncGenerator[AudioFrame, None]:
        """Yield its frames, each as soon as it is there.

        Args:
            at_once: leave out the silence that voices begin with: somebody waits.

        Raises:
            ModelError: the voice gave up behind those that were yielded.
        """
        at = 0
        while at < len(self._frames) or not self._over:
            self._grown.clear()
            if at < len(self._frames):
                frame = self._loud(self._frames[at]) if at_once else self._frames[at]
                at += 1
                if len(frame.pcm):
                    at_once = False
                    yield frame
            else:
                await self._grown.wait()
        if self._error is not None:
            raise self._error

    def _loud(self, frame: AudioFrame) -> AudioFrame:
        """A frame without the silence at its front."""
        loud = np.flatnonzero(np.abs(frame.pcm.astype(np.int32)) > _AUDIBLE)
        kept = int(loud[0]) - int(_LEAD_S * frame.rate) if len(loud) else len(frame.pcm)
        self._skipped += max(0, kept)
        return AudioFrame(frame.pcm[max(0, kept) :], frame.start + max(0, kept), frame.rate)

    def part(self, until: int) -> str:
        """The words that are heard by the sample of that number, in proportion to its length."""
        sounded, length = until - self.start, self._length()
        if sounded >= length:
            return self.text
        words = self.text.split()
        # A clause without anything to pronounce has no samples.
        return " ".join(words[: len(words) * max(0, min(sounded, length)) // max(1, length)])

    def _length(self) -> int:
        made = self._frames[-1].end if self._frames else 0
        if not (self._whole or not made):
            made = max(made, int(len(self.text) * _LETTER_S * self._frames[-1].rate))
        return made - self._skipped
