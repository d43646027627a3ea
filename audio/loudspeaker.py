"""A loudspeaker: takes speech at the voice's rate and knows which of it has been heard."""

import asyncio

import numpy as np

from audio.frames import AudioFrame, Pcm
from audio.line import LOST_AFTER, Line
from audio.monitor import Monitor, Reel
from audio.playback import PLAY_AHEAD
from audio.portaudio import PortAudio
from audio.pump import JITTER, Pump
from audio.sound_system import SoundSystem, Stream

_TAIL = 0.06
"""Seconds before the queue runs dry at which the resampler gives up its last samples: three
blocks, so that the end of a word never waits for the next word."""

_LEAST_WAIT = 0.005
"""Seconds: rounding may leave less than a sample to wait for."""

_GLANCE = 0.25
"""Seconds between two looks at whether the device still takes blocks."""


class DeviceSpeaker:
    """Speech on a sound device. `run` must be running: it opens the device and keeps it open.

    While the device is away, `play` discards what it is given: nobody hears it, so it counts
    neither as queued nor as played.

    Args:
        rate: samples per second that `play` expects: the voice's.
        device: index or part of the name; None takes the default one.
        device_rate: samples per second to open the device with; None takes 48 kHz or its own.
        system: None takes PortAudio.

    Raises:
        DeviceError: from the constructor, when there is no such device; says what to do.
    """

    def __init__(
        self,
        rate: int,
        device: str | int | None = None,
        *,
        device_rate: int | None = None,
        system: SoundSystem | None = None,
    ) -> None:
        self._system = system or PortAudio()
        self._rate = rate
        self._wanted = device
        self._device_rate = device_rate
        self.name = self._system.find("output", device).name
        self._pump: Pump | None = None
        self._said = 0
        self._changed = asyncio.Event()
        self._tail: asyncio.TimerHandle | None = None
        self._runner: asyncio.Task[None] | None = None
        self._reel = Reel(JITTER)
        self.monitor = Monitor(self._reel)
        """What the device has really played lately."""
        self.opened = asyncio.Event()
        """Set once the device has been opened for the first time."""

    async def run(self) -> None:
        """Keep the device open until `close` or cancellation; a lost one is opened again for ever.

        Raises:
            DeviceError: the sound server is frozen; the process should exit.
        """
        self._runner = asyncio.current_task()
        taps = _Taps(self)
        line = Line("loudspeaker", self._system, lambda: self._connect(taps))
        try:
            while True:
                stream = await line.open()
                self._pump = Pump(self._rate, stream.rate, self._said)
                self.opened.set()
                await taps.until_lost()
                self._leave()
        finally:
            self._leave()
            await line.close()

    def _connect(self, taps: "_Taps") -> Stream:
        taps.begin()
        device = self._system.find("output", self._wanted)
        return self._system.play(device, self._device_rate, taps.fill, taps.end)

    def _leave(self) -> None:
        self.flush()
        self._said = self.queued
        self._pump = None

    @property
    def rate(self) -> int:
        """Samples per second that `play` expects."""
        return self._rate

    @property
    def queued(self) -> int:
        """Samples accepted so far, less those that were thrown away."""
        return self._pump.queued if self._pump else self._said

    @property
    def played(self) -> int:
        """Samples that have left the loudspeaker so far."""
        return self._pump.played(_now()) if self._pump else self._said

    @property
    def sounding(self) -> bool:
        """True while accepted samples are still to be heard."""
        return self.played < self.queued

    @property
    def paused(self) -> bool:
        """True from `pause` to `resume`, `flush` or the loss of the device."""
        return self._pump is not None and self._pump.paused

    def time_of(self, sample: int) -> float | None:
        """Loop time, in seconds, at which accepted sample `sample` is heard, once that is known."""
        return self._pump.time_of(sample) if self._pump else None

    async def play(self, frame: AudioFrame) -> None:
        """Queue a frame; waits while a second is queued already.

        Raises:
            ValueError: the frame's rate is not this speaker's.
        """
        if frame.rate != self._rate:
            raise ValueError(f"a frame at {frame.rate} Hz for a speaker at {self._rate} Hz")
        while self._pump and (ahead := self._pump.ahead(_now())) > PLAY_AHEAD:
            await self._changed_or_after(ahead - PLAY_AHEAD)
        if self._pump:
            self._pump.give(frame.pcm)
            if not self._pump.paused:
                self._expect_tail(self._pump)

    async def drain(self) -> None:
        """Wait until everything accepted has been heard, flushed, or lost with its device."""
        if self._pump:
            self._pump.finish()
        while self._pump and self.sounding:
            await self._changed_or_after(max(_LEAST_WAIT, self._pump.ahead(_now())))

    def flush(self) -> None:
        """Stop at once and end a pause: what the device has taken, some 20 ms, is still heard."""
        self._forget_tail()
        if self._pump:
            self._pump.flush()
        self._wake()

    def pause(self) -> None:
        """Fall silent: what the device has already taken, some 20 ms, and a fade are heard."""
        if self._pump:
            self._forget_tail()
            self._pump.pause()

    def resume(self) -> None:
        """Go on where `pause` fell silent."""
        if self._pump and self._pump.paused:
            self._pump.resume()
            self._expect_tail(self._pump)
            self._wake()

    async def close(self) -> None:
        """Stop, end `run` and let go of the device."""
        self.flush()
        if self._runner:
            self._runner.cancel()
            await asyncio.wait([self._runner])

    def _expect_tail(self, pump: Pump) -> None:
        self._forget_tail()
        dry_in = max(0.0, pump.ahead(_now()) - _TAIL)
        self._tail = asyncio.get_running_loop().call_later(dry_in, pump.finish)

    def _forget_tail(self) -> None:
        if self._tail:
            self._tail.cancel()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _changed_or_after(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(None if self.paused else seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    def fill(self, count: int, when: float) -> Pcm:
        """The next block for the device; called on its thread."""
        pump = self._pump
        if pump is None:
            return np.zeros(count, dtype=np.int16)
        block = pump.fill(count, when)
        self._reel.take(block, when, pump.device_rate)
        return block


class _Taps:
    """What the device's thread calls, and what is noticed when it stops calling."""

    def __init__(self, speaker: DeviceSpeaker) -> None:
        self._speaker = speaker
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._last = 0.0

    def begin(self) -> None:
        """A stream is about to be opened; on the thread that opens it."""
        self._last = self._loop.time()
        self._loop.call_soon_threadsafe(self._ended.clear)

    def fill(self, count: int, sounds_in: float) -> Pcm:
        """A block is wanted."""
        self._last = self._loop.time()
        return self._speaker.fill(count, self._last + sounds_in)

    def end(self) -> None:
        """The stream stopped by itself."""
        self._loop.call_soon_threadsafe(self._ended.set)

    async def until_lost(self) -> None:
        """Wait until the stream stops or asks for nothing any more."""
        while not self._ended.is_set() and self._loop.time() - self._last < LOST_AFTER:
            try:
                async with asyncio.timeout(_GLANCE):
                    await self._ended.wait()
            except TimeoutError:
                continue


def _now() -> float:
    return asyncio.get_running_loop().time()
