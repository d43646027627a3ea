"""How fast this machine thinks and speaks, learned from the turns that it has taken."""

from dataclasses import dataclass
from typing import Final

from memory.records import Turn

_LEARNING: Final = 0.2
"""Share of the newest turn in an average: some five turns back count, a slow minute passes."""


@dataclass(slots=True)
class Pace:
    """Exponential averages; they begin with what two quiet x86 cores do.

    Attributes:
        clause_s: seconds from the first token to the end of the first clause.
        voice_s: seconds from the first clause to its first sound.
    """

    clause_s: float = 0.35
    voice_s: float = 0.1

    def learn(self, turn: Turn) -> None:
        """Take in a finished turn; what it has no figures of stays as it was."""
        lengths = {step.name: (step.end - step.start) / 1000 for step in turn.trace}
        if "synthesise" in lengths:
            self._voice(lengths["synthesise"] + lengths.get("device", 0.0))
        if turn.route == "edge" and "prefill" in lengths:
            self._clause(turn)

    def _voice(self, seconds: float) -> None:
        self.voice_s += _LEARNING * (seconds - self.voice_s)

    def _clause(self, turn: Turn) -> None:
        asked = next((step.start for step in turn.trace if step.name == "synthesise"), None)
        token = turn.latency_ms.get("first_token")
        # A clause that was thought ahead has waited for its turn, not for the mind.
        hasty = turn.latency_ms.get("ahead", 0.0) > 0
        if asked is not None and token is not None and asked >= token and not hasty:
            self.clause_s += _LEARNING * ((asked - token) / 1000 - self.clause_s)
