"""A tool that keeps breaking is left alone for a while, so that nobody waits for its timeout."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FAILURES: Final = 3
"""In a row, after which a tool is left alone."""

FIRST_S: Final = 30.0
"""Seconds that it is left alone the first time; each failed try doubles them."""

LONGEST_S: Final = 600.0
"""Seconds at the most."""


@dataclass(slots=True)
class _State:
    failures: int = 0
    rest_s: float = FIRST_S
    until: float = 0.0
    trying: bool = False


class Breaker:
    """Counts failures by tool; an answer that says no is none.

    Args:
        now: seconds on any clock that only goes forward.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._states: dict[str, _State] = {}

    def resting(self, tool: str) -> float:
        """Seconds for which a tool must not be called; 0.0 lets one call through.

        After a rest only one call is let through, until its outcome is told.
        """
        state = self._states.get(tool)
        if state is None or state.failures < FAILURES:
            return 0.0
        left = state.until - self._now()
        if left > 0 or state.trying:
            return max(left, 1.0)
        state.trying = True
        return 0.0

    def worked(self, tool: str) -> None:
        """A call came back with an answer."""
        self._states.pop(tool, None)

    def broke(self, tool: str) -> None:
        """A call raised, hung, or came back with what is no answer."""
        state = self._states.setdefault(tool, _State())
        state.failures += 1
        if state.trying:
            state.rest_s = min(LONGEST_S, 2 * state.rest_s)
        if state.failures >= FAILURES:
            state.until = self._now() + state.rest_s
        state.trying = False

    def unknown(self, tool: str) -> None:
        """A call that was let through was given up; the next one may try."""
        if state := self._states.get(tool):
            state.trying = False
