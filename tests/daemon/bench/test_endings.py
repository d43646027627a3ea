import numpy as np
import pytest

from audio.frames import RATE, Pcm, Utterance
from daemon.bench.endings import SILENCES_MS, Case, Policy, summary
from daemon.bench.hesitating import LEAD_S, gaps, room, stretched, surrounded
from daemon.bench.pauses import Kind, Pause, Word, pauses
from daemon.bench.witnesses import Told
from tests.audio.recordings import noise
from tests.audio.test_listening import LoudIsSpeech, buzz

QUIET = 40
"""Amplitude of the room."""


def still(seconds: float, seed: int = 0) -> Pcm:
    return noise(round(seconds * RATE), seed=seed, loud=QUIET)


SENTENCE = np.concatenate((still(0.3), buzz(0.8), still(0.2, 1), buzz(0.6), still(0.4, 2)))
"""Speech from 0.3 to 1.1 and from 1.3 to 1.9 s."""

WORDS = [
    Word(" Turn", round(0.3 * RATE), round(0.7 * RATE)),
    Word(" on", round(0.7 * RATE), round(1.1 * RATE)),
    Word(" lights.", round(1.3 * RATE), round(1.9 * RATE)),
]

TOLD = Told("Turn on", 0.9, False, 200, 30)


def test_gaps_are_inside_of_speech() -> None:
    [(start, end)] = gaps(SENTENCE, 100)
    assert start == pytest.approx(1.1 * RATE, abs=0.011 * RATE)
    assert end == pytest.approx(1.3 * RATE, abs=0.011 * RATE)
    assert gaps(SENTENCE, 250) == []


def test_a_stretched_gap_lasts_as_long_as_it_should() -> None:
    [gap] = gaps(SENTENCE, 100)
    longer, after = stretched(SENTENCE, gap, 1000)
    assert len(longer) - len(SENTENCE) == after - gap[1]
    assert (after - gap[0]) / RATE == pytest.approx(1.0, abs=0.001)
    np.testing.assert_array_equal(longer[: gap[0]], SENTENCE[: gap[0]])
    np.testing.assert_array_equal(longer[after:], SENTENCE[gap[1] :])
    silence = np.abs(longer[gap[0] + 160 : after - 160].astype(int))
    assert 0 < silence.max() <= QUIET
    assert silence.mean() == pytest.approx(QUIET / 2, rel=0.2)
    assert np.array_equal(stretched(SENTENCE, gap, 100)[0], SENTENCE)


def test_a_room_is_what_the_recording_sounds_like_without_speech() -> None:
    assert np.abs(room(SENTENCE, 3 * RATE)).max() <= QUIET
    assert len(room(buzz(1), RATE)) == RATE
    assert np.abs(room(buzz(1), RATE)).max() < 10
    whole = surrounded(SENTENCE, 1.0)
    assert len(whole) == len(SENTENCE) + round((LEAD_S + 1.0) * RATE)


def test_pauses_are_told_with_what_they_are() -> None:
    found = list(pauses("one", SENTENCE, WORDS, LoudIsSpeech()))
    assert [pause.kind for pause in found] == ["natural", "end", "gap", "joint"]
    natural, end, gap, joint = found
    lead = LEAD_S * RATE
    assert end.utterance.ended - lead == pytest.approx(1.9 * RATE, abs=0.02 * RATE)
    assert end.resumed is None
    assert natural.lasts_ms == pytest.approx(200, abs=35)
    assert gap.word == "on"
    assert gap.lasts_ms == pytest.approx(2500, abs=20)
    assert gap.resumed is not None
    assert gap.resumed - gap.utterance.ended == pytest.approx(2.5 * RATE, abs=0.08 * RATE)
    assert joint.word == "turn"


