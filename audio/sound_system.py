"""What microphone and loudspeaker need of a sound system; a double stands in for it in tests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from audio.frames import Pcm

Direction = Literal["input", "output"]

Capture = Callable[[Pcm, float], None]
"""Called on a native thread with captured samples and the age of the first one, in seconds."""

Fill = Callable[[int, float], Pcm]
"""Called on a native thread: so many samples are wanted, and the first will sound in so many
seconds. Returns exactly that many."""


@dataclass(frozen=True, slots=True)
class Device:
    """A sound device.

    Attributes:
        index: the sound system's number for it; changes when devices come and go.
        name: what its driver calls it.
        inputs: channels that can be recorded.
        outputs: channels that can be played.
        rate: its default rate in samples per second.
        default_input: recorded from when nothing is chosen.
        default_output: played on when nothing is chosen.
    """

    index: int
    name: str
    inputs: int
    outputs: int
    rate: int
    default_input: bool
    default_output: bool

    def can(self, direction: Direction) -> bool:
        """True when it has channels in this direction."""
        return (self.inputs if direction == "input" else self.outputs) > 0

    def is_called(self, wanted: str | int | None, direction: Direction) -> bool:
        """True when `wanted` is its index, a part of its name, or None and it is the default."""
        if wanted is None:
            return self.default_input if direction == "input" else self.default_output
        if isinstance(wanted, int):
            return wanted == self.index
        return wanted.casefold() in self.name.casefold()


class Stream(Protocol):
    """A running stream."""

    @property
    def rate(self) -> int:
        """Samples per second."""

    def close(self) -> None:
        """Stop at once and let go of the device; hangs when the sound server is frozen."""


class SoundSystem(Protocol):
    """Blocking calls, to be made on a thread that may hang."""

    def find(self, direction: Direction, wanted: str | int | None) -> Device:
        """The device with this index or part of a name, else the default one.

        Raises:
            DeviceError: there is none; says what to do.
        """

    def refresh(self) -> None:
        """Look for devices again, unless a stream is open."""

    def record(
        self, device: Device, rate: int | None, capture: Capture, ended: Callable[[], None]
    ) -> Stream:
        """Open and start a stream from a device; `ended` is called when it stops by itself.

        Raises:
            DeviceError: the device cannot be opened.
        """

    def play(
        self, device: Device, rate: int | None, fill: Fill, ended: Callable[[], None]
    ) -> Stream:
        """Open and start a stream to a device; `ended` is called when it stops by itself.

        Raises:
            DeviceError: the device cannot be opened.
        """

    def abandon(self) -> None:
        """Never wait for the sound system again, not even when the process exits."""
