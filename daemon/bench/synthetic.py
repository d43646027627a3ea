"""Speech that nobody spoke, for what hardly anybody has recorded: open questions.

The daemon's own voice, slower and less even than it speaks itself. Figures of it are kept apart
from those of recorded speech: it is cleaner and ends more sharply than people do.
"""

from pathlib import Path
from typing import Final

import numpy as np
from piper import PiperVoice, SynthesisConfig

from audio.frames import RATE, Pcm
from audio.resampling import Resampler, to_floats, to_int16
from daemon.bench.material import Item

_PACES: Final = (1.05, 1.2, 0.95)
"""Lengths relative to the voice's own, one sentence after the other."""

_NOISE: Final = (0.8, 0.9)
"""Piper's noise_scale and noise_w_scale: more than the voices' own 0.667 and 0.8."""

_SOURCE: Final = "synthetic"

_QUESTIONS: Final = {
    "What is the capital of France?": "paris",
    "Who wrote Romeo and Juliet?": "shakespeare",
    "What is the largest planet in the solar system?": "jupiter",
    "What language do people speak in Brazil?": "portuguese",
    "How many days are there in a leap year?": "366",
    "Which animal is the tallest in the world?": "giraffe",
    "At what temperature does water boil?": "100",
    "Why is the sky blue?": "scatter",
    "Which ocean lies between Europe and America?": "atlantic",
    "What do bees make out of nectar?": "honey",
    "Who painted the Mona Lisa?": "leonardo",
    "What is the opposite of hot?": "cold",
}
"""Open questions, and the word that a right answer holds."""


def questions() -> list[Item]:
    """Open questions that are spoken by nobody."""
    return [item(text, answer=answer) for text, answer in _QUESTIONS.items()]


def item(text: str, answer: str = "") -> Item:
    """A text to be spoken by nobody, and the word that a right answer holds, if one is known."""
    return Item(name=text, source=_SOURCE, path=None, text=text, answer=answer)


class Synthetic:
    """Speaks texts as recordings. Blocking."""

    def __init__(self, model: Path) -> None:
        """Load a voice.

        Args:
            model: the .onnx file, its description beside it.
        """
        self._voice = PiperVoice.load(model)
        self._spoken: dict[str, Pcm] = {}

    def __call__(self, text: str) -> Pcm:
        """A text as sound, mono int16 at RATE; the same sound each time it is asked for."""
        if text not in self._spoken:
            pace = _PACES[len(self._spoken) % len(_PACES)]
            self._spoken[text] = self._speak(text, pace)
        return self._spoken[text]

    def _speak(self, text: str, pace: float) -> Pcm:
        noise, noise_w = _NOISE
        how = SynthesisConfig(length_scale=pace, noise_scale=noise, noise_w_scale=noise_w)
        chunks = [
            np.frombuffer(chunk.audio_int16_bytes, dtype=np.int16)
            for chunk in self._voice.synthesize(text, how)
        ]
        resampler = Resampler(int(self._voice.config.sample_rate), RATE)
        pcm = to_floats(np.concatenate(chunks))
        return to_int16(np.concatenate((resampler.feed(pcm), resampler.finish())))
