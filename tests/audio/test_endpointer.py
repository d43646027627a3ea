from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.endpointer import Endpointer, Event, Patience
from audio.frames import (
    RATE,
    AudioFrame,
    SpeechDismissed,
    SpeechGrew,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechSuspected,
    Utterance,
)
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


def told(events: Iterable[Event], *but: type) -> list[type]:
    """What kinds of things happened, growing aside."""
    return [type(event) for event in events if not isinstance(event, (SpeechGrew, *but))]


def paused_for(events: Iterable[Event]) -> list[Utterance]:
    return [event.utterance for event in events if isinstance(event, SpeechPaused)]


def test_a_sentence_starts_pauses_and_ends() -> None:
    quiet, spoken = windows(640), windows(960)
    events = listen(Endpointer(), [0.0] * quiet + [0.9] * spoken + [0.0] * windows(700))
    begin, end = quiet * WINDOW, (quiet + spoken) * WINDOW
    suspected, started, *grew, paused, said = events
    assert suspected == SpeechSuspected(begin)
    assert started == SpeechStarted(begin)
    assert told(grew) == []
    assert isinstance(paused, SpeechPaused)
    assert isinstance(said, Utterance)
    assert said.start == begin - 350 * MS
    assert said.ended == pytest.approx(end, abs=5 * MS)
    assert 600 * MS <= said.decided - end < 600 * MS + WINDOW
    assert 64 * MS <= paused.utterance.decided - end < 64 * MS + WINDOW
    assert said.voiced == 1.0


def test_a_pause_that_becomes_the_end_already_had_every_sample() -> None:
    events = listen(Endpointer(), [0.0] * 20 + [0.9] * 30 + [0.0] * 40)
    paused, said = events[-2:]
    assert isinstance(paused, SpeechPaused)
    assert isinstance(said, Utterance)
    np.testing.assert_array_equal(paused.utterance.pcm, said.pcm)
    assert said.start + len(said.pcm) == paused.utterance.decided < said.decided


def test_speech_that_goes_on_makes_the_pause_void() -> None:
    events = listen(
        Endpointer(), [0.9] * 20 + [0.0] * 10 + [0.9] * 20 + [0.0] * 10 + [0.9] * 5 + [0.0] * 30
    )
    assert told(events) == [
        SpeechSuspected,
        SpeechStarted,
        *(SpeechPaused, SpeechResumed) * 2,
        SpeechPaused,
        Utterance,
    ]
    resumed = [event.at for event in events if isinstance(event, SpeechResumed)]
    assert resumed == [30 * WINDOW, 60 * WINDOW]
    said = events[-1]
    assert isinstance(said, Utterance)
    assert said.voiced == pytest.approx(45 / 65)
    assert len(said.pcm) == (65 + 2) * WINDOW


def test_a_silence_too_short_for_a_pause_is_none() -> None:
    events = listen(Endpointer(), [0.9] * 20 + [0.0] + [0.9] * 20 + [0.0] * 30)
    assert told(events, SpeechSuspected) == [SpeechStarted, SpeechPaused, Utterance]


def test_a_click_is_no_start() -> None:
    assert listen(Endpointer(), [0.0] * 10 + [1.0] + [0.0] * 40) == []


@pytest.mark.parametrize("sounding", [2, 3])
def test_what_was_suspected_and_was_nothing_is_dismissed(sounding: int) -> None:
    events = listen(Endpointer(), [0.0] * 10 + [1.0] * sounding + [0.0] * 40)
    suspected, dismissed = events
    assert suspected == SpeechSuspected(10 * WINDOW)
    assert isinstance(dismissed, SpeechDismissed)
    assert dismissed.at - 10 * WINDOW <= (256 + sounding * 32) * MS


def test_a_suspicion_is_told_after_two_windows() -> None:
    endpointer = Endpointer()
    assert listen(endpointer, [0.9]) == []
    assert listen(endpointer, [0.9], start=WINDOW) == [SpeechSuspected(0)]
    assert endpointer.suspecting
    assert listen(endpointer, [0.9], start=2 * WINDOW) == []
    assert listen(endpointer, [0.9], start=3 * WINDOW) == [SpeechStarted(0)]
    assert not endpointer.suspecting


