"""The ear's and the mouth's seams: real devices, WAV files and doubles implement these."""

from collections.abc import AsyncGenerator
from typing import Protocol

from audio.frames import AudioFrame
from audio.monitor import Monitor


class AudioError(Exception):
    """Sound could not be had: root of this room's errors.

    AudioError
    +-- WavError        a file that is not usable sound
    +-- DeviceError     a device that is missing, lost or frozen
    +-- WakeModelError  a wake word's model that cannot be used
    """


class WavError(AudioError):
    """A WAV file is missing, unreadable or of a kind that is not supported."""


class DeviceError(AudioError):
    """No usable device, or a device that neither works nor lets go."""


class WakeModelError(AudioError):
    """A wake word's model is missing, damaged or of another kind; says what to do."""


class Microphone(Protocol):
    """A source of frames at RATE, FRAME samples each.

    `start` has no gaps but the time that a device was away or muted and the frames that were
    dropped.
    """

    @property
    def dropped(self) -> int:
        """Frames lost because nobody took them in time."""

    @property
    def ended(self) -> bool:
        """True once a recording has been read to its end; silence follows. A device never ends."""

    @property
    def lost(self) -> bool:
        """True while the device is known to be away and is being opened again."""

    def mute(self, muted: bool) -> None:
        """Capture nothing from now on, or capture again.

        A device is closed, brings no frames, and `start` jumps by the time that it was closed; a
        recording goes on in silence. May be called before `frames`, which then opens nothing.
        """

    def relax(self, relaxed: bool) -> None:
        """Frames may come several at once and some 80 ms later, which costs less; or not any more.

        For whoever only waits for a wake word.
        """

    def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """Capture until the generator is closed.

        Raises:
            DeviceError: the device is frozen and cannot be closed; the process should exit.
        """

    def time_of(self, sample: int) -> float:
        """Loop time, in seconds, at which `sample` was at the microphone."""


class Speaker(Protocol):
    """A sink for speech at one rate. Counts are in samples given to `play`, at `rate`."""

    @property
    def rate(self) -> int:
        """Samples per second that `play` expects."""

    @property
    def queued(self) -> int:
        """Samples accepted by `play` so far, less those that `flush` threw away."""

    @property
    def played(self) -> int:
        """Samples that have left the loudspeaker so far; never more than `queued`."""

    @property
    def sounding(self) -> bool:
        """True while accepted samples are still to be played, also while paused."""

    @property
    def paused(self) -> bool:
        """True from `pause` to `resume`, `flush` or the loss of the device."""

    @property
    def monitor(self) -> Monitor:
        """What the loudspeaker has really played lately."""

    def time_of(self, sample: int) -> float | None:
        """Loop time, in seconds, at which accepted sample number `sample` leaves the loudspeaker.

        None when that is not yet known, as during a pause, or the sample was thrown away.
        """

    async def play(self, frame: AudioFrame) -> None:
        """Accept a frame; waits while more than about a second is queued, paused or not.

        Raises:
            ValueError: the frame's rate is not this speaker's.
        """

    async def drain(self) -> None:
        """Wait until everything accepted has been played; a pause is waited for too."""

    def pause(self) -> None:
        """Fall silent within a block and forget nothing. Nothing happens without a device."""

    def resume(self) -> None:
        """Go on with the first sample that has not been played; nothing if it is not paused."""

    def flush(self) -> None:
        """Stop at once, forget what is queued and end a pause. `played` keeps what was heard."""

    async def close(self) -> None:
        """Let go of the device or finish the file."""
