"""What flows through the ear and the mouth. Time is a count of samples, never a clock."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]
"""Mono signed 16-bit samples, shape (n,)."""

RATE = 16_000
"""Samples per second on the listening side; every model of the ear wants this rate."""

FRAME = 320
"""Samples in one frame of the ear: 20 ms, a length that webrtcvad accepts."""


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """A stretch of sound.

    Attributes:
        pcm: mono int16, shape (n,); the ear's frames have n = FRAME.
        start: index of the first sample, counted since its stream began.
        rate: samples per second; RATE everywhere but on the way from a voice to a loudspeaker.
    """

    pcm: Pcm
    start: int
    rate: int = RATE

    @property
    def end(self) -> int:
        """Index of the first sample after this frame."""
        return self.start + len(self.pcm)

    def scaled(self, gain: float) -> "AudioFrame":
        """The same sound with its amplitude multiplied by `gain`, 0..1."""
        return AudioFrame((self.pcm * np.float32(gain)).astype(np.int16), self.start, self.rate)


@dataclass(frozen=True, slots=True)
class Woken:
    """Somebody called the assistant by a wake word.

    Attributes:
        phrase: name of the wake word, e.g. "okay_nabu".
        at: sample index at which it had been heard; what follows is meant for the assistant.
        score: mean probability with which it was recognised, 0..1.
    """

    phrase: str
    at: int
    score: float


@dataclass(frozen=True, slots=True)
class SpeechSuspected:
    """A first sound of what may become speech: enough to fall silent, not enough to listen.

    Attributes:
        at: sample index of the acoustic start of that sound.
    """

    at: int


@dataclass(frozen=True, slots=True)
class SpeechDismissed:
    """What was suspected was no speech: a cough, a door.

    Attributes:
        at: sample index at which that was certain.
    """

    at: int


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to speak.

    Attributes:
        at: sample index of the acoustic start of speech.
    """

    at: int


@dataclass(frozen=True, slots=True)
class SpeechGrew:
    """Somebody is still speaking: what was said so far can be written down provisionally.

    Attributes:
        utterance: everything since the speech started; `ended` and `decided` are the moment of this
            event.
    """

    utterance: "Utterance"


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """After a SpeechPaused the person went on: what was begun on the pause is void.

    Attributes:
        at: sample index of the acoustic start of what follows the pause.
    """

    at: int


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """A pause that may be the end: transcription can start on what was said so far.

    Attributes:
        utterance: everything since the speech started; `decided` is the moment of this event.
    """

    utterance: "Utterance"


@dataclass(frozen=True, slots=True)
class Utterance:
    """What somebody said, from a little before its acoustic start to a little after its end.

    Attributes:
        pcm: mono int16 at RATE, shape (n,), pre-roll included.
        start: sample index of pcm[0].
        ended: sample index of the acoustic end of speech; latency is counted from here.
        decided: sample index at which the endpointer was sure; decided - ended is its wait.
        voiced: share of the frames between acoustic start and end that hold speech, 0..1.
    """

    pcm: Pcm
    start: int
    ended: int
    decided: int
    voiced: float = 1.0

    @property
    def seconds(self) -> float:
        """Length of the sound, pre-roll and tail included."""
        return len(self.pcm) / RATE
