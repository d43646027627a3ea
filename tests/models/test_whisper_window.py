import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.frames import RATE, Pcm
from models.whisper_window import LONGEST, pieces


def loud(seconds: float, seed: int = 0) -> Pcm:
    random = np.random.default_rng(seed)
    return random.integers(-8000, 8000, int(seconds * RATE), dtype=np.int16)


def test_nothing_gives_no_piece() -> None:
    assert pieces(np.zeros(0, np.int16)) == []


def test_what_fits_is_not_cut() -> None:
    pcm = loud(LONGEST)
    [piece] = pieces(pcm)
    assert piece is pcm or np.shares_memory(piece, pcm)
    assert len(piece) == len(pcm)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 200), st.integers(0, 5))
def test_pieces_are_short_enough_and_together_the_whole(seconds: float, seed: int) -> None:
    pcm = loud(seconds, seed)
    cut = pieces(pcm)
    assert all(0 < len(piece) <= LONGEST * RATE for piece in cut)
    assert np.array_equal(np.concatenate([*cut, pcm[:0]]), pcm)


def test_speech_is_cut_where_it_is_quiet() -> None:
    pcm = loud(25)
    pause = slice(int(11.3 * RATE), int(11.6 * RATE))
    pcm[pause] //= 100
    first, _ = pieces(pcm)
    assert pause.start <= len(first) <= pause.stop


@settings(max_examples=20, deadline=None)
@given(st.floats(1, 60), st.floats(0, 60), st.integers(0, 5))
def test_what_was_cut_stays_so_when_the_sound_grows(had: float, more: float, seed: int) -> None:
    pcm = loud(had + more, seed)
    before = [len(piece) for piece in pieces(pcm[: int(had * RATE)])][:-1]
    after = [len(piece) for piece in pieces(pcm)]
    assert after[: len(before)] == before
    rest = pieces(pcm[sum(before) :])
    assert [*before, *map(len, rest)] == after


def test_pieces_of_endless_noise_stay_long() -> None:
    assert len(pieces(loud(300))) <= 300 / 6 + 1
