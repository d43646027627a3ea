"""What a turn does, scripted."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from daemon.prompt import Context
from memory.records import Turn
from models.ports import ToolCall


@dataclass
class ScriptedActs:
    """Understands the sentences it was given, and lets the mind talk otherwise.

    Attributes:
        fast: what the fast path says to which words.
        chosen: what is said after the mind chose a tool for which words.
        seconds: that doing it takes.
        done: the words that were acted on, in order.
        asks: whether a question waits for its answer.
    """

    fast: Mapping[str, str] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    done: list[str] = field(default_factory=list)
    asks: bool = False

    def understands(self, asked: str) -> bool:
        return asked in self.fast

    def follows(self, asked: str) -> bool:
        return asked in self.fast

    async def act(self, turn: Turn) -> str | None:
        return await self._do(turn, self.fast)

    async def choose(self, asked: str, context: Context) -> ToolCall | None:
        return ToolCall("Scripted", {}) if asked in self.chosen else None

    async def carry_out(self, call: ToolCall, turn: Turn) -> str | None:
        return await self._do(turn, self.chosen)

    async def _do(self, turn: Turn, script: Mapping[str, str]) -> str | None:
        if turn.asked not in script:
            return None
        await asyncio.sleep(self.seconds)
        self.done.append(turn.asked)
        turn.tools.append({"name": "Scripted", "arguments": {}, "result": {}, "ok": True})
        return script[turn.asked]
