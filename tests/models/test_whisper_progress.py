"""What is remembered of an utterance, and that nothing else is taken for it."""

from dataclasses import replace

import numpy as np

from audio.frames import RATE, Utterance
from models.whisper_guard import Decode
from models.whisper_progress import Judged, Progress

NAMES = ("Kitchen", "Office")
ONE, TWO = (Judged(Decode(text, "en", 2, -0.1, 0.0, 0.9, ended=True)) for text in ("One.", "Two."))


def spoken(seconds: int, start: int = 0, seed: int = 0) -> Utterance:
    pcm = np.random.default_rng(seed).integers(-9000, 9000, seconds * RATE, dtype=np.int16)
    return Utterance(pcm, start, len(pcm), len(pcm))


def known() -> Progress:
    progress = Progress()
    progress.add(spoken(20), NAMES, 9 * RATE, ONE)
    progress.add(spoken(25), NAMES, 21 * RATE, TWO)
    return progress


def test_the_same_utterance_goes_on_where_it_was_left() -> None:
    assert known().of(spoken(40), list(NAMES)) == ([ONE, TWO], 21 * RATE)


def test_another_utterance_begins_with_nothing() -> None:
    nothing: tuple[list[Judged], int] = ([], 0)
    assert known().of(spoken(40, start=RATE), NAMES) == nothing
    assert known().of(spoken(40, seed=1), NAMES) == nothing
    assert known().of(spoken(40), NAMES[:1]) == nothing
    assert known().of(spoken(20), NAMES) == nothing
    progress = known()
    progress.of(spoken(1, seed=1), NAMES)
    assert progress.of(spoken(40), NAMES) == nothing


def test_a_piece_that_two_calls_have_decoded_counts_once() -> None:
    progress = known()
    progress.add(spoken(30), NAMES, 21 * RATE, TWO)
    progress.add(spoken(30), NAMES, 9 * RATE, ONE)
    assert progress.of(spoken(30), NAMES) == ([ONE, TWO], 21 * RATE)


def test_no_sound_is_kept_but_a_trace() -> None:
    progress = known()
    grown = spoken(40)
    louder = replace(grown, pcm=grown.pcm // 2)
    assert progress._sound.nbytes < RATE
    assert progress.of(louder, NAMES) == ([], 0)
