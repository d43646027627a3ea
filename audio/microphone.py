"""A microphone: the device's own rate in, frames of the ear out, and no end to its patience."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import numpy as np

from audio.frames import FRAME, RATE, AudioFrame, Pcm
from audio.line import LOST_AFTER, Line
from audio.portaudio import PortAudio
from audio.ports import DeviceError
from audio.resampling import Resampler, to_floats, to_int16
from audio.ring import Block, Ring
from audio.sample_clock import SampleClock
from audio.sound_system import SoundSystem, Stream


class DeviceMicrophone:
    """Frames of a sound device.

    `start` counts the time of the device: when it was away or muted, or frames were dropped,
    `start` jumps by what is missing, and nothing is delivered meanwhile, so whoever counts frames
    notices. Muted means closed: the sound server knows of no stream that could be listened to.

    A sound server that loses a device may connect the stream to another source without a word, in
    the worst case to the monitor of the loudspeaker. PortAudio cannot tell; choose the device by
    name, or switch that rescue off in the sound server.

    Args:
        device: index or part of the name; None takes the default one.
        rate: samples per second to open the device with; None takes 48 kHz or the device's own.
        system: None takes PortAudio.

    Raises:
        DeviceError: from the constructor, when there is no such device; says what to do.
    """

    def __init__(
        self,
        device: str | int | None = None,
        *,
        rate: int | None = None,
        system: SoundSystem | None = None,
    ) -> None:
        self._system = system or PortAudio()
        self._wanted = device
        self._rate = rate
        self.name = self._system.find("input", device).name
        self._dropped = 0
        self._ring: Ring | None = None
        self._clock: SampleClock | None = None
        self._next = 0
        self._lost = self._closing = self._relaxed = False
        self._muting = asyncio.Event()
        self._hearing = asyncio.Event()
        self._hearing.set()

    @property
    def dropped(self) -> int:
        """Frames lost because the event loop stood still for more than five seconds."""
        return self._dropped + (self._ring.dropped if self._ring else 0)

    @property
    def ended(self) -> bool:
        """Always False: a device never ends."""
        return False

    @property
    def lost(self) -> bool:
        """True while the device is away and being opened again."""
        return self._lost

    def mute(self, muted: bool) -> None:
        """Close the device, or open it again; its frames come within some 0.3 s."""
        wanted, unwanted = (self._muting, self._hearing) if muted else (self._hearing, self._muting)
        wanted.set()
        unwanted.clear()
        if muted and self._ring:
            self._closing = True
            self._ring.end()

    def relax(self, relaxed: bool) -> None:
        """Let frames come five at once from now on, or one by one."""
        self._relaxed = relaxed
        if self._ring:
            self._ring.relaxed = relaxed

    def time_of(self, sample: int) -> float:
        """Loop time, in seconds, at which `sample` was at the microphone."""
        if self._clock is None:
            return asyncio.get_running_loop().time() + sample / RATE
        return self._clock.time_of(sample)

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """Capture until the generator is closed; a lost device is opened again for ever.

        Raises:
            DeviceError: the sound server is frozen; the process should exit.
        """
        line = Line("microphone", self._system, self._connect)
        try:
            while True:
                await self._hearing.wait()
                self._ring = ring = Ring()
                ring.relaxed = self._relaxed
                if stream := await self._opened(line):
                    async with aclosing(self._captured(ring, stream.rate)) as captured:
                        async for frame in captured:
                            yield frame
                self._dropped, self._ring = self.dropped, None
                self._lost = not self._closing
                if self._closing:
                    self._closing = False
                    await line.close()
        finally:
            await line.close()

    async def _opened(self, line: Line) -> Stream | None:
        """Open the line unless it is muted first: a lost device is not looked for meanwhile."""
        opening = asyncio.create_task(line.open(), name="microphone opens")
        muting = asyncio.create_task(self._muting.wait(), name="microphone is muted")
        try:
            await asyncio.wait((opening, muting), return_when=asyncio.FIRST_COMPLETED)
            return opening.result() if opening.done() else None
        finally:
            opening.cancel()
            muting.cancel()
            await asyncio.wait((opening, muting))

    async def _captured(self, ring: Ring, rate: int) -> AsyncGenerator[AudioFrame, None]:
        """Frames of one stream until it is lost or muted."""
        run: _Run | None = None
        while (block := await ring.take(LOST_AFTER)) and not self._closing:
            self._lost = False
            run = run or _Run(rate, self._index_of(block))
            self._note(run.index_of(block.position), block.captured)
            for frame in run.frames(block):
                self._next = frame.end
                yield frame

    def _connect(self) -> Stream:
        ring = self._ring
        if ring is None:
            raise DeviceError("the microphone is not in use")
        device = self._system.find("input", self._wanted)
        return self._system.record(device, self._rate, ring.capture, ring.end)

    def _index_of(self, block: Block) -> int:
        """Where a new run begins: time went on while the device was away."""
        return max(self._next, self._clock.sample_at(block.captured)) if self._clock else 0

    def _note(self, sample: int, when: float) -> None:
        if self._clock is None:
            self._clock = SampleClock(sample, when)
        self._clock.note(sample, when)


class _Run:
    """Blocks of one stream become frames; `origin` is the index of its first sample at RATE."""

    def __init__(self, rate: int, origin: int) -> None:
        self._rate = rate
        self._origin = origin
        self._expected = -1
        self._start = origin
        self._resampler = Resampler(rate, RATE)
        self._rest: Pcm = np.empty(0, dtype=np.int16)

    def index_of(self, position: int) -> int:
        """Index at RATE of a sample of the device."""
        return self._origin + round(position * RATE / self._rate)

    def frames(self, block: Block) -> Iterator[AudioFrame]:
        """All frames that are complete with this block; what was dropped is a gap in `start`."""
        if block.position != self._expected:
            self._start = self.index_of(block.position)
            self._resampler = Resampler(self._rate, RATE)
            self._rest = self._rest[:0]
        self._expected = block.position + len(block.pcm)
        ready = to_int16(self._resampler.feed(to_floats(block.pcm)))
        self._rest = np.concatenate((self._rest, ready))
        while len(self._rest) >= FRAME:
            yield AudioFrame(self._rest[:FRAME], self._start)
            self._rest = self._rest[FRAME:]
            self._start += FRAME
