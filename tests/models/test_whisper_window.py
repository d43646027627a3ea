import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.frames import RATE, Pcm
from models.whisper_window import LONGEST, MARGIN, WINDOWS, pieces, window


def loud(seconds: float, seed: int = 0) -> Pcm:
    random = np.random.default_rng(seed)
    return random.integers(-8000, 8000, int(seconds * RATE), dtype=np.int16)


def test_a_short_command_gets_the_shortest_window_that_is_safe() -> None:
    assert window(0.0) == 15
    assert window(14.0) == 15
    assert window(14.1) == 20


@given(st.floats(0, LONGEST))
def test_every_piece_fits_its_window_with_silence_after_it(seconds: float) -> None:
    chosen = window(seconds)
    assert chosen in WINDOWS
    assert chosen >= seconds + MARGIN
    assert all(other < seconds + MARGIN for other in WINDOWS if other < chosen)


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
    pcm = loud(45)
    pause = slice(int(21.3 * RATE), int(21.6 * RATE))
    pcm[pause] //= 100
    first, _ = pieces(pcm)
    assert pause.start <= len(first) <= pause.stop


def test_pieces_of_endless_noise_stay_long() -> None:
    assert len(pieces(loud(300))) <= 300 / 18 + 1