def test_a_silence_behind_a_sentence_is_between_two() -> None:
    ended = [*WORDS[:1], Word(" on.", WORDS[1].start, WORDS[1].end), WORDS[2]]
    kinds = [pause.kind for pause in pauses("one", SENTENCE, ended, LoudIsSpeech())]
    assert kinds == ["between", "end", "between", "joint"]


def pause(kind: Kind, lasts_ms: float | None = None) -> Pause:
    said = Utterance(np.zeros(0, np.int16), 0, ended=16_000, decided=18_432)
    resumed = None if lasts_ms is None else 16_000 + round(lasts_ms * 16) + 1000
    return Pause(kind, said, known=18_560, resumed=resumed, lasts_ms=lasts_ms)


def test_a_decision_falls_at_the_end_of_a_window_that_is_known_with_a_frame() -> None:
    policy = Policy(lambda _: 500.0)
    decided = policy.decided(pause("end"), TOLD)
    assert decided % 320 == 0
    # 24,000 is due; the window ends at 24,064, and the frame that brings its end at 24,320.
    assert decided == 24_320
    assert policy.wait_ms(pause("end"), TOLD) == 520


def test_nothing_is_decided_before_it_is_known() -> None:
    policy = Policy(lambda _: 200.0, known_ms=200.0)
    decided = policy.decided(pause("end"), TOLD)
    assert 18_560 + 3200 < decided <= 18_560 + 3200 + 512 + 320


def test_only_who_goes_on_too_late_is_cut_off() -> None:
    policy = Policy(lambda _: 700.0)
    assert not policy.cuts(pause("gap", 600), TOLD)
    assert policy.cuts(pause("gap", 900), TOLD)
    assert not policy.cuts(pause("end"), TOLD)
    assert policy.cuts(pause("gap", 2000), TOLD) > policy.cuts(
        pause("gap", 2000).lasting(300), TOLD
    )


def test_a_joint_in_the_middle_of_a_word_is_none() -> None:
    inside = Pause("joint", pause("joint").utterance, 18_560, word="light")
    assert not Case("one", inside, TOLD).sound
    at = Pause("joint", inside.utterance, 18_560, word="on")
    assert Case("one", at, TOLD).sound
    assert Case("one", pause("gap", 500), TOLD).sound


def test_the_summary_counts_cut_offs_and_waits_of_both_halves() -> None:
    cases = [
        Case(str(n), one, told)
        for n in range(20)
        for one, told in (
            (pause("gap", 2500), TOLD),
            (pause("between", 2500), TOLD),
            (pause("end"), Told("Turn on the lights.", 0.98, True, 200, 30)),
        )
    ]
    figures = summary(cases)
    fixed = figures["by another decision"]["700 ms of silence"]
    longer = [silence for silence in SILENCES_MS if silence >= 800]
    assert fixed["cut_off_percent"] == 100 * len(longer) / len(SILENCES_MS)
    assert fixed["wait_p50_ms"] == pytest.approx(720, abs=20)
    halves = [figures[f"half that chose {what}"] for what in ("nothing", "the numbers")]
    assert sum(half["wait_ms"]["n"] for half in halves) == 20
    assert sum(half["pauses"]["gap"] for half in halves) == 20
    for half in halves:
        assert half["cut_off_percent"] == half["cut_off_percent_gap"] == 0.0
        assert half["cut_off_percent_by_length"] == {f"{s:.0f} ms": 0.0 for s in SILENCES_MS}
        assert half["wait_for_commands_ms"]["p50"] < 420 < fixed["wait_for_commands_p50_ms"]
    assert figures["decode_begins_ms"]["p50"] == 160


def test_sentences_that_follow_each_other_are_not_pauses_inside_of_one() -> None:
    over = Told("Turn on the lights.", 0.98, True, 200, 30)
    figures = summary([Case(str(n), pause("between", 2500), over) for n in range(20)])
    for what in ("nothing", "the numbers"):
        half = figures[f"half that chose {what}"]
        assert half["cut_off_percent"] is None
        assert half["cut_off_percent_between"] > 50
