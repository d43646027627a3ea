"""Speech that is ready before it is wanted: clauses made ahead, and phrases that are said often."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from audio.frames import AudioFrame, Pcm
from models.kept_phrases import MOST_BYTES, KeptPhrases
from models.ports import Voice
from models.worker import Worker

_CLAUSES: Final = 8
"""Clauses that stay in memory after they were made: what is speculated, and what is said again."""

_SECONDS: Final = 30.0
"""Length of all of them together: 1.3 MB at 22,050 Hz."""

_BLOCKS_PER_SECOND: Final = 10

Sound = tuple[AudioFrame, ...]


async def _at_once() -> None:
    """Nothing to wait for."""


class _Making:
    """A clause being synthesised; whoever wants it follows it from its first frame."""

    def __init__(self, make: Callable[["_Making"], Awaitable[None]]) -> None:
        self.frames: list[AudioFrame] = []
        self.wanted = 0
        self._grown = asyncio.Event()
        self._task = asyncio.ensure_future(make(self))
        self._task.add_done_callback(lambda _: self._grown.set())

    def add(self, frame: AudioFrame) -> None:
        """One more frame is there."""
        self.frames.append(frame)
        self._grown.set()

    async def follow(self) -> AsyncGenerator[AudioFrame, None]:
        """Yield all frames, waiting for those that are not there yet."""
        at = 0
        while True:
            while at < len(self.frames):
                yield self.frames[at]
                at += 1
            if self._task.done():
                self._task.result()
                return
            self._grown.clear()
            await self._grown.wait()

    async def stop(self) -> None:
        """Cancel and wait, also when cancelled meanwhile; nobody wants it any more."""
        cancelled: asyncio.CancelledError | None = None
        self._task.cancel()
        while not self._task.done():
            try:
                await asyncio.wait([self._task])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled
        if not self._task.cancelled():
            self._task.exception()  # Whoever wanted it has been told.


class PhraseCache:
    """A `PreparingVoice`: says at once what was prepared, or is kept, or was said a moment ago.

    The voice inside is asked for one clause at a time. A clause that is wanted is never made
    twice: who comes while it is being made gets what is there and then follows.

    Args:
        voice: makes what is not there.
        folder: where phrases are kept over a restart; None keeps them in memory alone.
        identity: of the voice's weights and everything else that decides how a text sounds.
    """

    def __init__(self, voice: Voice, folder: Path | None, identity: str) -> None:
        self._voice = voice
        self._free = asyncio.Lock()
        self._makings: dict[str, _Making] = {}
        self._recent: OrderedDict[str, Sound] = OrderedDict()
        self._kept: dict[str, Sound] = {}
        self._files = KeptPhrases(folder, f"{identity} {voice.rate}") if folder else None
        self._disk = Worker("phrases")
        self._wanted = 0
        self._calm = asyncio.Event()
        self._calm.set()

    @property
    def rate(self) -> int:
        """Samples per second of the frames."""
        return self._voice.rate

    async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
        """See `Voice.say`."""
        if (sound := self._found(clause)) is not None:
            for frame in sound:
                yield frame
            return
        async with self._urgent(), self._made(clause) as making, aclosing(making.follow()) as made:
            async for frame in made:
                yield frame
            self._remember(clause, tuple(making.frames))

    def holds(self, clause: str) -> bool:
        """Whether `say` of it would start at once."""
        return clause in self._kept or clause in self._recent

    async def prepare(self, clause: str) -> None:
        """Make a clause so that `say` of it starts at once. May be cancelled at any time.

        Raises:
            EngineFailed: the voice gave up.
        """
        if self._found(clause) is None:
            async with self._urgent(), self._made(clause) as making:
                self._remember(clause, await _whole(making))

    async def keep(
        self, phrases: Iterable[str], idle: Callable[[], Awaitable[None]] = _at_once
    ) -> None:
        """Have phrases ready from now on, and after a restart; takes the place of an earlier call.

        The first ones matter most: what is more than the room for them is left out. They must hold
        nothing of what people said, because they are written to disk.

        Args:
            phrases: whole clauses, just as they will be asked of `say`.
            idle: returns when there is time for a phrase; asked before each that must be made.

        Raises:
            EngineFailed: the voice gave up.
        """
        kept: dict[str, Sound] = {}
        room = MOST_BYTES
        for phrase in dict.fromkeys(phrases):
            sound = self._kept.get(phrase) or await self._load(phrase)
            if sound is None:
                await idle()
                sound = await self._synthesised(phrase)
            room -= sum(frame.pcm.nbytes for frame in sound)
            if room < 0:
                break
            kept[phrase] = sound
            self._kept[phrase] = sound
        self._kept = kept

    def forget(self) -> None:
        """Let go of everything but the phrases that are kept."""
        self._recent.clear()

    async def close(self) -> None:
        """Stop what is being made. The voice inside stays open."""
        for making in list(self._makings.values()):
            await making.stop()
        self._disk.close()

    def _found(self, clause: str) -> Sound | None:
        if clause in self._recent:
            self._recent.move_to_end(clause)
            return self._recent[clause]
        return self._kept.get(clause)

    @asynccontextmanager
    async def _urgent(self) -> AsyncIterator[None]:
        """While somebody wants to hear something, nothing is begun for later."""
        self._wanted += 1
        self._calm.clear()
        try:
            yield
        finally:
            self._wanted -= 1
            if not self._wanted:
                self._calm.set()

    @asynccontextmanager
    async def _made(self, clause: str) -> AsyncIterator[_Making]:
        """Join the making of a clause, or begin it; the last one to leave stops it."""
        making = self._makings.get(clause)
        if making is None:
            making = self._makings[clause] = _Making(partial(self._make, clause))
        making.wanted += 1
        try:
            yield making
        finally:
            making.wanted -= 1
            if not making.wanted:
                # Nobody may join from here on: it is about to end without an end.
                if self._makings.get(clause) is making:
                    del self._makings[clause]
                await making.stop()

    async def _make(self, clause: str, making: _Making) -> None:
        async with self._free, aclosing(self._voice.say(clause)) as frames:
            async for frame in frames:
                making.add(frame)

    def _remember(self, clause: str, sound: Sound) -> None:
        self._recent[clause] = sound
        self._recent.move_to_end(clause)
        while len(self._recent) > _CLAUSES or sum(map(_seconds, self._recent.values())) > _SECONDS:
            self._recent.popitem(last=False)

    async def _load(self, phrase: str) -> Sound | None:
        if self._files is None:
            return None
        pcm = await self._disk.run(partial(self._files.load, phrase))
        return None if pcm is None else _framed(pcm, self.rate)

    async def _synthesised(self, phrase: str) -> Sound:
        while self._wanted:
            await self._calm.wait()
        async with self._made(phrase) as making:
            sound = await _whole(making)
        if self._files is not None:
            pcm = _joined(sound)
            await self._disk.run(partial(self._files.save, phrase, pcm))
        return sound


async def _whole(making: _Making) -> Sound:
    async with aclosing(making.follow()) as frames:
        return tuple([frame async for frame in frames])


def _seconds(sound: Sequence[AudioFrame]) -> float:
    return sound[-1].end / sound[-1].rate if sound else 0.0


def _joined(sound: Sequence[AudioFrame]) -> Pcm:
    return np.concatenate([*(frame.pcm for frame in sound), np.empty(0, dtype=np.int16)])


def _framed(pcm: Pcm, rate: int) -> Sound:
    block = rate // _BLOCKS_PER_SECOND
    return tuple(
        AudioFrame(pcm[start : start + block], start, rate) for start in range(0, len(pcm), block)
    )
