"""Answers as the daemon gives them, spoken by its own voice: what it must not take for a person."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from piper import PiperVoice

from audio.frames import Pcm

_THINGS: Final = ("kitchen light", "front door", "washing machine", "bedroom fan", "garage door")
_PLACES: Final = ("kitchen", "living room", "office", "hall", "bedroom", "cellar", "garden")
_PEOPLE: Final = ("Anna", "your sister", "Doctor Miller", "the plumber", "Jonas")
_DAYS: Final = ("today", "tomorrow", "on Saturday", "next Tuesday", "in the evening")
_STATES: Final = ("on", "off", "open", "closed", "unavailable")

_ANSWERS: Final = (
    "Okay.",
    "The {thing} is {state}.",
    "I turned everything off in the {place}.",
    "It is {number} degrees in the {place}.",
    "Sorry, there is no device called {thing} in the {place}.",
    "A timer for {number} minutes has started.",
    "Your timer for {number} minutes is over!",
    "It is twenty past {number}.",
    "Which one do you mean, the {thing} in the {place}, or the one in the hall?",
    "You asked me to remind you: call {person} {day}.",
    "No, the {thing} is {state}. It has been like that for {number} minutes.",
    "Shall I turn the {thing} off, too?",
    "One moment.",
    "On your shopping list are milk, bread, {number} eggs, coffee, and a bag of brown rice.",
    "{day} it will be cloudy with a light wind from the west, and up to {number} degrees.",
    "{person} said that the {thing} will be repaired {day}, and that you should be at home.",
    "Hello! What can I do for you?",
    "I did not understand that.",
    "Stop me at any time by speaking. I listen while I talk.",
    (
        "Light is scattered by the air, and blue light more than red light. That is why the sky is "
        "blue in the day, and red when the sun is low and its light has a long way through the air."
    ),
    (
        "Once upon a time there was a dragon, who lived in an old castle on a hill. He was afraid "
        "of mice, and every night he lit {number} candles, so that none of them came near him."
    ),
    (
        "A leap year has three hundred and sixty six days. It comes every four years, except in "
        "years that can be divided by one hundred, but not by four hundred."
    ),
    (
        "To boil an egg, put it into boiling water for {number} minutes, then into cold water. If "
        "you like it soft, take it out a little earlier."
    ),
    (
        "The moon is about three hundred and eighty four thousand kilometres away. Light needs a "
        "little more than a second for that, and people needed three days."
    ),
)
"""Of every length that an answer has, with blanks."""


class OwnVoice:
    """Speaks answers one after another, no two of them alike. Blocking."""

    def __init__(self, model: Path, seed: int = 0) -> None:
        """Load a voice.

        Args:
            model: the .onnx file, its description beside it.
            seed: of the texts and of the pauses between them; a voice never speaks twice alike.
        """
        self._voice = PiperVoice.load(model)
        self._random = np.random.default_rng(seed)

    @property
    def rate(self) -> int:
        """Samples per second."""
        return int(self._voice.config.sample_rate)

    def answers(self) -> Iterator[tuple[Pcm, float]]:
        """For ever: an answer, mono int16 at `rate`, and the seconds of silence behind it."""
        while True:
            for template in self._random.permutation(np.array(_ANSWERS, dtype=object)):
                yield self._speak(self._filled(str(template))), self._random.uniform(0.4, 2.5)

    def _filled(self, template: str) -> str:
        def one_of(words: tuple[str, ...]) -> str:
            return words[self._random.integers(len(words))]

        return template.format(
            thing=one_of(_THINGS),
            place=one_of(_PLACES),
            person=one_of(_PEOPLE),
            day=one_of(_DAYS),
            state=one_of(_STATES),
            number=self._random.integers(2, 29),
        )

    def _speak(self, text: str) -> Pcm:
        chunks = [chunk.audio_int16_array for chunk in self._voice.synthesize(text)]
        pcm: Pcm = np.concatenate(chunks)
        return pcm
