"""A clause on its way from the voice to the loudspeaker."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from audio.frames import AudioFrame
from models.ports import ModelError, Voice

_LETTER_S: Final = 0.05
"""Seconds that a letter takes: the length of a clause that is still being made."""


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

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """Yield its frames, each as soon as it is there.

        Raises:
            ModelError: the voice gave up behind those that were yielded.
        """
        at = 0
        while at < len(self._frames) or not self._over:
            self._grown.clear()
            if at < len(self._frames):
                yield self._frames[at]
                at += 1
            else:
                await self._grown.wait()
        if self._error is not None:
            raise self._error

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
        if self._whole or not made:
            return made
        return max(made, int(len(self.text) * _LETTER_S * self._frames[-1].rate))
