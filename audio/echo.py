"""Our own voice taken out of what the microphone hears: WebRTC's audio processing."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from audio.detector import Judge
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

_LEFT_DB = 10.0
"""Decibels below what the microphone heard that are left of our own voice, at least."""

_FADES_DB = 30.0
"""Decibels a second by which what it heard fades out of that comparison: half as fast as sound in
a usual room, as fast as in a bathroom."""


class EchoCanceller:
    """Removes what the loudspeaker plays from what the microphone hears, while it plays.

    A frame that comes while the loudspeaker has been silent for half a second is handed back as it
    is, at no cost; what the library has learnt about the room keeps until the next sound.

    Measured on Piper in simulated rooms (`daemon/bench/echo.py`): 24 to 49 dB less echo, 2 % of a
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
        self._echo_db = -np.inf
        self.leftover = False
        """True when what is left of the frame last cleaned is so little that it may be echo."""
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
            self._played, self._echo_db, self.leftover = None, -np.inf, False
            return frame
        count = len(frame.pcm)
        played = self._monitor.between(begins, begins + _LEAD + count / RATE)
        if played is None:
            played = np.zeros(round(_LEAD * RATE) + count, dtype=np.int16)
        now = played[:count]
        self._played = now if now.any() else None
        cleaned = self._cancel(frame.pcm, played[-count:])
        self._echo_db = max(self._echo_db - _FADES_DB * count / RATE, _level_db(frame.pcm))
        self.leftover = _level_db(cleaned) < self._echo_db - _LEFT_DB
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


class Doubting:
    """A judge who takes for no speech what may be left of our own voice.

    The library learns a room from the first seconds that are played in it, and in a room that
    echoes for long it lets a little through; a judge of speech hears it, however quiet it is. In
    42 minutes of our own voice in simulated rooms, most of them first minutes, doubting took false
    interruptions from 12 to none, and false pauses from 18 to 1. It costs people who speak over it
    10 dB more quietly than it does: a third of them is missed instead of a fifth. Silencing such
    frames did harm: sound that comes and goes begins like speech.

    Args:
        judge: whom it asks.
        echo: cleans the frames that are judged, just before.
    """

    def __init__(self, judge: Judge, echo: EchoCanceller) -> None:
        self._judge = judge
        self._echo = echo

    def probability(self, window: Pcm) -> float:
        """Probability of somebody else's speech, 0..1."""
        probability = self._judge.probability(window)
        return 0.0 if self._echo.leftover else probability

    def reset(self) -> None:
        """Begin a new stream."""
        self._judge.reset()


def _level_db(pcm: Pcm) -> float:
    return float(10 * np.log10(np.mean(pcm.astype(np.float32) ** 2) + 1.0))
