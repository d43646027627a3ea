"""A simulated room: the way of a sound from the loudspeaker to the microphone beside it."""

from dataclasses import dataclass

import numpy as np

from audio.frames import RATE
from audio.resampling import Floats


@dataclass(frozen=True, slots=True)
class Acoustics:
    """What a room, a loudspeaker and a microphone do to a sound.

    Attributes:
        reverberation_s: seconds in which the room's sound falls by 60 dB (RT60).
        reflected: power of the reflected sound as a multiple of the direct sound's.
        delay_s: seconds by which the sound is later than was announced, air and devices together.
        gain: amplitude of the echo as a multiple of what was played.
        drive: how hard the loudspeaker is driven; 0 is linear, 4 clips softly, 8 badly.
        noise_db: level of the room's noise in decibels below full scale.
        drift_ppm: parts per million by which the microphone's clock runs faster.
        seed: of the reflections and the noise.
    """

    reverberation_s: float = 0.4
    reflected: float = 0.25
    delay_s: float = 0.02
    gain: float = 0.5
    drive: float = 0.0
    noise_db: float = -60.0
    drift_ppm: float = 0.0
    seed: int = 1


ROOMS = {
    "living room": Acoustics(),
    "bathroom": Acoustics(reverberation_s=0.9, reflected=0.4, seed=2),
    "small loudspeaker, loud": Acoustics(drive=4.0, gain=0.9, delay_s=0.04, seed=3),
    "far wireless loudspeaker": Acoustics(
        reverberation_s=0.6, reflected=1.0, delay_s=0.2, gain=0.2, drift_ppm=100.0, seed=4
    ),
    "kitchen with a fan": Acoustics(noise_db=-42.0, drift_ppm=-50.0, drive=2.0, seed=5),
    "bedroom, announced too late": Acoustics(reverberation_s=0.25, delay_s=-0.02, gain=0.3, seed=6),
}
"""Rooms to measure in. The tail of a response is noise that dies away exponentially, which is what
a diffuse field gives (Polack 1988); levels are of a loudspeaker beside its microphone."""


def response(acoustics: Acoustics) -> Floats:
    """The room's impulse response at RATE, of power 1: the direct sound, and its reflections."""
    samples = np.arange(max(1, round(acoustics.reverberation_s * RATE)))
    random = np.random.default_rng(acoustics.seed)
    tail = random.standard_normal(len(samples)) * 10 ** (
        -3 * samples / (RATE * acoustics.reverberation_s)
    )
    tail[: RATE // 500] = 0  # The nearest wall is 30 cm away.
    tail *= np.sqrt(acoustics.reflected / np.sum(tail**2))
    tail[0] = 1.0
    whole: Floats = (tail / np.sqrt(np.sum(tail**2))).astype(np.float32)
    return whole


class Room:
    """Turns what is played, block after block, into what is heard of it.

    Delay and drift are for whoever places the blocks in time.
    """

    def __init__(self, acoustics: Acoustics) -> None:
        self._acoustics = acoustics
        self._response = response(acoustics)
        self._random = np.random.default_rng(acoustics.seed + 1000)
        self._ringing: Floats = np.zeros(len(self._response) - 1, dtype=np.float32)

    def hear(self, played: Floats) -> Floats:
        """The echo of the next samples, with the room's noise."""
        sound = self._loudspeaker(played)
        size = 1 << (len(sound) + len(self._response) - 2).bit_length()
        spectrum = np.fft.rfft(sound, size) * np.fft.rfft(self._response, size)
        whole = np.fft.irfft(spectrum, size)[: len(sound) + len(self._response) - 1]
        whole[: len(self._ringing)] += self._ringing
        self._ringing = whole[len(sound) :].astype(np.float32)
        noise = self._random.standard_normal(len(sound)) * 10 ** (self._acoustics.noise_db / 20)
        return (self._acoustics.gain * whole[: len(sound)] + noise).astype(np.float32)

    def _loudspeaker(self, played: Floats) -> Floats:
        drive = self._acoustics.drive
        if not drive:
            return played
        # The square makes even harmonics, as a cone that does not move alike in and out.
        driven = drive * (played + 0.1 * drive * played**2)
        return (np.tanh(driven) / drive).astype(np.float32)