@pytest.mark.parametrize("gap", [True, False])
def test_what_was_suspected_before_everything_was_forgotten_is_dismissed(gap: bool) -> None:
    endpointer = Endpointer()
    listen(endpointer, [0.9] * 2)
    if not gap:
        endpointer.reset()
    at = 90_000 if gap else 2 * WINDOW
    assert listen(endpointer, [0.0], start=at) == [SpeechDismissed(at + WINDOW)]


def test_speech_grows_while_it_sounds_and_never_in_a_pause() -> None:
    endpointer = Endpointer()
    events = listen(endpointer, [0.9] * windows(2000) + [0.0] * 10)
    grew = [event.utterance for event in events if isinstance(event, SpeechGrew)]
    # A tick comes with the first window that fills 400 ms: 13 windows, 416 ms.
    assert [u.decided for u in grew] == [13 * WINDOW * k for k in (1, 2, 3, 4)]
    for utterance in grew:
        assert utterance.ended == utterance.decided == utterance.start + len(utterance.pcm)
    assert type(events[-1]) is SpeechPaused
    more = listen(endpointer, [0.9] * 13, start=(windows(2000) + 10) * WINDOW)
    assert [type(event) for event in more] == [SpeechResumed, SpeechGrew]


def settled(silent: int, silence_ms: float, after: int = 60) -> tuple[Utterance, list[Event]]:
    """A pause settled after so many silent windows, and what happens then."""
    endpointer = Endpointer(Patience(silence_ms=2500))
    [paused] = paused_for(listen(endpointer, [0.9] * 20 + [0.0] * silent))
    endpointer.settle(paused, silence_ms)
    return paused, listen(endpointer, [0.0] * after, start=(20 + silent) * WINDOW)


@pytest.mark.parametrize("silence_ms", [200, 300, 1000, 2400, 4000])
def test_a_settled_pause_ends_when_it_has_lasted_so_long(silence_ms: float) -> None:
    paused, [said] = settled(4, silence_ms, 140)
    assert isinstance(said, Utterance)
    due = paused.ended + silence_ms * MS
    assert due <= said.decided < due + WINDOW
    np.testing.assert_array_equal(said.pcm, paused.pcm)


def test_a_pause_that_has_lasted_long_enough_ends_with_the_next_frame() -> None:
    _, events = settled(12, 200, after=1)
    assert told(events) == [Utterance]


def test_a_pause_can_be_settled_again() -> None:
    endpointer = Endpointer(Patience(silence_ms=2500))
    [paused] = paused_for(listen(endpointer, [0.9] * 20 + [0.0] * 4))
    endpointer.settle(paused, 3000)
    assert listen(endpointer, [0.0] * 4, start=24 * WINDOW) == []
    endpointer.settle(paused, 300)
    [said] = listen(endpointer, [0.0] * 4, start=28 * WINDOW)[:1]
    assert isinstance(said, Utterance)


def test_an_unsettled_pause_ends_at_the_upper_bound() -> None:
    events = listen(Endpointer(Patience(silence_ms=2500)), [0.9] * 20 + [0.0] * 100)
    said = events[-1]
    assert isinstance(said, Utterance)
    assert 2500 * MS <= said.decided - 20 * WINDOW < 2500 * MS + WINDOW


def test_settling_a_pause_that_is_over_does_nothing() -> None:
    endpointer = Endpointer(Patience(silence_ms=2500))
    [paused] = paused_for(listen(endpointer, [0.9] * 20 + [0.0] * 4))
    listen(endpointer, [0.9] * 5, start=24 * WINDOW)
    endpointer.settle(paused, 200)
    assert told(listen(endpointer, [0.0] * 20, start=29 * WINDOW)) == [SpeechPaused]
    endpointer.settle(paused, 200)  # Another pause by now.
    assert listen(endpointer, [0.0] * 20, start=49 * WINDOW) == []


def test_a_settled_pause_in_which_the_person_goes_on_is_void() -> None:
    endpointer = Endpointer(Patience(silence_ms=2500))
    [paused] = paused_for(listen(endpointer, [0.9] * 20 + [0.0] * 4))
    endpointer.settle(paused, 400)
    events = listen(endpointer, [0.9] * 5 + [0.0] * 40, start=24 * WINDOW)
    assert told(events) == [SpeechResumed, SpeechPaused]


