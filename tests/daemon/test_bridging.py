"""A wait for the mind is bridged once, and only when it is long."""

import pytest

from daemon.budget import BRIDGE
from memory.records import Turn
from tests.clock import run
from tests.daemon.stage import Stage, exchange, silent_stage
from tests.doubles.models import ScriptedMind, ScriptedVoice


def answered(prefill_s: float) -> tuple[Turn, Stage]:
    stage = silent_stage(mind=ScriptedMind(["It is six."], prefill_s=prefill_s))

    async def main() -> Turn:
        taking = exchange(stage)
        await stage.turns().take(taking)
        return taking.turn

    return run(main()), stage


@pytest.mark.parametrize(("prefill_s", "bridges"), [(0.5, False), (6.0, True)])
def test_who_waits_long_is_told_so(prefill_s: float, bridges: bool) -> None:
    turn, stage = answered(prefill_s)
    assert isinstance(stage.voice, ScriptedVoice)
    assert (BRIDGE in stage.voice.said) == bridges
    assert turn.heard == turn.answered == "It is six."
    assert any(step.name == "bridge" for step in turn.trace) == bridges
    assert turn.latency_ms["first_audio"] > 1000 * prefill_s, "of the answer itself"
