"""PortAudio, and the only place that touches it: devices by name, streams as plain callbacks."""

import atexit
import importlib
import threading
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from audio.ports import DeviceError
from audio.sound_system import Capture, Device, Direction, Fill, Stream

_BLOCKS_PER_SECOND = 50
"""Callbacks get 20 ms at a time: one frame of the ear."""

_GOOD_RATE = 48_000
"""Asked for first: what nearly all hardware runs at. What PortAudio calls the default of a plug-in
device (44.1 kHz) makes the sound server resample, and worse than we do."""

_LONGEST_LATENCY = 1.0
"""Seconds; a sound server that claims more has no idea, and its stream's own figure is used."""

_WITHOUT: dict[Direction, str] = {
    "input": '`--input FILE.wav` and typed questions (`auricle ask "..."`) work without one',
    "output": "`--output FILE.wav` and `--output null` work without one",
}


class _Open:
    """A running stream; tells the sound system when it is closed."""

    def __init__(self, native: Any, closed: Callable[[], None]) -> None:
        self._native = native
        self._closed = closed
        self.rate = round(native.samplerate)

    def close(self) -> None:
        """Drop what is queued and let go of the device."""
        self._native.close()
        self._closed()


class PortAudio:
    """The real thing. Its calls block and may come from any thread.

    Args:
        output_latency: seconds of sound that a loudspeaker's stream holds, or "low" for the least
            that its driver offers. More starts later and stops later, but does not crackle when
            the computer is busy.

    Raises:
        DeviceError: from the constructor, when the library is missing.
    """

    def __init__(self, *, output_latency: float | Literal["low"] = "low") -> None:
        self._output_latency = output_latency
        try:
            self._native: Any = importlib.import_module("sounddevice")
        except OSError as error:  # That is how sounddevice reports a missing library.
            raise DeviceError(
                "the PortAudio library is missing: install it (Debian: apt install libportaudio2); "
                f"as for a microphone, {_WITHOUT['input']}; "
                f"as for a loudspeaker, {_WITHOUT['output']}"
            ) from error
        self._lock = threading.Lock()
        self._streams = 0

    def devices(self) -> list[Device]:
        """Everything that can be recorded from or played on."""
        default_input, default_output = self._default("input"), self._default("output")
        return [
            Device(
                index=index,
                name=str(found["name"]),
                inputs=int(found["max_input_channels"]),
                outputs=int(found["max_output_channels"]),
                rate=round(found["default_samplerate"]),
                default_input=index == default_input,
                default_output=index == default_output,
            )
            for index, found in enumerate(self._native.query_devices())
        ]

    def _default(self, direction: Direction) -> int:
        try:
            return int(self._native.query_devices(kind=direction)["index"])
        except (self._native.PortAudioError, ValueError):
            return -1

    def find(self, direction: Direction, wanted: str | int | None) -> Device:
        """The device with this index or part of a name, else the default one."""
        what = "microphone" if direction == "input" else "loudspeaker"
        usable = [device for device in self.devices() if device.can(direction)]
        if not usable:
            raise DeviceError(
                f"there is no {what}: plug one in, or check that the sound server runs and that "
                f"this user may use it; {_WITHOUT[direction]}"
            )
        for device in usable:
            if device.is_called(wanted, direction):
                return device
        if wanted is None:
            return usable[0]
        names = ", ".join(f"{device.index} {device.name!r}" for device in usable)
        raise DeviceError(f"no {what} is called {wanted!r}; there are: {names}")

    def refresh(self) -> None:
        """Look for devices again; PortAudio can do that only while no stream is open."""
        with self._lock:
            if not self._streams:
                self._native._terminate()  # noqa: SLF001 - the module's only way to start anew
                self._native._initialize()  # noqa: SLF001

    def record(
        self, device: Device, rate: int | None, capture: Capture, ended: Callable[[], None]
    ) -> Stream:
        """Open and start a stream from a device."""

        def callback(data: Any, _frames: int, time: Any, _status: object) -> None:
            capture(
                np.frombuffer(bytes(data), dtype=np.int16),
                _plausible(time.currentTime - time.inputBufferAdcTime),
            )

        return self._opened(
            "RawInputStream",
            device,
            channels=1,
            rate=rate,
            latency="low",
            callback=callback,
            ended=ended,
        )

    def play(
        self, device: Device, rate: int | None, fill: Fill, ended: Callable[[], None]
    ) -> Stream:
        """Open and start a stream to a device."""
        channels = min(2, device.outputs)

        def callback(data: Any, frames: int, time: Any, _status: object) -> None:
            sounds_in = _plausible(time.outputBufferDacTime - time.currentTime)
            data[:] = np.repeat(fill(frames, sounds_in), channels).tobytes()

        return self._opened(
            "RawOutputStream",
            device,
            channels=channels,
            rate=rate,
            latency=self._output_latency,
            callback=callback,
            ended=ended,
        )

    def _opened(
        self,
        kind: str,
        device: Device,
        *,
        channels: int,
        rate: int | None,
        latency: float | Literal["low"],
        callback: Callable[..., None],
        ended: Callable[[], None],
    ) -> Stream:
        with self._lock:
            try:
                rate = rate or self._rate(kind, device, channels)
                native = getattr(self._native, kind)(
                    device=device.index,
                    channels=channels,
                    samplerate=rate,
                    blocksize=rate // _BLOCKS_PER_SECOND,
                    dtype="int16",
                    latency=latency,
                    callback=callback,
                    finished_callback=ended,
                )
                native.start()
            except (self._native.PortAudioError, ValueError) as error:
                raise DeviceError(f"{device.name} cannot be opened: {error}") from error
            self._streams += 1
        return _Open(native, self._closed)

    def _closed(self) -> None:
        with self._lock:
            self._streams -= 1

    def _rate(self, kind: str, device: Device, channels: int) -> int:
        check = (
            self._native.check_input_settings
            if kind == "RawInputStream"
            else self._native.check_output_settings
        )
        try:
            check(device=device.index, channels=channels, dtype="int16", samplerate=_GOOD_RATE)
        except self._native.PortAudioError:
            return device.rate
        return _GOOD_RATE

    def abandon(self) -> None:
        """Never wait for PortAudio again: its tidying-up at exit would hang like all the rest."""
        atexit.unregister(self._native._exit_handler)  # noqa: SLF001 - it offers no other way


def _plausible(latency: float) -> float:
    """A latency in seconds as PortAudio reports it, or 0 when that cannot be."""
    return latency if 0 <= latency <= _LONGEST_LATENCY else 0.0


def devices() -> list[Device]:
    """Everything that can be recorded from or played on, for a person to choose from.

    Raises:
        DeviceError: the PortAudio library is missing.
    """
    return PortAudio().devices()
