from daemon.bench.pairing import paired
from tests.daemon.bench.records import a_cue, a_turn, output

CUES = [a_cue(2), a_cue(10), a_cue(21), a_cue(30)]


def test_turns_find_their_recordings_although_some_are_missing() -> None:
    turns = [a_turn(2), a_turn(21, route="edge"), a_turn(30, route="none", asked="")]
    answers = paired(turns, CUES, output(40, (3.4, 5), (22.9, 24)))
    assert [one.group for one in answers] == ["command", "none", "question", "none"]
    assert [one.turns for one in answers] == [1, 0, 1, 1]
    assert [one.first_audio_ms for one in answers] == [400, None, 900, None]


def test_what_was_announced_answers_nothing() -> None:
    turns = [a_turn(2), a_turn(10, channel="announcement"), a_turn(21), a_turn(30)]
    assert [one.turns for one in paired(turns, CUES, output(40))] == [1, 0, 1, 1]


def test_a_recording_that_was_cut_in_two_has_no_wait() -> None:
    turns = [a_turn(2), a_turn(2.8), a_turn(10), a_turn(21)]
    answers = paired(turns, CUES, output(40, (3.4, 5), (11.5, 12)))
    assert [one.turns for one in answers] == [2, 1, 1, 0]
    assert [one.first_audio_ms for one in answers] == [None, 500, None, None]


def test_an_answer_before_the_end_is_no_quick_one() -> None:
    answer, *_ = paired([a_turn(2)], CUES, output(40, (2.9, 5)))
    assert answer.wav_ms == -100
    assert answer.first_audio_ms is None


def test_an_answer_that_still_sounds_is_not_the_next_one() -> None:
    turns = [a_turn(2), a_turn(10)]
    answers = paired(turns, CUES, output(40, (3.4, 10.5), (11.4, 12)))
    assert [one.overlapped for one in answers] == [False, True, False, False]
    assert answers[1].first_audio_ms is None


def test_the_earlier_of_two_ends_counts() -> None:
    # A knock at the end of the recording: the daemon found the end of the words 300 ms before it.
    known = a_turn(2, latency_ms={"first_audio": 700.0})
    answer, *_ = paired([known], CUES, output(40, (3.4, 5)))
    assert (answer.first_audio_ms, answer.record_ms) == (700, 700)
    assert answer.ended == 0.7 * 16_000
    # The daemon found it too late: it does not gain by that.
    late = a_turn(2, latency_ms={"first_audio": 200.0})
    answer, *_ = paired([late], CUES, output(40, (3.4, 5)))
    assert (answer.first_audio_ms, answer.record_ms) == (400, 200)


def test_nothing_was_understood_at_all() -> None:
    answers = paired([], CUES, output(40))
    assert [one.turns for one in answers] == [0, 0, 0, 0]
    assert not any(one.turn for one in answers)


def test_words_that_bridge_a_wait_are_no_answer() -> None:
    bridge = [{"name": "bridge", "start": 0.0, "end": 1000.0}]
    turn = a_turn(2, trace=bridge, latency_ms={"first_audio": 2100.0})
    answer, *_ = paired([turn], CUES, output(40, (4, 4.6), (5, 7)))
    assert (answer.sound_ms, answer.first_audio_ms, answer.record_ms) == (1100, 2100, 2100)
    assert answer.ended == 0.9 * 16_000
    interrupted = a_turn(2, trace=bridge, interrupted=True)
    answer, *_ = paired([interrupted], CUES, output(40, (4, 4.6)))
    assert (answer.sound_ms, answer.first_audio_ms) == (1000, None)