def test_finishing_ends_what_is_being_said() -> None:
    endpointer = Endpointer()
    listen(endpointer, [0.9] * 20)
    [said] = endpointer.finish()
    assert isinstance(said, Utterance)
    assert said.ended == said.decided == len(said.pcm) == 20 * WINDOW
    assert endpointer.idle
    assert endpointer.finish() == []
    assert listen(endpointer, [0.0] * 40, start=20 * WINDOW) == []


def test_finishing_in_a_pause_keeps_the_samples_of_the_pause() -> None:
    endpointer = Endpointer()
    [paused] = paused_for(listen(endpointer, [0.9] * 20 + [0.0] * 10))
    [said] = endpointer.finish()
    assert isinstance(said, Utterance)
    np.testing.assert_array_equal(said.pcm, paused.pcm)
    assert said.decided == 30 * WINDOW


@pytest.mark.parametrize("sounding", [1, 3])
def test_finishing_drops_too_little_sound(sounding: int) -> None:
    endpointer = Endpointer()
    events = listen(endpointer, [0.9] * sounding) + endpointer.finish()
    assert told(events) == ([] if sounding == 1 else [SpeechSuspected, SpeechDismissed])
    assert endpointer.idle


def test_what_is_abandoned_is_not_reported_and_not_part_of_what_follows() -> None:
    endpointer = Endpointer()
    listen(endpointer, [0.9] * 20)
    endpointer.abandon()
    assert endpointer.idle
    events = listen(endpointer, [0.9] * 20 + [0.0] * 40, start=20 * WINDOW)
    assert told(events, SpeechSuspected) == [SpeechStarted, SpeechPaused, Utterance]
    said = events[-1]
    assert isinstance(said, Utterance)
    assert said.start == 20 * WINDOW


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
    free_from, started = 0, None
    for event in listen(endpointer, probabilities, window=window):
        if isinstance(event, SpeechStarted):
            assert started is None
            started = event.at
            continue
        if isinstance(event, SpeechSuspected | SpeechDismissed):
            assert started is None
            continue
        assert started is not None
        if isinstance(event, SpeechResumed):
            continue
        u = event if isinstance(event, Utterance) else event.utterance
        assert free_from <= u.start <= started < u.ended <= u.decided
        assert u.start + len(u.pcm) <= u.decided
        assert u.ended <= u.start + len(u.pcm)
        assert 0 < u.voiced <= 1
        assert u.decided - started < longest_ms * MS + window
        if isinstance(event, Utterance):
            free_from, started = u.decided, None
    assert endpointer.speaking == (started is not None)


@settings(deadline=None)
@given(RUNS, st.lists(st.sampled_from(["settle", "finish", "abandon", "reset", ""]), min_size=1))
def test_suspicions_and_pauses_are_always_resolved(
    probabilities: list[float], meddling: list[str]
) -> None:
    endpointer, state, pause = Endpointer(), "", None
    allowed = {
        SpeechSuspected: {""},
        SpeechDismissed: {"suspected"},
        SpeechStarted: {"suspected"},
        SpeechGrew: {"speaking"},
        SpeechPaused: {"speaking"},
        SpeechResumed: {"paused"},
        Utterance: {"speaking", "paused"},
    }
    leads = dict(
        zip(
            allowed,
            ("suspected", "", "speaking", "speaking", "paused", "speaking", ""),
            strict=True,
        )
    )
    for k, p in enumerate(probabilities):
        events = listen(endpointer, [p], start=k * WINDOW)
        what = meddling[k % len(meddling)] if k % 7 == 6 else ""
        if what == "finish":
            events += endpointer.finish()
        for event in events:
            assert state in allowed[type(event)]
            state = leads.get(type(event), "")
            pause = event.utterance if isinstance(event, SpeechPaused) else pause
        if what == "settle" and pause is not None:
            endpointer.settle(pause, 250)
        if what in ("abandon", "reset"):
            getattr(endpointer, what)()
            state = "suspected" if endpointer.suspecting else ""
        assert (state in ("speaking", "paused")) == endpointer.speaking
        assert (state == "suspected") == endpointer.suspecting


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
