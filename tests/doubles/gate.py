"""The gate of tools, scripted: calls by key, once each, as the real one promises."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from daemon.tools.tool import Occasion, ToolResult
from models.ports import ToolCall


@dataclass
class ScriptedGate:
    """Answers each tool as scripted and keeps what was done.

    Attributes:
        answers: by name of the tool; others succeed and are undone by "Un<name>".
        seconds: that a tool takes, by name.
        done: names of the tools that ran, in the order in which they ended.
        kept: results by key: what a real gate finds in its ledger after a restart.
    """

    answers: Mapping[str, ToolResult] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    kept: dict[str, ToolResult] = field(default_factory=dict)
    occasions: list[Occasion] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    agreed: list[str] = field(default_factory=list)

    async def agree(self, call: ToolCall, _: Occasion) -> None:
        self.agreed.append(call.name)

    async def outcome(self, key: str) -> ToolResult | None:
        return self.kept.get(key)

    async def call(self, call: ToolCall, occasion: Occasion) -> ToolResult:
        assert call.key, "a step without a key may be done twice"
        if call.key in self.kept:
            return self.kept[call.key]
        return await asyncio.shield(asyncio.ensure_future(self._run(call, occasion)))

    async def _run(self, call: ToolCall, occasion: Occasion) -> ToolResult:
        await asyncio.sleep(self.seconds.get(call.name, 0.01))
        undo = (ToolCall(f"Un{call.name}", call.arguments),)
        result = self.answers.get(call.name, ToolResult("done", {}, f"{call.name} done.", undo))
        self.occasions.append(occasion)
        self.done.append(call.name)
        self.calls.append(call)
        self.kept[call.key] = result
        return result
