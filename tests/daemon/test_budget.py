"""When a wait is bridged: never before an answer that comes in time, never just before one."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.budget import BRIDGE, Budget, Ladder, bridge
from daemon.mouth import Mouth
from daemon.pace import Pace
from memory.records import Step, Turn
from tests.clock import run
from tests.doubles.audio import RecordingSpeaker
from tests.doubles.models import ScriptedVoice

LADDER = Ladder(Budget(anchor=10.0))


def test_a_budget_is_counted_from_the_end_of_speech() -> None:
    assert Budget(10.0).left(10.4) == pytest.approx(0.6)
    assert Budget(10.0, 0.5).left(10.75) == pytest.approx(-0.25)


@pytest.mark.parametrize(
    ("now", "expected", "due"),
    [
        (10.2, None, 11.8),  # Nobody knows: the clock decides.
        (12.5, None, 12.5),
        (10.2, 10.9, 11.8),  # It will come in time; look again when it should have.
        (10.2, 11.7, 11.8),
        (10.2, 15.0, 11.0),  # It will be late for certain: no need to wait for the limit.
        (11.4, 15.0, 11.4),
        (10.2, 12.0, 12.0),  # It would come while the bridging words sound.
        (11.2, 12.2, 12.2),
        (10.2, 12.1, 11.0),
        (11.0, 10.9, 11.8),  # A prediction that did not come true is none.
        (12.0, 11.9, 12.0),
    ],
)
def test_when_a_wait_is_bridged(now: float, expected: float | None, due: float) -> None:
    assert LADDER.bridge_at(now, expected) == pytest.approx(due)


TIMES = st.floats(10, 30)


@given(TIMES, st.one_of(st.none(), TIMES))
def test_an_answer_that_is_near_is_waited_for(now: float, expected: float | None) -> None:
    due = LADDER.bridge_at(now, expected)
    assert due >= now
    if due == now and expected is not None and expected > now:
        assert expected - now >= LADDER.bridge_s
        assert expected > 11.8
        assert now >= 11.0


def bridged(answer_at: float, predicted: float | None) -> list[str]:
    """What is said to a question whose speech ended at 0, in order."""

    async def answer() -> AsyncGenerator[str, None]:
        await asyncio.sleep(answer_at)
        yield "It is six."

    async def main() -> list[str]:
        voice = ScriptedVoice(prepared=[BRIDGE])
        mouth = Mouth(voice, RecordingSpeaker(voice.rate))
        waiting = asyncio.create_task(bridge(Ladder(Budget(0.0)), mouth, lambda: predicted))
        await mouth.speak(answer())
        await asyncio.wait_for(waiting, 60)
        assert mouth.heard() == "It is six."
        return voice.said

    return run(main())


@pytest.mark.parametrize("predicted", [None, 0.5, 1.7])
@pytest.mark.parametrize("answer_at", [0.1, 1.0, 1.75])
def test_an_answer_in_time_is_not_preceded_by_anything(
    answer_at: float, predicted: float | None
) -> None:
    assert bridged(answer_at, predicted) == ["It is six."]


@pytest.mark.parametrize("predicted", [None, 0.5, 6.0])
def test_a_late_answer_is_preceded_once(predicted: float | None) -> None:
    assert bridged(6.0, predicted) == [BRIDGE, "It is six."]


def test_an_answer_just_after_the_limit_is_waited_for() -> None:
    assert bridged(1.9, 2.0) == ["It is six."]


def turn(**changes: object) -> Turn:
    made = Turn("t", "s", 0.0, "mic", route="edge", prompt_tokens=400, kv_reused=100)
    made.latency_ms = {"first_token": 2200.0}
    made.trace = [
        Step("prefill", 100, 2100),
        Step("synthesise", 2800, 2900),
        Step("device", 2900, 2950),
    ]
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_a_pace_is_learned_from_turns() -> None:
    pace = Pace()
    for _ in range(60):
        pace.learn(turn())
    assert pace.clause_s == pytest.approx(0.6, rel=0.01)
    assert pace.voice_s == pytest.approx(0.15, rel=0.01)


def test_one_slow_turn_does_not_upset_it() -> None:
    pace, slow = Pace(), turn(trace=[Step("synthesise", 2800, 4800)])
    before = pace.voice_s
    pace.learn(slow)
    assert before < pace.voice_s < 0.5


@pytest.mark.parametrize(
    "useless",
    [
        turn(route="intent", trace=[Step("prefill", 0, 9000)]),
        turn(trace=[]),
        turn(trace=[Step("prefill", 0, 9)]),  # Nothing of it was spoken.
        turn(latency_ms={}, trace=[Step("recall", 0, 9000)]),
        turn(latency_ms={"ahead": 700.0, "first_token": -300.0}, trace=[Step("recall", 0, 900)]),
    ],
)
def test_turns_that_tell_nothing_change_nothing(useless: Turn) -> None:
    pace = Pace()
    pace.learn(useless)
    assert pace == Pace()


def test_a_clause_that_was_thought_ahead_waited_for_its_turn() -> None:
    pace = Pace()
    ahead = turn(latency_ms={"ahead": 700.0, "first_token": -300.0})
    pace.learn(ahead)
    assert pace.clause_s == Pace().clause_s
