"""Questions that were asked first, so that a yes counts for what was asked and nothing else."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from models.ports import ToolCall

VALID_S: Final = 120.0
"""Seconds that a question stays open: longer than anybody thinks about it."""

_OPEN: Final = 32
"""Questions that are open at once."""


class Consent:
    """Open questions, by exactly what they ask: the tool, its arguments and what these come to.

    Args:
        now: seconds on any clock that only goes forward.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._open: OrderedDict[str, float] = OrderedDict()

    def asked(self, call: ToolCall, plan: str) -> None:
        """Somebody is being asked whether this call shall be made.

        Args:
            call: with arguments that fit.
            plan: what it would do; see `daemon.tools.tool.Tool`.
        """
        self._open[_digest(call, plan)] = self._now() + VALID_S
        self._open.move_to_end(_digest(call, plan))
        if len(self._open) > _OPEN:
            self._open.popitem(last=False)

    def given(self, call: ToolCall, plan: str) -> bool:
        """Whether a yes can be meant for this call and what it would do now; it counts once."""
        return self._open.pop(_digest(call, plan), float("-inf")) >= self._now()


def _digest(call: ToolCall, plan: str) -> str:
    exact = json.dumps([call.name, dict(call.arguments), plan], sort_keys=True)
    return hashlib.sha256(exact.encode()).hexdigest()
