"""Asks a judge of sound on a thread of its own whether somebody has finished."""

from functools import partial

from audio.frames import Utterance
from audio.turn_judge import TurnJudge
from models.worker import Worker


class Judging:
    """A `daemon.foresight.Sound`.

    Args:
        judge: tells by the sound; None where there is none, and then nobody can tell.
    """

    def __init__(self, judge: TurnJudge | None) -> None:
        self._judge = judge
        self._worker = Worker("judge")

    async def probability(self, utterance: Utterance) -> float | None:
        """See `daemon.foresight.Sound`."""
        if self._judge is None:
            return None
        return await self._worker.run(partial(self._judge.probability, utterance.pcm))

    def close(self) -> None:
        """Wait for the judgement in hand."""
        self._worker.close()
