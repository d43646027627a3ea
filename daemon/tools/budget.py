"""How much one answer may cost. A small model that goes in circles must come to an end."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

CALLS: Final = 4
"""Calls of one answer, refused ones included."""

COST: Final = 10.0
"""Sum of `Tool.cost` of one answer: about ten seconds, the patience of somebody who waits."""

SECONDS: Final = 15.0
"""Seconds that the calls of one answer may really have taken when another one begins."""

_TURNS: Final = 64
"""Turns that are remembered; they last seconds, so more are never under way."""


@dataclass(slots=True)
class _Spent:
    calls: int = 0
    cost: float = 0.0
    seconds: float = 0.0


class Budget:
    """What each turn has spent so far.

    Args:
        calls: see `CALLS`.
        cost: see `COST`.
        seconds: see `SECONDS`.
    """

    def __init__(self, calls: int = CALLS, cost: float = COST, seconds: float = SECONDS) -> None:
        self._calls, self._cost, self._seconds = calls, cost, seconds
        self._turns: OrderedDict[str, _Spent] = OrderedDict()

    def attempt(self, turn: str) -> bool:
        """Count one call; False when it is one too many."""
        spent = self._spent(turn)
        spent.calls += 1
        return spent.calls <= self._calls

    def afford(self, turn: str, cost: float) -> bool:
        """Spend the cost of a call that is about to run; False when it is too much."""
        spent = self._spent(turn)
        if spent.cost + cost > self._cost or spent.seconds > self._seconds:
            return False
        spent.cost += cost
        return True

    def took(self, turn: str, seconds: float) -> None:
        """Count the time that a call really took."""
        self._spent(turn).seconds += seconds

    def _spent(self, turn: str) -> _Spent:
        spent = self._turns.setdefault(turn, _Spent())
        self._turns.move_to_end(turn)
        if len(self._turns) > _TURNS:
            self._turns.popitem(last=False)
        return spent
