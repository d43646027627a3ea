"""Words from sound: provisional ones while somebody speaks, final ones from the first pause on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from audio.frames import Utterance
from daemon.shielded import runs
from memory.records import MemoryFailed
from models.agreement import Agreement
from models.ports import ModelError, Transcriber, Transcript

log = logging.getLogger(__name__)

T = TypeVar("T")

Ahead = Callable[["asyncio.Task[Transcript]"], Awaitable[None]]
"""What can be done with words that may be the whole question; it must have no effects."""

_SPANS = 4
"""Decodes whose times are remembered: that of a turn, and of what interrupts it."""


@dataclass(frozen=True, slots=True)
class Partial:
    """What somebody seems to have said so far.

    Attributes:
        stable: words that two decodes agreed on.
        unstable: the last decode's words behind them.
    """

    stable: str = ""
    unstable: str = ""


Told = Callable[[Partial], Awaitable[None]]
"""Told of provisional words; it must have no effects that matter."""


class Hearing:
    """At most one transcription at a time; one of an utterance that went on is thrown away."""

    def __init__(
        self,
        transcriber: Transcriber,
        vocabulary: Callable[[], Sequence[str]],
        *,
        edit: Callable[[Transcript], Transcript] = lambda transcript: transcript,
    ) -> None:
        """Hear nothing yet.

        Args:
            transcriber: writes down.
            vocabulary: names of the house that make hearing them likelier.
            edit: what is left of the words, e.g. without what the assistant is called.
        """
        self._transcriber = transcriber
        self._vocabulary = vocabulary
        self._edit = edit
        self._words: asyncio.Task[Transcript] | None = None
        self._sketch: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._agreement = Agreement()
        self._sound = (-1, 0)
        self._spans: dict[tuple[int, int], tuple[float, float]] = {}
        self._owned: set[asyncio.Task[Any]] = set()

    def started(self) -> None:
        """Somebody began to speak."""
        self.resumed()
        self._agreement = Agreement()

    def grew(self, utterance: Utterance, told: Told) -> None:
        """Sketch what was said so far, unless the sketch before is still being made."""
        if not runs(self._sketch):
            self._sketch = self._own(self._sketched(utterance, told), "sketch")

    def meanwhile(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something with what was sketched, unless the last such work still goes on."""
        if runs(self._reading):
            work.close()
        else:
            self._reading = self._own(work, "read ahead")

    def begin(self, utterance: Utterance, ahead: Ahead | None = None) -> None:
        """Start on what was said so far, and go on with its words."""
        self.resumed()
        self._sound = _sound(utterance)
        self._words = self._own(self._decoded(utterance), "transcribe")
        if ahead is not None:
            self._own(_prepare(self._words, ahead), "ahead")

    def resumed(self) -> None:
        """The person went on speaking: what was begun is void."""
        # Awaited in close(): the engines' own threads put what comes next in order behind it.
        for task in self._owned:
            task.cancel()
        self._words = None

    def holds(self, utterance: Utterance) -> bool:
        """Whether the words of exactly this sound are being made or wait to be asked for."""
        return self._words is not None and self._sound == _sound(utterance)

    async def words(self, utterance: Utterance) -> Transcript:
        """The transcript of the finished utterance, from the early decode if it still holds.

        Raises:
            EngineFailed: the transcriber gave up.
        """
        if not self.holds(utterance):
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

    def decoded(self, utterance: Utterance) -> tuple[float, float] | None:
        """Loop times between which an utterance was written down; None if it was not lately."""
        return self._spans.get(_sound(utterance))

    async def _decoded(self, utterance: Utterance) -> Transcript:
        now = asyncio.get_running_loop().time
        began = now()
        transcript = await self._transcriber.transcribe(utterance, self._vocabulary())
        while len(self._spans) >= _SPANS:
            del self._spans[next(iter(self._spans))]
        self._spans[_sound(utterance)] = began, now()
        return self._edit(transcript)

    async def _sketched(self, utterance: Utterance, told: Told) -> None:
        sketch = await self._transcriber.sketch(utterance, self._vocabulary())
        self._agreement.hear(sketch.text)
        await told(Partial(self._agreement.stable, self._agreement.unstable))

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
    try:
        await ahead(words)
    except (MemoryFailed, ModelError) as error:
        log.warning("nothing is prepared for this turn: %s", error)


def _sound(utterance: Utterance) -> tuple[int, int]:
    """Tells utterances apart by their samples; `ended` is looked at again with more silence."""
    return utterance.start, len(utterance.pcm)
