"""What was done last, and how it is taken back."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from daemon.tools.tool import Occasion, ToolResult
from models.ports import ToolCall

UNITS: Final = 10
"""Turns, runs and routines that can be taken back, the last one first."""

WITHIN_S: Final = 3600.0
"""Seconds after which "undo that" no longer means something."""

_TOGETHER_S: Final = 600.0
"""Seconds between two calls of one turn or run; a routine has one name on all its days."""

_NAMED: Final = 3
"""Things that are named when they were taken back; nobody listens to more."""

_RANK: Final = {"ask": 0, "failed": 1, "sent": 2, "done": 3}


@dataclass(frozen=True, slots=True)
class Unit:
    """What one turn, run or routine did.

    Attributes:
        turn: its id.
        done: the calls that were made, in order.
        back: the calls that take it back, in the order in which they are to be made; none when it
            cannot be taken back.
        at: seconds, of the last of them.
    """

    turn: str
    done: tuple[ToolCall, ...]
    back: tuple[ToolCall, ...]
    at: float


class UndoHistory:
    """The last units that can be taken back.

    Args:
        now: seconds on any clock that only goes forward.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._units: deque[Unit] = deque(maxlen=UNITS)

    def remember(self, call: ToolCall, occasion: Occasion, result: ToolResult) -> None:
        """Remember a call; what one turn did is one unit.

        A command that cannot be taken back is remembered as that: "undo that" must not mean what
        was before it.
        """
        if occasion.cause == "undo":
            self._forget(call, result)
        elif result.undo or (result.value.get("outcomes") and result.status in {"done", "sent"}):
            unit = self._unit_of(occasion.turn)
            # What was done last is taken back first.
            back = (*result.undo, *unit.back)
            self._units.append(Unit(unit.turn, (*unit.done, call), back, self._now()))

    def last(self) -> Unit | None:
        """What would be taken back now; None when there is nothing, or only of long ago."""
        unit = self._units[-1] if self._units else None
        return unit if unit is not None and self._now() - unit.at <= WITHIN_S else None

    def take(self) -> Unit | None:
        """The last unit, which is then forgotten."""
        unit = self.last()
        if unit is not None:
            self._units.pop()
        return unit

    def put_back(self, unit: Unit, left: Sequence[ToolCall]) -> None:
        """Remember what of a unit could not be taken back, so that it can be tried again."""
        self._units.append(replace(unit, back=tuple(left)))

    def _unit_of(self, turn: str) -> Unit:
        """The unit of a turn, taken out, or a new one."""
        recent = (one for one in self._units if self._now() - one.at <= _TOGETHER_S)
        found = next((unit for unit in recent if turn and unit.turn == turn), None)
        if found is None:
            return Unit(turn, (), (), 0.0)
        self._units.remove(found)
        return found

    def _forget(self, call: ToolCall, result: ToolResult) -> None:
        """Somebody else, a workflow that failed, has taken a call back."""
        if result.status not in {"done", "sent"}:
            return
        for unit in self._units:
            for one in unit.back:
                if (one.name, one.arguments) == (call.name, call.arguments):
                    left = [other for other in unit.back if other is not one]
                    self._units.remove(unit)
                    if left:
                        self.put_back(unit, left)
                    return


def told(unit: Unit, outcomes: Sequence[tuple[ToolCall, ToolResult]]) -> ToolResult:
    """What came of taking a unit back: as good as the worst of its calls.

    "matched" and "unmatched" hold the states that were observed, as for any tool of the home.
    """
    value: dict[str, Any] = {
        "undone": [{"name": call.name, "arguments": dict(call.arguments)} for call in unit.done],
        "failed": [call.name for call, result in outcomes if result.status == "failed"],
    }
    for part in ("matched", "unmatched"):
        value[part] = [one for _, result in outcomes for one in result.value.get(part, ())]
    if not outcomes:
        return ToolResult(
            "failed", value | {"error": "it cannot be undone"}, "I can't take that back."
        )
    worst = min((result for _, result in outcomes), key=lambda result: _RANK[result.status])
    say = worst.say if worst.status in {"ask", "failed"} else _said(value["matched"], worst)
    return ToolResult(worst.status, value, say)


def _said(matched: Sequence[Mapping[str, Any]], worst: ToolResult) -> str:
    """What is so again, as it was observed."""
    if worst.status == "sent":
        return "I have sent it back, but had no answer."
    states = {str(one.get("name")): str(one.get("state")) for one in matched}
    if not 0 < len(states) <= _NAMED:
        return "I took that back."
    told = " and ".join(f"the {name} is {state}" for name, state in states.items())
    return f"I took that back: {told}."
