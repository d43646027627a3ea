"""Wake words: several phrases listened for at once, in whatever a microphone hears.

Nothing here is switched off in silence. Features and four models cost a third of a per cent of
one core (`auricle bench`); a gate would save half of that and would have to be right about soft
voices. A model that never stops also never has to be told what came before.

Our own voice must not wake us. While the loudspeaker sounds, a second set of models listens to what
it plays; whatever resembles the phrase there, or did within the last second, voids what is found in
the microphone. A room delays and blurs what it returns, and how long a model takes to be sure
depends on that: so a finding is held back for a moment in which the loudspeaker's may still come.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pymicro_wakeword import MicroWakeWordFeatures

from audio.frames import RATE, AudioFrame, Pcm, Woken
from audio.ports import WakeModelError
from audio.wake_model import WakeModel, built_in

_REST: Final = RATE
"""Samples after a wake in which the same phrase is not heard again: it still sounds."""

_NEAR: Final = 0.5
"""Share of its threshold from which a phrase is nearly said, or said by our own voice."""

_OWN: Final = RATE
"""Samples for which what our own voice nearly said keeps that phrase from waking us."""

_HELD_BACK: Final = 3 * RATE // 20
"""Samples for which a finding waits while the loudspeaker sounds; it is silent by then anyway, as
anything that is said makes it pause."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase to listen for.

    Attributes:
        name: one of `wake_model.built_in`, or any name for a model of one's own.
        threshold: mean probability above which it counts as said; 0 takes the model's own.
        model: microWakeWord's .json file; None takes the one that comes with the name.
    """

    name: str
    threshold: float = 0.0
    model: Path | None = None


@dataclass(frozen=True, slots=True)
class _Finding:
    phrase: str
    at: int
    score: float


class WakeWords:
    """Listens for phrases; runs on the caller's thread, 50 microseconds a frame.

    Args:
        phrases: what to listen for.

    Attributes:
        near_misses: how often each phrase was nearly said, but not said: above half of its
            threshold and never above it.
        nearest: the highest mean probability of any near miss of each phrase.

    Raises:
        WakeModelError: from the constructor, when a model cannot be used; says what to do.
    """

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._phrases = tuple(phrases)
        self._room = _Stream(self._phrases)
        self._own: _Stream | None = None
        self._own_said: dict[str, int] = {}
        self._waiting: deque[_Finding] = deque()
        self.near_misses: Counter[str] = Counter()
        self.nearest: dict[str, float] = {}

    def hear(self, frame: AudioFrame, reference: Pcm | None = None) -> list[Woken]:
        """Take the next frame; a gap in `start` begins a new stream.

        Args:
            frame: what the microphone hears, freed from our own voice as far as may be.
            reference: what the loudspeaker played meanwhile, of the same length; None for nothing.
        """
        if reference is not None:
            self._hear_ourselves(AudioFrame(reference, frame.start))
        found = self._room.hear(frame)
        for phrase, score in self._room.missed():
            self.near_misses[phrase] += 1
            self.nearest[phrase] = max(score, self.nearest.get(phrase, 0.0))
        self._waiting.extend(found)
        patience = _HELD_BACK if reference is not None else 0
        woken = []
        while self._waiting and frame.end - self._waiting[0].at >= patience:
            finding = self._waiting.popleft()
            if frame.end - finding.at > _OWN:
                continue  # The stream was interrupted while it waited.
            if finding.at - self._own_said.get(finding.phrase, -_OWN - 1) > _OWN:
                woken.append(Woken(finding.phrase, finding.at, finding.score))
        return woken

    def _hear_ourselves(self, frame: AudioFrame) -> None:
        if self._own is None:
            self._own = _Stream(self._phrases)
        self._own.hear(frame)
        for phrase in self._own.near():
            self._own_said[phrase] = frame.end


class _Stream:
    """One stream of sound with its features and a model of each phrase."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._features = MicroWakeWordFeatures()
        self._watches = [_Watch(phrase) for phrase in phrases]
        self._end = 0

    def hear(self, frame: AudioFrame) -> list[_Finding]:
        """Phrases that have been said with this frame."""
        if frame.start != self._end:
            for watch in self._watches:
                watch.reset()
        self._end = frame.end
        found = []
        for feature in self._features.process_streaming(frame.pcm.tobytes()):
            for watch in self._watches:
                score = watch.hear(feature, frame.end)
                if score is not None:
                    found.append(_Finding(watch.phrase, frame.end, score))
        return found

    def near(self) -> list[str]:
        """Phrases that are nearly being said at the moment, or said."""
        return [watch.phrase for watch in self._watches if watch.near]

    def missed(self) -> list[tuple[str, float]]:
        """Phrases that were nearly said and are not any more, with the highest score."""
        over = [(watch.phrase, watch.over()) for watch in self._watches]
        return [(phrase, score) for phrase, score in over if score is not None]


class _Watch:
    """Watches the probability of one phrase."""

    def __init__(self, phrase: Phrase) -> None:
        self.phrase = phrase.name
        self._model = WakeModel(_config(phrase))
        self._threshold = phrase.threshold or self._model.cutoff
        self._last: deque[float] = deque(maxlen=self._model.window)
        self._rests_until = 0
        self._peak = self._mean = 0.0

    def reset(self) -> None:
        """What was said before has nothing to do with what follows."""
        self._model.reset()
        self._last.clear()
        self._mean = 0.0

    @property
    def near(self) -> bool:
        """Whether the phrase is nearly being said."""
        return self._mean >= _NEAR * self._threshold

    def hear(self, feature: NDArray[np.float64], now: int) -> float | None:
        """The score with which the phrase was said with this feature, None if it was not."""
        probability = self._model.hear(feature.ravel())
        if probability is None:
            return None
        self._last.append(probability)
        full = len(self._last) == self._last.maxlen
        self._mean = sum(self._last) / len(self._last) if full else 0.0
        if now < self._rests_until:
            return None
        self._peak = max(self._peak, self._mean)
        if self._mean <= self._threshold:
            return None
        self._rests_until, self._peak = now + _REST, 0.0
        return self._mean

    def over(self) -> float | None:
        """The peak of what was nearly the phrase and has ended, once."""
        if self.near or self._peak < _NEAR * self._threshold:
            return None
        peak, self._peak = self._peak, 0.0
        return peak


def _config(phrase: Phrase) -> Path:
    if phrase.model is not None:
        return phrase.model
    known = built_in()
    if phrase.name not in known:
        raise WakeModelError(
            f"no wake word is called {phrase.name!r}; there are: {', '.join(known)}; for one of "
            "your own, name its .json file"
        )
    return known[phrase.name]
