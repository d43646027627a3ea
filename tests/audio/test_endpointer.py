from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.endpointer import Endpointer, Event, Patience
from audio.frames import RATE, AudioFrame, SpeechPaused, SpeechStarted, Utterance
from tests.audio.recordings import tone

WINDOW = 512
MS = RATE // 1000


def listen(
    endpointer: Endpointer, probabilities: Iterable[float], start: int = 0, window: int = WINDOW
) -> list[Event]:
    """Feed a window per probability; loud where it is speech, all but silent elsewhere."""
    events: list[Event] = []
    for k, p in enumerate(probabilities):
        pcm = tone(window / RATE) if p >= 0.5 else np.ones(window, dtype=np.int16)
        events += endpointer.hear(AudioFrame(pcm, start + k * window), p)
    return events


def windows(milliseconds: float) -> int:
    return round(milliseconds * MS / WINDOW)


def test_a_sentence_starts_pauses_and_ends() -> None:
    quiet, spoken = windows(640), windows(960)
    events = listen(Endpointer(), [0.0] * quiet + [0.9] * spoken + [0.0] * windows(700))
    begin, end = quiet * WINDOW, (quiet + spoken) * WINDOW
    started, paused, said = events
    assert started == SpeechStarted(begin)
    assert isinstance(paused, SpeechPaused)
    assert isinstance(said, Utterance)
    assert said.start == begin - 350 * MS
    assert said.ended == pytest.approx(end, abs=5 * MS)
    assert 600 * MS <= said.decided - end < 600 * MS + WINDOW
    assert 200 * MS <= paused.utterance.decided - end < 200 * MS + WINDOW
    assert said.voiced == 1.0


def test_a_pause_that_becomes_the_end_already_had_every_sample() -> None:
    events = listen(Endpointer(), [0.0] * 20 + [0.9] * 30 + [0.0] * 40)
    paused, said = events[1:]
    assert isinstance(paused, SpeechPaused)
    assert isinstance(said, Utterance)
    np.testing.assert_array_equal(paused.utterance.pcm, said.pcm)
    assert said.start + len(said.pcm) == paused.utterance.decided < said.decided


def test_speech_that_goes_on_makes_the_pause_void() -> None:
    events = listen(
        Endpointer(), [0.9] * 20 + [0.0] * 10 + [0.9] * 20 + [0.0] * 10 + [0.9] * 5 + [0.0] * 30
    )
    assert [type(event) for event in events] == [
        SpeechStarted,
        SpeechPaused,
        SpeechPaused,
        SpeechPaused,
        Utterance,
    ]
    said = events[-1]
    assert isinstance(said, Utterance)
    assert said.voiced == pytest.approx(45 / 65)
    assert len(said.pcm) == said.decided - said.start - (600 - 200) * MS // WINDOW * WINDOW


def test_a_click_is_no_start() -> None:
    assert listen(Endpointer(), [0.0] * 10 + [1.0] * 2 + [0.0] * 40) == []


def test_a_doubtful_window_neither_keeps_speech_up_nor_ends_it() -> None:
    endpointer = Endpointer()
    listen(endpointer, [0.9] * 10 + [0.4] * 100)
    assert endpointer.speaking
    *_, said = listen(Endpointer(), [0.9] * 10 + [0.1] + [0.4] * 100)
    assert isinstance(said, Utterance)
    assert said.ended <= 10 * WINDOW


def test_what_was_loud_only_at_the_front_of_the_last_window_ended_there() -> None:
    endpointer = Endpointer()
    listen(endpointer, [0.9] * 20)
    dying = np.ones(WINDOW, dtype=np.int16)
    dying[:160] = tone(160 / RATE)
    endpointer.hear(AudioFrame(dying, 20 * WINDOW), 0.9)
    events = listen(endpointer, [0.0] * 30, start=21 * WINDOW)
    said = events[-1]
    assert isinstance(said, Utterance)
    assert said.ended == pytest.approx(20 * WINDOW + 160, abs=5 * MS)


