"""What is only said: announcements through the house, and small talk."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from pydantic import Field

from daemon.tools.tool import Tool, ToolResult
from daemon.tools.typed import tool

Say = Callable[[str], Awaitable[None]]
Message = Annotated[str, Field(min_length=1, max_length=500, description="What to announce")]


def speech_tools(say: Say | None) -> list[Tool]:
    """HassNevermind and HassRespond, and HassBroadcast where announcements can be made.

    Args:
        say: announces a sentence; None where nothing can.
    """

    async def nevermind() -> ToolResult:
        """Does nothing."""
        return ToolResult("done")

    async def respond() -> ToolResult:
        """Answers a greeting or a question about the assistant."""
        return ToolResult("done")

    tools = [
        tool(nevermind, name="HassNevermind", effect="read"),
        tool(respond, name="HassRespond", effect="read"),
    ]
    return tools if say is None else [*tools, _broadcasting(say)]


def _broadcasting(say: Say) -> Tool:
    async def broadcast(message: Message) -> ToolResult:
        """Announces a message aloud."""
        await say(message)
        return ToolResult("done")

    return tool(broadcast, name="HassBroadcast", effect="write", timeout_s=30.0)
