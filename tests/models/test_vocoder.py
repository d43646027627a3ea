"""Sound in pieces: the same samples as in one go, the first ones soon."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from models.vocoder import SEEN, Vocoder

HOP = 4


class Blurring:
    """A back half that looks at SEEN frames on either side and takes its time for each.

    Attributes:
        frame_s: seconds that a frame takes.
        runs: frames of each run.
    """

    def __init__(self, frame_s: float = 0.0) -> None:
        self.frame_s = frame_s
        self.now = 0.0
        self.runs: list[int] = []

    def run(self, names: Sequence[str] | None, inputs: Mapping[str, Any]) -> list[Any]:
        (frames,) = inputs["z"]
        self.runs.append(frames.shape[1])
        self.now += frames.shape[1] * self.frame_s
        window = np.hanning(2 * SEEN + 3)[1:-1]
        blurred = np.convolve(frames.sum(axis=0), window)
        blurred = blurred[SEEN : SEEN + frames.shape[1]]
        return [np.repeat(blurred, HOP)[None, None]]

    def get_providers(self) -> list[str]:
        return []

    def get_provider_graph_assignment_info(self) -> Sequence[Any]:
        return []


def vocoder(session: Blurring) -> Vocoder:
    return Vocoder(session, "z", hop=HOP, rate=HOP * 100, clock=lambda: session.now)


def latent(frames: int) -> Any:
    return np.random.default_rng(frames).normal(size=(3, frames)).astype(np.float32)


@pytest.mark.parametrize("frames", [1, 9, 24, 34, 35, 60, 61, 200, 743])
def test_pieces_are_what_the_whole_would_be(frames: int) -> None:
    z = latent(frames)
    pieces = list(vocoder(Blurring()).samples(z))
    whole = Blurring().run(None, {"z": z[None]})[0].reshape(-1)
    assert np.concatenate(pieces) == pytest.approx(whole)
    assert all(len(piece) for piece in pieces)


def test_a_narrower_view_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    z = latent(200)
    whole = Blurring().run(None, {"z": z[None]})[0].reshape(-1)
    session = Blurring()
    monkeypatch.setattr("models.vocoder.SEEN", SEEN - 1)
    pieces = list(vocoder(session).samples(z))
    assert np.abs(np.concatenate(pieces) - whole).max() > 0.01


def test_the_first_piece_is_short_and_the_others_grow() -> None:
    session = Blurring()
    pieces = [len(piece) // HOP for piece in vocoder(session).samples(latent(500))]
    assert pieces == [24, 36, 54, 81, 120, 120, 65]
    assert session.runs[0] == 24 + SEEN


def test_nothing_is_made_that_nobody_takes() -> None:
    session = Blurring()
    samples = vocoder(session).samples(latent(500))
    next(samples)
    samples.close()  # type: ignore[attr-defined]
    assert len(session.runs) == 1


def test_no_piece_is_shorter_than_what_is_looked_at_around_it() -> None:
    assert [len(one) // HOP for one in vocoder(Blurring()).samples(latent(34))] == [34]
    assert [len(one) // HOP for one in vocoder(Blurring()).samples(latent(35))] == [24, 11]


@pytest.mark.parametrize(
    ("frame_s", "first"), [(0.001, 24), (0.002, 24), (0.0025, 40), (0.003, 120), (0.0034, 500)]
)
def test_a_slower_machine_begins_with_more(frame_s: float, first: int) -> None:
    session = Blurring(frame_s)  # a frame is heard for 10 ms
    slow = vocoder(session)
    list(slow.samples(latent(100)))  # its speed is not known yet
    began = session.now
    pieces, heard_until = [], 0.0
    for piece in slow.samples(latent(500)):
        pieces.append(len(piece) // HOP)
        # Twice as slow as it was, and yet each piece is there when the one before has been heard.
        there = 2 * (session.now - began)
        assert len(pieces) == 1 or there <= heard_until + 1e-9
        heard_until = max(heard_until, there) + pieces[-1] / 100
    assert pieces[0] == pytest.approx(first, abs=1)


def test_what_was_slow_for_a_while_is_fast_again() -> None:
    session = Blurring(frame_s=0.01)
    voice = vocoder(session)
    list(voice.samples(latent(100)))
    assert len(list(voice.samples(latent(100)))) == 1
    session.frame_s = 0.001
    for _ in range(10):
        list(voice.samples(latent(100)))
    assert len(list(voice.samples(latent(100)))) > 1
