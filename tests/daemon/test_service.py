"""When the service ends, and what it then leaves behind."""

import asyncio

import pytest

from daemon.service import ConversationEnded, _converse
from memory.records import Turn
from tests.clock import run
from tests.daemon.stage import Stage, assert_nothing_is_left, spoken
from tests.doubles.models import ScriptedEar, ScriptedMind


def ended(stage: Stage, *, once: bool) -> float:
    async def main() -> float:
        with pytest.raises(ConversationEnded):
            await _converse(stage.conversation, stage.ear, once=once)
        assert_nothing_is_left()
        assert not stage.microphone.capturing
        return asyncio.get_running_loop().time()

    return run(main())


def two_questions() -> Stage:
    return Stage(
        spoken(0.5, 1.0, 8.0, 1.0, 0.3),
        transcriber=ScriptedEar(["one", "two"]),
        mind=ScriptedMind(["It is one.", "It is two."]),
    )


def test_a_recording_ends_with_its_last_answer() -> None:
    stage = two_questions()
    assert ended(stage, once=False) > 10.5
    assert [turn.heard for turn in stage.journal] == ["It is one.", "It is two."]


def test_once_ends_with_the_first_answer() -> None:
    stage = two_questions()
    assert ended(stage, once=True) < 5
    assert [(turn.heard, turn.interrupted) for turn in stage.journal] == [("It is one.", False)]


def test_once_does_not_count_a_noise() -> None:
    stage = Stage(spoken(0.5, 1.0, 3.0, 1.0, 0.3), transcriber=ScriptedEar(["", "two"]))
    ended(stage, once=True)
    assert [turn.asked for turn in stage.journal] == ["two"]


def test_a_recording_of_silence_ends_too() -> None:
    assert ended(Stage(spoken(1.0)), once=False) == pytest.approx(1.0, abs=0.1)
    assert ended(Stage(spoken(1.0)), once=True) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("once", [False, True])
def test_a_defect_is_not_a_good_end(once: bool) -> None:
    class Defect(Stage):
        async def keep(self, turn: Turn) -> None:
            raise ZeroDivisionError

    async def main() -> None:
        stage = Defect(spoken(0.5, 1.0, 0.1))
        with pytest.raises((ZeroDivisionError, ExceptionGroup)):
            await _converse(stage.conversation, stage.ear, once=once)
        assert_nothing_is_left()

    run(main())


def test_a_stop_is_a_stop() -> None:
    async def main() -> None:
        stage = two_questions()
        task = asyncio.create_task(_converse(stage.conversation, stage.ear, once=False))
        await asyncio.sleep(2.6)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert_nothing_is_left()
        (turn,) = stage.journal
        assert turn.interrupted

    run(main())
