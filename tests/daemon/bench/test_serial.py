from collections.abc import Sequence

import numpy as np
import pytest

from audio.frames import RATE, Pcm
from audio.silero import WINDOW
from daemon.bench.serial import SILENCE_MS, Waited, over


class Judge:
    """Says what it was told to say, window after window; begins again when it is reset."""

    def __init__(self, likely: Sequence[float]) -> None:
        self._likely = likely
        self._at = len(likely)

    def probability(self, window: Pcm) -> float:
        assert window.shape == (WINDOW,)
        likely = self._likely[self._at] if self._at < len(self._likely) else 0.0
        self._at += 1
        return likely

    def reset(self) -> None:
        self._at = 0


@pytest.mark.parametrize(
    ("likely", "last"),
    [
        ([0.9, 0.9], 2),
        ([0.9, 0.4, 0.4, 0.1], 3),  # fading speech is speech until it is silence
        ([0.4, 0.4], 0),  # but what fades must have begun
        ([0.9, 0.0, 0.0, 0.6], 4),  # a pause within
    ],
)
def test_it_is_over_after_silence(likely: Sequence[float], last: int) -> None:
    sound = np.zeros(3 * RATE, np.int16)
    assert over(Judge(likely), sound) == last * WINDOW + SILENCE_MS * RATE // 1000


def test_it_is_over_when_the_sound_is() -> None:
    sound = np.zeros(10 * WINDOW, np.int16)
    assert over(Judge([0.9] * 10), sound) == len(sound)


def test_everything_is_waited_for_one_after_the_other() -> None:
    assert Waited(700, 300, 900, 100, "", "").first_audio_ms == 2000
