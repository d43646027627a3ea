"""Works ahead: at the first pause the decode starts, long before the turn is certain."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from audio.frames import Utterance
from memory.records import MemoryFailed
from models.ports import ModelError, Transcriber, Transcript

log = logging.getLogger(__name__)

T = TypeVar("T")

Ahead = Callable[[str], Awaitable[None]]
"""What can be done with words that may be the whole question; it must have no effects."""


class Hearing:
    """At most one transcription at a time; one of an utterance that went on is thrown away."""

    def __init__(self, transcriber: Transcriber, vocabulary: Callable[[], Sequence[str]]) -> None:
        self._transcriber = transcriber
        self._vocabulary = vocabulary
        self._words: asyncio.Task[Transcript] | None = None
        self._sound = (-1, 0)
        self._owned: set[asyncio.Task[Any]] = set()

    def begin(self, utterance: Utterance, ahead: Ahead | None = None) -> None:
        """Start on what was said so far, and go on with its words."""
        self.resumed()
        self._sound = _sound(utterance)
        decode = self._transcriber.transcribe(utterance, self._vocabulary())
        self._words = self._own(decode, "transcribe")
        if ahead is not None:
            self._own(_prepare(self._words, ahead), "ahead")

    def resumed(self) -> None:
        """The person went on speaking: what was begun is void."""
        # Awaited in close(): the engines' own threads put what comes next in order behind it.
        for task in self._owned:
            task.cancel()
        self._words = None

    async def words(self, utterance: Utterance) -> Transcript:
        """The transcript of the finished utterance, from the early decode if it still holds.

        Raises:
            EngineFailed: the transcriber gave up.
        """
        if self._words is None or self._sound != _sound(utterance):
            self.begin(utterance)
        assert self._words is not None  # noqa: S101 - begin() has just set it
        task, self._words = self._words, None
        self._owned.discard(task)  # It is the caller's now: new speech must not cancel it.
        return await task

    async def close(self) -> None:
        """Cancel what is under way and wait for it."""
        self.resumed()
        if self._owned:
            await asyncio.wait(self._owned)

    def _own(self, work: Coroutine[Any, Any, T], name: str) -> "asyncio.Task[T]":
        task = asyncio.create_task(work, name=name)
        self._owned.add(task)
        task.add_done_callback(self._disown)
        return task

    def _disown(self, task: "asyncio.Task[Any]") -> None:
        self._owned.discard(task)
        # Whoever wants the words is told of their failure; of a void decode nobody is.
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ModelError | MemoryFailed):
            log.error("a defect while working ahead: %s", type(error).__name__)


async def _prepare(words: "asyncio.Task[Transcript]", ahead: Ahead) -> None:
    await asyncio.wait([words])
    if words.cancelled() or words.exception() is not None or not words.result().text:
        return
    try:
        await ahead(words.result().text)
    except (MemoryFailed, ModelError) as error:
        log.warning("nothing is prepared for this turn: %s", error)


def _sound(utterance: Utterance) -> tuple[int, int]:
    """Tells utterances apart by their samples; `ended` is looked at again with more silence."""
    return utterance.start, len(utterance.pcm)
