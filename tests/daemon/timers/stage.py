"""A table of timers on a virtual evening, and the tools that change it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from daemon.tools.timing import timing_tools
from daemon.tools.tool import Occasion, Tool, ToolResult
from memory.store import Store
from memory.timers import Timer, Timers
from models.ports import ToolCall
from tests.clock import run
from tests.daemon.timers.phrases import BERLIN, NOW


class Stage:
    """Calls tools as the gate does; every call has a key of its own unless one is given."""

    def __init__(self, timers: Timers) -> None:
        self.timers = timers
        self.changes = 0
        self.calls = 0
        tools = timing_tools(timers, self.changed, now=self.now, local=BERLIN)
        self.tools: dict[str, Tool] = {tool.name: tool for tool in tools}

    def changed(self) -> None:
        self.changes += 1

    def now(self) -> float:
        return NOW + asyncio.get_running_loop().time()

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        area: str = "",
    ) -> ToolResult:
        self.calls += 1
        occasion = Occasion("turn", "intent", area=area, key=key or f"key {self.calls}")
        return await self.tools[name].run(arguments or {}, occasion)

    async def undo(self, result: ToolResult) -> None:
        assert result.undo
        for call in result.undo:
            await self.do(call)

    async def do(self, call: ToolCall) -> ToolResult:
        return await self.call(call.name, call.arguments)

    async def active(self) -> list[Timer]:
        return await self.timers.active()

    async def left(self) -> dict[str, float]:
        return {timer.name: round(timer.due - self.now()) for timer in await self.active()}


def play(path: Path, script: Callable[[Stage], Awaitable[None]]) -> None:
    async def main() -> None:
        async with Store.open(path / "m.db") as store:
            await script(Stage(store.timers))

    run(main())
