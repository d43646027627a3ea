"""Our own voice taken out of what the microphone hears: WebRTC's audio processing."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from audio.frames import RATE, AudioFrame, Pcm
from audio.monitor import Monitor
from audio.ports import AudioError

_STEP = RATE // 100
"""Samples that the library takes at a time: 10 ms."""

_TAIL = 0.5
"""Seconds for which a room goes on sounding: at a reverberation time of 0.5 s, by 60 dB."""

_LEAD = 0.03
"""Seconds by which the library hears a sound before it is played. It looks for the echo only after
the sound (measured: an echo without any delay is let through, 5 ms later it is 40 dB down), and
sound systems announce when a sample will be heard some milliseconds wrong. More would not be known
yet: devices take blocks 20 to 60 ms ahead."""


_LEARNS = 5.0
"""Seconds of sound from which the library learns the room; up to there it lets echo through."""

_LOUD_DB = 3.0
"""Decibels below the echo that must be left of a frame to be somebody while the room is learnt."""

_FADES_DB = 60.0
"""Decibels a second by which the echo that is compared with dies away, as in a usual room."""


class EchoCanceller:
    """Removes what the loudspeaker plays from what the microphone hears, while it plays.

    A frame that comes while the loudspeaker has been silent for half a second is handed back as it
    is, at no cost; what the library has learnt about the room keeps until the next sound.

    The very first seconds that are ever played teach the library the room. Up to the first pause
    after five of them, only who is about as loud as the echo is let through, anything else is
    silence. In 30 first minutes in six simulated rooms that took false interruptions from 8 to 1
    and false pauses from 13 to 3; in 12 further minutes, from 4 and 5 to none. Silencing what is
    quiet for longer did harm: sound that comes and goes begins like speech.

    Measured on Piper in simulated rooms (`daemon/bench/echo.py`): 26 to 41 dB less echo, 2 % of a
    core while the loudspeaker sounds, 28 MB, 0.3 s to load. Its noise suppression takes another 5
    to 10 dB off what is left. Telling the library a delay changed nothing: it finds it by itself,
    up to 250 ms were tried. It opens no connection; its three threads sleep.

    Args:
        monitor: what the loudspeaker plays.
        time_of: loop time, in seconds, at which a sample was at the microphone.

    Raises:
        AudioError: from the constructor, when the library cannot be loaded; from `clean`, when it
            refuses a frame.
    """

    def __init__(self, monitor: Monitor, time_of: Callable[[int], float]) -> None:
        self._monitor = monitor
        self._time_of = time_of
        self._offset = 0.0
        self._played: Pcm | None = None
        self._lesson = _Lesson()
        self.sounding = False
        """True while the loudspeaker sounded, or the room after it, in the frame last cleaned."""
        try:
            rtc = importlib.import_module("livekit.rtc")
            apm = importlib.import_module("livekit.rtc.apm")
            self._block: Callable[..., Any] = rtc.AudioFrame
            self._apm = apm.AudioProcessingModule(
                echo_cancellation=True, noise_suppression=True, high_pass_filter=True
            )
        except (ImportError, OSError) as error:
            raise AudioError(f"echo cancelling cannot be loaded: {error}") from error

    @property
    def reference(self) -> Pcm | None:
        """What the loudspeaker played during the frame last cleaned; None when it was silent."""
        return self._played

    def clean(self, frame: AudioFrame) -> AudioFrame:
        """The same frame without what the loudspeaker played.

        Args:
            frame: sound of the microphone, a multiple of 10 ms, frames in order.
        """
        begins = self._begins(frame.start)
        self.sounding = begins < self._monitor.until + _TAIL
        if not self.sounding:
            self._played = None
            self._lesson.interrupt()
            return frame
        count = len(frame.pcm)
        played = self._monitor.between(begins, begins + _LEAD + count / RATE)
        if played is None:
            played = np.zeros(round(_LEAD * RATE) + count, dtype=np.int16)
        now = played[:count]
        self._played = now if now.any() else None
        cleaned = self._cancel(frame.pcm, played[-count:])
        if self._lesson.doubts(frame.pcm, cleaned, played=self._played is not None):
            cleaned[:] = 0
        return AudioFrame(cleaned, frame.start)

    def _begins(self, sample: int) -> float:
        """Loop time of a frame's start; a jitter below a sample does not move it."""
        offset = self._time_of(sample) - sample / RATE
        if abs(offset - self._offset) * RATE > 1:
            self._offset = offset
        return self._offset + sample / RATE

    def _cancel(self, heard: Pcm, played: Pcm) -> Pcm:
        cleaned = np.empty_like(heard)
        try:
            for at in range(0, len(heard), _STEP):
                self._apm.process_reverse_stream(self._of(played[at : at + _STEP]))
                block = self._of(heard[at : at + _STEP])
                self._apm.process_stream(block)
                cleaned[at : at + _STEP] = block.data
        except RuntimeError as error:
            raise AudioError(f"echo cancelling refuses a frame: {error}") from error
        return cleaned

    def _of(self, pcm: Pcm) -> Any:
        return self._block(bytearray(pcm.tobytes()), RATE, 1, len(pcm))


class _Lesson:
    """The first seconds of sound, in which what is left of a frame may well be echo."""

    def __init__(self) -> None:
        self._left = round(_LEARNS * RATE)
        self._over = False
        self._echo_db = -np.inf

    def interrupt(self) -> None:
        """The loudspeaker and the room have fallen silent."""
        self._echo_db = -np.inf

    def doubts(self, heard: Pcm, cleaned: Pcm, *, played: bool) -> bool:
        """Whether what is left of a frame is to be taken for echo.

        Args:
            heard: the frame.
            cleaned: what is left of it.
            played: whether the loudspeaker played meanwhile.
        """
        if self._over:
            return False
        if played:
            self._left -= len(heard)
        elif self._left <= 0:
            self._over = True
            return False
        fading = self._echo_db - _FADES_DB * len(heard) / RATE
        self._echo_db = max(fading, _level_db(heard))
        return _level_db(cleaned) < self._echo_db - _LOUD_DB


def _level_db(pcm: Pcm) -> float:
    return float(10 * np.log10(np.mean(pcm.astype(np.float32) ** 2) + 1.0))
