"""A sound system without sound: the test is the hardware and calls the callbacks itself."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from audio.frames import Pcm
from audio.ports import DeviceError
from audio.sound_system import Capture, Device, Direction, Fill

DEVICE = Device(0, "Scripted Card", 1, 2, 48_000, True, True)


@dataclass
class ScriptedStream:
    rate: int
    ended: Callable[[], None]
    capture: Capture | None = None
    fill: Fill | None = None
    closed: bool = False
    hang: threading.Event | None = None

    def close(self) -> None:
        assert not self.closed, "closed twice"
        if self.hang:
            self.hang.wait(10)
        self.closed = True
        self.ended()  # PortAudio says so after every stop, also after one that was asked for.

    def hears(self, pcm: Pcm, age: float = 0.0) -> None:
        assert self.capture
        assert not self.closed
        self.capture(pcm, age)

    def plays(self, count: int, sounds_in: float = 0.0) -> Pcm:
        assert self.fill
        assert not self.closed
        return self.fill(count, sounds_in)


@dataclass
class ScriptedSound:
    """Attributes: streams opened so far; refusals: how many attempts to open will fail."""

    streams: list[ScriptedStream] = field(default_factory=list)
    refusals: int = 0
    refreshed: int = 0
    abandoned: bool = False

    def find(self, direction: Direction, wanted: str | int | None) -> Device:
        if not DEVICE.is_called(wanted, direction):
            raise DeviceError(f"no device is called {wanted!r}")
        return DEVICE

    def refresh(self) -> None:
        assert all(stream.closed for stream in self.streams)
        self.refreshed += 1

    def _opened(self, stream: ScriptedStream) -> ScriptedStream:
        if self.refusals:
            self.refusals -= 1
            raise DeviceError("Scripted Card cannot be opened: busy")
        self.streams.append(stream)
        return stream

    def record(
        self, device: Device, rate: int | None, capture: Capture, ended: Callable[[], None]
    ) -> ScriptedStream:
        return self._opened(ScriptedStream(rate or device.rate, ended, capture=capture))

    def play(
        self, device: Device, rate: int | None, fill: Fill, ended: Callable[[], None]
    ) -> ScriptedStream:
        return self._opened(ScriptedStream(rate or device.rate, ended, fill=fill))

    def abandon(self) -> None:
        self.abandoned = True
