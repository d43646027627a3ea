"""Speaks the clauses of one turn and knows afterwards what was heard of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import numpy as np

from audio.frames import AudioFrame
from audio.ports import Speaker
from daemon.controls import Controls
from daemon.shielded import stop
from daemon.voicing import Voicing
from models.ports import Voice

_AFTER_BRIDGE_S: Final = 0.3
"""Seconds of silence behind words that bridge a wait: "One moment." is a sentence of its own."""

_AHEAD: Final = 1
"""Clauses that are made while another one is played: nobody should hear where one ends."""


@dataclass(frozen=True, slots=True)
class _First:
    """The first sound of an answer: number of its sample, and loop times on its way."""

    sample: int
    asked: float
    made: float


class Mouth:
    """One turn's speech. Heard is what the loudspeaker has played, never what was generated."""

    def __init__(self, voice: Voice, speaker: Speaker, controls: Controls | None = None) -> None:
        """Speak nothing yet.

        Args:
            voice: makes clauses into sound.
            speaker: plays it.
            controls: the volume, looked at clause by clause; told when speech begins.
        """
        self._voice = voice
        self._controls = controls or Controls()
        self._speaker = speaker
        self._clauses: list[Voicing] = []
        self._speaking = asyncio.Lock()
        self._asked = False
        self._first: _First | None = None

    @property
    def begun(self) -> bool:
        """Whether the voice has been asked for the answer."""
        return self._asked

    async def speak(self, clauses: AsyncIterator[str]) -> None:
        """Speak clause after clause; returns when the last sample has been played.

        A clause is played from its first frame on; the next one is made meanwhile.

        Raises:
            ModelError: the voice gave up; what it had made before that is played.
        """
        made: asyncio.Queue[Voicing | None] = asyncio.Queue()  # `ahead` bounds it.
        ahead = asyncio.Semaphore(_AHEAD)
        making = asyncio.create_task(self._make(clauses, made, ahead), name="synthesise")
        try:
            while (clause := await made.get()) is not None:
                ahead.release()
                async with self._speaking:
                    await self._play(clause)
            await making  # A defect in there is not to be lost.
        finally:
            await stop(making)
        await self._speaker.drain()

    async def bridge(self, words: str) -> None:
        """Say something that is no answer, while the answer is being thought of.

        Nothing is said once the voice has been asked for the answer, and an answer that comes
        later waits until this has been said. It is not part of what was heard.

        Raises:
            ModelError: the voice gave up.
        """
        async with aclosing(self._voice.say(words)) as stream:
            frames = [frame async for frame in stream]
        async with self._speaking:
            if self._asked or not frames:
                return
            gain = self._controls.gain
            pause = np.zeros(int(self._speaker.rate * _AFTER_BRIDGE_S), dtype=np.int16)
            self._controls.phase = "speaking"
            for frame in [*frames, AudioFrame(pause, frames[-1].end, self._speaker.rate)]:
                await self._speaker.play(frame.scaled(gain))

    def silence(self) -> None:
        """Stop at once."""
        self._speaker.flush()

    def heard(self) -> str:
        """The words played so far; of a clause cut short, its words in proportion."""
        # A loudspeaker that was away gives the numbers of what it discarded to the next clause.
        last = self._speaker.played
        limits = [*(clause.start for clause in self._clauses[1:]), last]
        parts = [
            clause.part(min(end, last)) for clause, end in zip(self._clauses, limits, strict=False)
        ]
        return " ".join(part for part in parts if part)

    @property
    def first_audio(self) -> float | None:
        """Loop time at which the first sample left the loudspeaker, if one did."""
        return self._speaker.time_of(self._first.sample) if self._first else None

    @property
    def steps(self) -> list[tuple[str, float, float]]:
        """What the first sound waited for: names with the loop times of their start and end.

        "synthesise" lasts from asking for the first clause until its first frame is there and is
        given to the loudspeaker, "device" from then until its first sample has left it.
        """
        if self._first is None:
            return []
        told = [("synthesise", self._first.asked, self._first.made)]
        if (heard := self.first_audio) is not None:
            told.append(("device", self._first.made, heard))
        return told

    async def _make(
        self,
        clauses: AsyncIterator[str],
        made: "asyncio.Queue[Voicing | None]",
        ahead: asyncio.Semaphore,
    ) -> None:
        try:
            async for text in clauses:
                await ahead.acquire()
                self._asked = True
                clause = Voicing(text, _now())
                made.put_nowait(clause)
                if not await clause.make(self._voice):
                    break
        finally:
            made.put_nowait(None)

    async def _play(self, clause: Voicing) -> None:
        gain, begun = self._controls.gain, False
        async with aclosing(clause.frames(at_once=self._first is None)) as frames:
            async for frame in frames:
                begun = begun or self._begin(clause)
                self._first = self._first or _First(clause.start, clause.asked, _now())
                await self._speaker.play(frame if gain == 1.0 else frame.scaled(gain))
        if not begun:
            self._begin(clause)  # Nothing of it can be pronounced.

    def _begin(self, clause: Voicing) -> bool:
        clause.start = self._speaker.queued
        self._clauses.append(clause)
        self._controls.phase = "speaking"
        return True


def _now() -> float:
    return asyncio.get_running_loop().time()
