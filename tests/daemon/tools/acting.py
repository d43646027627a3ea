"""Calling the tools of the small house."""

from functools import cache
from typing import Any, cast

from daemon.tools.home import home_tools
from daemon.tools.tool import Occasion, Tool, ToolResult
from memory.lists import Lists
from models.ports import ToolCall
from tests.clock import run
from tests.doubles.home import NOW, Home

SAID = Occasion("turn", "intent")

NO_LISTS = cast("Lists", None)


class _Stage:
    """Stands for the home of the test that runs: making all the tools takes longer than a test."""

    home: Home

    def __getattr__(self, name: str) -> Any:
        return getattr(self.home, name)


_STAGE = _Stage()


@cache
def _built() -> dict[str, Tool]:
    stage = cast("Home", _STAGE)
    return {tool.name: tool for tool in home_tools(stage, stage, NO_LISTS, lambda: NOW)}


def tools(home: Home) -> dict[str, Tool]:
    """All tools but those of lists, acting on this home until the next call."""
    _STAGE.home = home
    return _built()


def ran(tool: Tool, occasion: Occasion = SAID, /, **arguments: Any) -> ToolResult:
    async def main() -> ToolResult:
        return await tool.run(arguments, occasion)

    return run(main())


def call(home: Home, tool: str, occasion: Occasion = SAID, /, **arguments: Any) -> ToolResult:
    return ran(tools(home)[tool], occasion, **arguments)


def make(home: Home, calls: tuple[ToolCall, ...], occasion: Occasion = SAID) -> list[ToolResult]:
    return [call(home, one.name, occasion, **one.arguments) for one in calls]


def commanded(home: Home) -> list[tuple[str, str, dict[str, Any]]]:
    return [(one.entity, one.service, dict(one.arguments)) for one in home.commanded]
