from typing import Any

import pytest

from daemon.bench import barge_in
from daemon.bench.barge_in import Interruption, Manner, Outcome
from daemon.bench.synthetic import item
from tests.daemon.bench.records import a_cue, a_turn, output

AT = 7.0
"""Second at which somebody speaks over an answer."""


def outcome(
    *sounds: tuple[float, float], manner: Manner = "words", new: Any = None, **old: Any
) -> Outcome:
    of = Interruption(manner, item("Never mind."), "What is on my shopping list?")
    turns = [a_turn(2, **old), new or {}]
    return barge_in._outcome(of, a_cue(AT), output(20, *sounds), turns)


def test_an_answer_that_stops() -> None:
    ended = outcome((4, AT + 0.18), interrupted=True)
    assert (ended.sounding, ended.interrupted) == (True, True)
    assert ended.stop_ms == pytest.approx(180, abs=1)
    assert ended.spoken_on_s == 0


def test_an_answer_that_has_not_begun_or_is_over_cannot_be_stopped() -> None:
    assert not outcome((8, 10)).sounding
    assert not outcome((4, AT - 0.5)).sounding


def test_the_new_answer_is_not_the_old_one() -> None:
    new = a_turn(AT, latency_ms={"first_audio": 400.0, "total": 2400.0})
    ended = outcome((4, AT + 0.2), (AT + 1.4, AT + 3.4), new=new)
    assert (ended.stop_ms, ended.spoken_on_s) == (200, 0)


def test_what_is_spoken_on_is_seen_before_a_new_answer() -> None:
    new = a_turn(AT, latency_ms={"first_audio": 400.0, "total": 2400.0})
    ended = outcome((4, AT + 0.2), (AT + 0.6, AT + 1.1), (AT + 3, AT + 5), new=new)
    assert ended.spoken_on_s == pytest.approx(0.5, abs=0.01)


def test_what_is_spoken_on_is_seen_without_a_new_answer() -> None:
    assert outcome((4, AT + 0.2), (AT + 2, AT + 3)).spoken_on_s == pytest.approx(1, abs=0.01)


def test_the_gaps_of_a_voice_are_no_silence() -> None:
    assert outcome((4, AT + 0.1), (AT + 0.3, AT + 0.5)).stop_ms == pytest.approx(500, abs=1)


def test_an_answer_that_goes_on_to_the_end_did_not_stop() -> None:
    assert outcome((4, 20)).stop_ms is None


def test_what_lets_it_go_on() -> None:
    on = outcome((4, AT + 0.1), (AT + 1, 15), manner="noise")
    off = outcome((4, AT + 0.1), manner="noise", interrupted=True)
    silent = outcome((10, 11), manner="noise")
    assert barge_in._gone_on([on, off, silent]) == {"n": 2, "went_on": 1, "share": 0.5}
