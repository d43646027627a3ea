"""Recordings in the place of devices: a WAV as microphone, a WAV or nothing as loudspeaker."""

import asyncio
from collections.abc import AsyncGenerator
from math import ceil
from pathlib import Path

import numpy as np

from audio.frames import FRAME, RATE, AudioFrame, Pcm
from audio.monitor import Monitor
from audio.schedule import Schedule
from audio.script import Script
from audio.timeline import Timeline
from audio.track import Track
from audio.wav import read_wav

PLAY_AHEAD = 1.0
"""Seconds of sound accepted before `play` waits: a clause more than is being said."""


class WavMicrophone:
    """Feeds a recording at the pace at which it was spoken, then silence for ever.

    Frame k comes when its last sample has been spoken, counted from the timeline's origin and not
    from the frame before: a busy loop makes frames late, but time never drifts and nothing is lost.
    A second call of `frames` goes on where the first one stopped.

    Raises:
        WavError: from the constructor, when the file cannot be used.
    """

    def __init__(self, path: Path, timeline: Timeline | None = None) -> None:
        recording = read_wav(path)
        self._pcm = recording.pcm
        self._file_rate = recording.rate
        self._timeline = timeline or Timeline()
        self._next = 0
        self._muted = False

    @property
    def file_rate(self) -> int:
        """Samples per second of the file, before it was brought to RATE."""
        return self._file_rate

    @property
    def dropped(self) -> int:
        """Always 0: a recording waits."""
        return 0

    @property
    def ended(self) -> bool:
        """True once the whole recording has been fed."""
        return self._next >= len(self._pcm)

    @property
    def lost(self) -> bool:
        """Always False: a recording stays."""
        return False

    def mute(self, muted: bool) -> None:
        """Feed silence from now on, or the recording again; what is said meanwhile is missed."""
        self._muted = muted

    def relax(self, relaxed: bool) -> None:
        """A recording keeps its pace: latency is measured on it, and costs are on a device."""

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """Feed the recording, then silence, until the generator is closed."""
        loop = asyncio.get_running_loop()
        origin = self._timeline.begin()
        while True:
            due = origin + (self._next + FRAME) / RATE
            await asyncio.sleep(due - loop.time())
            start, self._next = self._next, self._next + FRAME
            yield AudioFrame(self._piece(start), start)

    def _piece(self, start: int) -> Pcm:
        piece = self._pcm[start : start + FRAME]
        if self._muted:
            return np.zeros(FRAME, dtype=np.int16)
        if len(piece) == FRAME:
            return piece
        return np.pad(piece, (0, FRAME - len(piece)))

    def time_of(self, sample: int) -> float:
        """Loop time, in seconds, of sample number `sample`."""
        return self._timeline.begin() + sample / RATE


class NullSpeaker:
    """Takes exactly as long as a loudspeaker would, and is not heard."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._schedule = Schedule(rate)
        self._changed = asyncio.Event()
        self._script = Script(self._schedule)
        self.monitor = Monitor(self._script)
        """What has sounded lately."""

    @property
    def rate(self) -> int:
        """Samples per second that `play` expects."""
        return self._rate

    @property
    def queued(self) -> int:
        """Samples accepted so far, less those that `flush` threw away."""
        return self._schedule.queued

    @property
    def played(self) -> int:
        """Samples that have sounded so far."""
        return self._schedule.played(_now())

    @property
    def sounding(self) -> bool:
        """True while accepted samples are still to sound."""
        return self.played < self.queued

    @property
    def paused(self) -> bool:
        """True from `pause` to `resume` or `flush`."""
        return self._schedule.paused

    def time_of(self, sample: int) -> float | None:
        """Loop time, in seconds, at which accepted sample number `sample` sounds."""
        return self._schedule.time_of(sample)

    async def play(self, frame: AudioFrame) -> None:
        """Accept a frame behind what is queued; waits while a second is queued already.

        Raises:
            ValueError: the frame's rate is not this speaker's.
        """
        if frame.rate != self._rate:
            raise ValueError(f"a frame at {frame.rate} Hz for a speaker at {self._rate} Hz")
        while (ahead := self._schedule.ahead(_now())) > PLAY_AHEAD:
            await self._changed_or_after(ahead - PLAY_AHEAD)
        self._accept(frame.pcm)

    async def drain(self) -> None:
        """Wait until everything accepted has sounded or been flushed."""
        while self.sounding:
            await self._changed_or_after(self._schedule.ahead(_now()))

    def pause(self) -> None:
        """Fall silent at this instant and forget nothing."""
        self._schedule.pause(self._instant())

    def resume(self) -> None:
        """Go on with the first sample that has not sounded."""
        self._schedule.resume(self._instant())
        self._wake()

    def flush(self) -> None:
        """Throw away what has not sounded yet, and end a pause."""
        self._schedule.cut(_now())
        self._wake()

    async def close(self) -> None:
        """Stop."""
        self.flush()

    def _instant(self) -> float:
        return _now()

    def _accept(self, pcm: Pcm) -> None:
        self._script.add(pcm, self._instant())

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _changed_or_after(self, seconds: float) -> None:
        """Wait so long, or until everything is different; a pause has no end of its own."""
        try:
            async with asyncio.timeout(None if self.paused else seconds):
                await self._changed.wait()
        except TimeoutError:
            return


class WavSpeaker(NullSpeaker):
    """Writes what a loudspeaker would have played, silence included, from the timeline's origin.

    The file has the rate of the input file, so that sample k of both is the same instant. It grows
    with every `play` and `drain` and is a valid WAV all the time; at most the queue is in memory.
    Its short writes go to the page cache on the loop's thread.

    Raises:
        WavError: from the constructor and every call that plays, when it cannot be written.
    """

    def __init__(self, path: Path, timeline: Timeline, *, rate: int, file_rate: int = RATE) -> None:
        super().__init__(rate)
        self._timeline = timeline
        self._file_rate = file_rate
        self._track = Track(path, rate, file_rate)

    async def drain(self) -> None:
        """Wait until everything accepted has sounded or been flushed."""
        await super().drain()
        self._commit()

    def pause(self) -> None:
        """Fall silent at this instant and forget nothing."""
        if not self.paused:
            super().pause()
            self._track.hold(self._position())

    def resume(self) -> None:
        """Go on with the first sample that has not sounded."""
        super().resume()
        self._track.release(self._position())

    def flush(self) -> None:
        """Throw away what has not sounded yet, and end a pause."""
        super().flush()
        self._track.cut(self._position())

    async def close(self) -> None:
        """Write everything up to this moment and finish the file. May be called again."""
        if not self._track.closed:
            await super().close()
            self._commit()
            self._track.close()

    def _position(self) -> int:
        """File position of the first sample that is not in the past."""
        return ceil((_now() - self._timeline.begin()) * self._file_rate - _HAIR)

    def _instant(self) -> float:
        # What begins or ends here does so on a sample of the file: what it holds is what counts.
        return self._timeline.begin() + self._position() / self._file_rate

    def _accept(self, pcm: Pcm) -> None:
        before = self._schedule.last
        super()._accept(pcm)
        if self._schedule.last is not before:
            self._track.begin(self._position())
        self._track.add(pcm)
        self._commit()

    def _commit(self) -> None:
        # A stretch that ended a sample ago cannot grow any more: the next one begins later.
        over = self._schedule.ends() + 1 / self._file_rate < _now()
        self._track.commit(self._position(), over=over)


_HAIR = 1e-6
"""Samples by which a time in floats may miss the sample it was computed from."""


def _now() -> float:
    return asyncio.get_running_loop().time()
