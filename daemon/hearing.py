"""Transcribes ahead: at the first pause the decode starts, long before the turn is certain."""

import asyncio
from collections.abc import Callable, Sequence

from audio.frames import Utterance
from models.ports import Transcriber, Transcript


class Hearing:
    """At most one transcription at a time; one of an utterance that went on is thrown away."""

    def __init__(self, transcriber: Transcriber, vocabulary: Callable[[], Sequence[str]]) -> None:
        self._transcriber = transcriber
        self._vocabulary = vocabulary
        self._task: asyncio.Task[Transcript] | None = None
        self._ended = -1
        self._void: set[asyncio.Task[Transcript]] = set()

    def begin(self, utterance: Utterance) -> None:
        """Start on what was said so far."""
        self._drop()
        self._ended = utterance.ended
        self._task = asyncio.create_task(
            self._transcriber.transcribe(utterance, self._vocabulary()), name="transcribe"
        )

    def resumed(self) -> None:
        """The person went on speaking: what was begun is void."""
        self._drop()

    async def words(self, utterance: Utterance) -> Transcript:
        """The transcript of the finished utterance, from the early decode if it still holds.

        Raises:
            EngineFailed: the transcriber gave up.
        """
        if self._task is None or self._ended != utterance.ended:
            self.begin(utterance)
        assert self._task is not None  # noqa: S101 - begin() has just set it
        task, self._task = self._task, None
        try:
            return await task
        finally:
            await _stop(task)

    async def close(self) -> None:
        """Cancel what is under way and wait for it."""
        self._drop()
        if self._void:
            await asyncio.wait(self._void)

    def _drop(self) -> None:
        if self._task is not None:
            # Awaited in close(): the engine's own thread puts the next decode in order behind it.
            self._task.cancel()
            self._void.add(self._task)
            self._task.add_done_callback(self._void.discard)
            self._task = None


async def _stop(task: "asyncio.Task[Transcript]") -> None:
    task.cancel()
    await asyncio.wait([task])
