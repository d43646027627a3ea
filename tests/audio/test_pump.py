import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.pump import Pump
from tests.audio.recordings import noise


@settings(deadline=None)
@given(
    given_samples=st.integers(100, 5000),
    rates=st.sampled_from([(22_050, 48_000), (22_050, 44_100), (16_000, 44_100), (48_000, 8_000)]),
    first=st.integers(0, 1000),
)
def test_every_sample_given_is_counted_once_it_was_heard(
    given_samples: int, rates: tuple[int, int], first: int
) -> None:
    pump = Pump(*rates, first)
    pump.give(noise(given_samples))
    pump.finish()
    seconds = given_samples / rates[0]
    pump.fill(round(seconds * rates[1]) + 10, when=5.0)
    assert pump.played(5.0) == first
    assert pump.played(5.0 + seconds + 0.01) == pump.queued == first + given_samples
    last = pump.time_of(first + given_samples - 1)
    assert last == pytest.approx(5.0 + seconds, abs=2 / min(rates))
    assert pump.time_of(first + given_samples) is None


def test_a_short_gap_is_a_gap() -> None:
    pump = Pump(1000, 1000)
    pump.give(noise(20))
    assert pump.fill(20, when=0.0).any()
    assert not pump.fill(20, when=0.02).any()
    pump.give(noise(20))
    pump.fill(20, when=0.04)
    assert pump.time_of(19) == pytest.approx(0.019)
    assert pump.time_of(20) == pytest.approx(0.04)


def test_a_pause_fades_out_and_in_and_forgets_nothing() -> None:
    pump = Pump(1000, 1000)
    pump.give(np.full(100, 1000, dtype=np.int16))
    assert pump.fill(20, when=0.0).tolist() == [1000] * 20
    pump.pause()
    assert pump.fill(20, when=0.02).tolist() == [1000, 750, 500, 250, 0] + [0] * 15
    assert not pump.fill(20, when=0.04).any()
    assert (pump.played(1.0), pump.queued, pump.ahead(1.0)) == (25, 100, 0.075)
    pump.resume()
    assert pump.fill(20, when=0.06).tolist() == [0, 250, 500, 750, 1000] + [1000] * 15
    assert pump.time_of(24) == pytest.approx(0.024)
    assert pump.time_of(25) == pytest.approx(0.06)


def test_a_pause_that_ends_before_the_next_block_is_none() -> None:
    pump = Pump(1000, 1000)
    pump.give(np.full(40, 1000, dtype=np.int16))
    pump.fill(20, when=0.0)
    pump.pause()
    pump.resume()
    assert pump.fill(20, when=0.02).tolist() == [1000] * 20
    assert pump.time_of(39) == pytest.approx(0.039)


def test_blocks_whose_times_jitter_are_one_stretch() -> None:
    pump = Pump(1000, 1000)
    pump.give(noise(60))
    for when in (0.0, 0.028, 0.041):
        pump.fill(20, when)
    assert pump.time_of(59) == pytest.approx(0.059)


FADE = 5
"""Samples of a fade at 1000 Hz."""

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("give"), st.integers(1, 90)),
        st.tuples(st.just("fill"), st.just(20)),
        st.tuples(st.just("flush"), st.just(0)),
        st.tuples(st.just("pause"), st.just(0)),
        st.tuples(st.just("resume"), st.just(0)),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(STEPS)
def test_the_device_gets_exactly_what_was_given_and_not_flushed(
    steps: list[tuple[str, int]],
) -> None:
    pump = Pump(1000, 1000)
    queue: list[int] = []
    taken, now = 0, 0.0
    sounding = True  # What the device got last was sound: a fade may follow.
    for step, amount in steps:
        if step == "give":
            pcm = noise(amount, seed=amount) | 1
            pump.give(pcm)
            queue += pcm.tolist()
        elif step == "flush":
            pump.flush()
            queue.clear()
            sounding = True
        elif step == "pause":
            pump.pause()
        elif step == "resume":
            pump.resume()
        else:
            wanted = amount if not pump.paused else FADE if sounding else 0
            due, queue = queue[:wanted], queue[wanted:]
            block = pump.fill(amount, now)
            now += amount / 1000
            faded = np.array(due + [0] * (amount - len(due)))
            if sounding == pump.paused:
                faded[:FADE] *= np.sign(block[:FADE]) ** 2
                assert np.all(np.abs(block[:FADE]) <= np.abs(faded[:FADE]))
                block[:FADE] = faded[:FADE]
            np.testing.assert_array_equal(block, faded)
            sounding = not pump.paused
            taken += len(due)
        assert pump.queued == taken + len(queue)
        assert pump.played(now) == taken
        assert pump.ahead(now) == pytest.approx(len(queue) / 1000)