def test_a_monologue_is_cut_and_listening_goes_on() -> None:
    endpointer = Endpointer(Patience(longest_ms=2000))
    events = listen(endpointer, [0.9] * windows(5000) + [0.0] * 40)
    said = [event for event in events if isinstance(event, Utterance)]
    assert len(said) == 3
    assert all(u.decided - u.start <= 2350 * MS + WINDOW for u in said)
    assert [u.start for u in said[1:]] == [u.decided for u in said[:-1]]


@pytest.mark.parametrize(("gap_ms", "kept"), [(416, True), (800, False)])
def test_the_sound_begins_before_a_short_first_word(gap_ms: int, kept: bool) -> None:
    before, word, gap = windows(2000), 2, windows(gap_ms)
    heard = [0.0] * before + [0.9] * word + [0.0] * gap + [0.9] * 30 + [0.0] * 40
    *_, said = listen(Endpointer(), heard)
    assert isinstance(said, Utterance)
    first, second = before * WINDOW, (before + word + gap) * WINDOW
    assert said.start == (first if kept else second) - 350 * MS


def test_murmurs_do_not_add_up_to_a_long_first_word() -> None:
    *_, said = listen(Endpointer(), ([0.9] + [0.0] * 9) * 12 + [0.9] * 30 + [0.0] * 40)
    assert isinstance(said, Utterance)
    assert 120 * WINDOW - said.start <= (1000 + 350 + 32) * MS


def test_a_gap_in_the_frames_forgets_what_was_begun() -> None:
    endpointer = Endpointer()
    listen(endpointer, [0.9] * 20)
    assert endpointer.speaking
    assert listen(endpointer, [0.0] * 40, start=100_000) == []
    assert endpointer.idle


def test_idle_is_false_as_soon_as_somebody_may_be_beginning() -> None:
    endpointer = Endpointer()
    listen(endpointer, [0.0] * 3)
    assert endpointer.idle
    listen(endpointer, [0.9], start=3 * WINDOW)
    assert not endpointer.idle
    listen(endpointer, [0.0] * 10, start=4 * WINDOW)
    assert endpointer.idle


RUNS = st.lists(st.tuples(st.floats(0, 1), st.integers(1, 40)), min_size=1, max_size=25).map(
    lambda runs: [p for p, count in runs for _ in range(count)]
)


@settings(deadline=None)
@given(RUNS, st.sampled_from([160, 320, 512, 700]), st.sampled_from([1000, 3000, 600_000]))
def test_whatever_is_heard_utterances_are_in_order_and_apart(
    probabilities: list[float], window: int, longest_ms: int
) -> None:
    endpointer = Endpointer(Patience(longest_ms=longest_ms))
    events = listen(endpointer, probabilities, window=window)
    free_from, started = 0, None
    for event in events:
        if isinstance(event, SpeechStarted):
            assert started is None
            started = event.at
            continue
        assert started is not None
        u = event.utterance if isinstance(event, SpeechPaused) else event
        assert free_from <= u.start <= started < u.ended <= u.decided
        assert u.start + len(u.pcm) <= u.decided
        assert u.ended <= u.start + len(u.pcm)
        assert 0 < u.voiced <= 1
        assert u.decided - started < longest_ms * MS + window
        if isinstance(event, Utterance):
            free_from, started = u.decided, None
    assert endpointer.speaking == (started is not None)


@settings(deadline=None)
@given(RUNS)
def test_memory_is_bounded_while_nobody_speaks(probabilities: list[float]) -> None:
    endpointer = Endpointer()
    for k, p in enumerate(min(p, 0.49) for p in probabilities):
        endpointer.hear(AudioFrame(np.ones(WINDOW, dtype=np.int16), k * WINDOW), p)
        assert len(endpointer._take._samples) <= 2 * RATE


@settings(deadline=None)
@given(RUNS, st.sampled_from([1, 2, 4]))
def test_finer_frames_tell_the_same_story(probabilities: list[float], parts: int) -> None:
    """Cut into parts, the same sound gives the same utterances, decided no later."""
    coarse = listen(Endpointer(), probabilities)
    fine = listen(Endpointer(), np.repeat(probabilities, parts), window=WINDOW // parts)
    said = [e for e in coarse if isinstance(e, Utterance)]
    same = [e for e in fine if isinstance(e, Utterance)]
    for rough, exact in zip(said, same, strict=False):
        assert exact.decided <= rough.decided
    assert len(same) >= len(said)
