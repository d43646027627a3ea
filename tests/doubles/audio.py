"""Microphone and loudspeaker on virtual time; they insist on being used as their ports say."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import numpy as np

from audio.frames import FRAME, RATE, AudioFrame, Pcm
from audio.playback import NullSpeaker
from audio.ports import DeviceError


class ScriptedMicrophone:
    """Feeds samples at their pace from the moment `frames` is first iterated, then silence.

    Args:
        pcm: what is heard, mono int16 at RATE.
        fails_at: loop seconds after the start at which the device freezes; None for never.
    """

    def __init__(self, pcm: Pcm | None = None, *, fails_at: float | None = None) -> None:
        self._pcm = np.empty(0, dtype=np.int16) if pcm is None else pcm
        self._fails_at = fails_at
        self._origin: float | None = None
        self._next = 0
        self.dropped = 0
        self.lost = False
        self.capturing = False
        self.muted = self.relaxed = False

    @classmethod
    def saying(cls, *parts: Pcm | float) -> "ScriptedMicrophone":
        """Sounds, and seconds of silence between them, one after another."""
        pieces = [
            np.zeros(round(part * RATE), dtype=np.int16) if isinstance(part, int | float) else part
            for part in parts
        ]
        return cls(np.concatenate(pieces))

    @property
    def ended(self) -> bool:
        return self._next >= len(self._pcm)

    def time_of(self, sample: int) -> float:
        assert self._origin is not None, "time_of before the first frame was asked for"
        return self._origin + sample / RATE

    def mute(self, muted: bool) -> None:
        assert muted != self.muted, "muted or opened twice"
        self.muted = muted

    def relax(self, relaxed: bool) -> None:
        assert relaxed != self.relaxed, "told twice"
        self.relaxed = relaxed

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        assert not self.capturing, "frames() called while an earlier generator is still open"
        self.capturing = True
        loop = asyncio.get_running_loop()
        if self._origin is None:
            self._origin = loop.time()
        try:
            while True:
                await asyncio.sleep(self.time_of(self._next + FRAME) - loop.time())
                if self._fails_at is not None and self._next >= self._fails_at * RATE:
                    raise DeviceError("the sound server is frozen")
                pcm = self._pcm[self._next : self._next + FRAME]
                start, self._next = self._next, self._next + FRAME
                if self.muted:
                    continue
                yield AudioFrame(np.pad(pcm, (0, FRAME - len(pcm))), start)
        finally:
            self.capturing = False


class RecordingSpeaker(NullSpeaker):
    """Takes the time that playing takes and remembers every call, with the loop time it came at.

    Attributes:
        calls: names of the calls in order: "play", "drain", "pause", "resume", "flush", "close".
        frames: what `play` accepted.
        accepted_at: loop times at which `play` returned.
        paused_at, resumed_at, flushed_at: loop times of the pauses, resumptions and flushes.
        closed: nothing but a further `close` may follow.
    """

    def __init__(self, rate: int = 22_050) -> None:
        super().__init__(rate)
        self.calls: list[str] = []
        self.frames: list[AudioFrame] = []
        self.accepted_at: list[float] = []
        self.paused_at: list[float] = []
        self.resumed_at: list[float] = []
        self.flushed_at: list[float] = []
        self.closed = False
        self._playing = False

    @property
    def heard(self) -> Pcm:
        """The samples that have sounded so far, in order, when nothing was ever flushed."""
        assert not self.flushed_at, "after a flush it is not known which frames were heard"
        pieces: Sequence[Pcm] = [frame.pcm for frame in self.frames]
        return np.concatenate([*pieces, np.empty(0, dtype=np.int16)])[: self.played]

    def _called(self, name: str) -> None:
        assert not self.closed, f"{name} after close"
        self.calls.append(name)

    async def play(self, frame: AudioFrame) -> None:
        self._called("play")
        assert not self._playing, "play called while an earlier play still waits"
        self._playing = True
        try:
            await super().play(frame)
        finally:
            self._playing = False
        self.frames.append(frame)
        self.accepted_at.append(asyncio.get_running_loop().time())

    async def drain(self) -> None:
        self._called("drain")
        await super().drain()

    def pause(self) -> None:
        self._called("pause")
        self.paused_at.append(asyncio.get_running_loop().time())
        super().pause()

    def resume(self) -> None:
        self._called("resume")
        self.resumed_at.append(asyncio.get_running_loop().time())
        super().resume()

    def flush(self) -> None:
        self._called("flush")
        self.flushed_at.append(asyncio.get_running_loop().time())
        super().flush()

    async def close(self) -> None:
        if self.closed:
            return
        self.calls.append("close")
        self._schedule.cut(asyncio.get_running_loop().time())
        self.closed = True
