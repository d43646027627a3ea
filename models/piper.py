"""The mouth: Piper, one clause at a time."""

import json
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from pathlib import Path

import numpy as np
from piper import AudioChunk, PiperConfig, PiperVoice

from audio.frames import AudioFrame
from models.ports import EngineFailed
from models.providers import ONNX_ERRORS, Sessions
from models.spoken import Spoken
from models.worker import Worker

_BLOCKS_PER_SECOND = 10
"""A clause is handed over in blocks of 100 ms: small against the second that may be queued."""


class PiperMouth:
    """A `Voice`. The text is normalised on the voice's own thread, off the loop."""

    def __init__(self, voice: PiperVoice, worker: Worker) -> None:
        self._voice = voice
        self._worker = worker
        self._spoken = Spoken()

    @classmethod
    async def load(cls, model: Path, sessions: Sessions, threads: int) -> "PiperMouth":
        """Open a voice and speak a clause into the void: the first inference allocates.

        Args:
            model: the .onnx file; its description lies beside it, with .json added.
            sessions: opens the model where it should run.
            threads: threads for one clause.

        Raises:
            EngineFailed: the description is not one of Piper's, or the model cannot be run.
        """
        worker = Worker("mouth")

        def build() -> "PiperMouth":
            description = model.with_name(f"{model.name}.json").read_text(encoding="utf-8")
            config = PiperConfig.from_dict(json.loads(description))
            session = sessions.open(model, threads).session
            mouth = cls(PiperVoice(session=session, config=config), worker)
            for _ in mouth._say("It is 7:05."):
                pass
            return mouth

        try:
            return await worker.run(build)
        except (OSError, ValueError, KeyError) as error:
            worker.close()
            raise EngineFailed(f"Piper cannot use {model.name}: {error}") from error

    @property
    def rate(self) -> int:
        """Samples per second of the frames."""
        return int(self._voice.config.sample_rate)

    async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
        """See `Voice.say`. A clause without anything to pronounce yields no frame."""
        async with aclosing(self._worker.draw(lambda: self._say(clause))) as frames:
            async for frame in frames:
                yield frame

    def close(self) -> None:
        """Wait for the clause in hand."""
        self._worker.close()

    def _say(self, clause: str) -> Generator[AudioFrame, None, None]:
        block = self.rate // _BLOCKS_PER_SECOND
        start = 0
        for chunk in self._chunks(clause):
            pcm = np.frombuffer(chunk.audio_int16_bytes, dtype=np.int16)
            for at in range(0, len(pcm), block):
                frame = AudioFrame(pcm[at : at + block], start, self.rate)
                yield frame
                start = frame.end

    def _chunks(self, clause: str) -> Generator[AudioChunk, None, None]:
        try:
            yield from self._voice.synthesize(self._spoken(clause))
        except ONNX_ERRORS as error:
            raise EngineFailed(f"Piper could not speak: {error}") from error
