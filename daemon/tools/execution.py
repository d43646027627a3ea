"""Running a tool that may do anything: hang, raise, or answer with what is no answer."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any, Final, get_args

from daemon.tools.tool import Occasion, Status, Tool, ToolResult
from memory.chain import PAYLOAD_BYTES
from models.ports import ToolCall

log = logging.getLogger(__name__)

_GRACE: Final = 1.0
"""Seconds that a tool is given to end after it was told to."""

_STATUSES: Final = frozenset(get_args(Status))


class Broke(Exception):
    """A tool did not come back with an answer; the text is for the model and the trail."""


async def execute(tool: Tool, arguments: Mapping[str, Any], occasion: Occasion) -> ToolResult:
    """Run a tool for no longer than `timeout_s`, and give back what it says as plain JSON.

    A tool that does not end when it is told to is left behind.

    Raises:
        Broke: no answer in time, or none that can be used.
    """
    running = asyncio.create_task(_run(tool, arguments, occasion), name=f"tool {tool.name}")
    try:
        await asyncio.wait([running], timeout=tool.timeout_s)
    finally:
        on_time = running.done()
        if not on_time:
            running.cancel()
            await asyncio.wait([running], timeout=_GRACE)
            _keep(running)
    if not on_time:
        # It may still have had an answer while it was told to end; that one comes too late.
        raise Broke(f"{tool.name} did not answer within {tool.timeout_s:g} s")
    if running.cancelled():
        raise Broke(f"{tool.name} gave up")
    return running.result()


def _keep(task: "asyncio.Task[ToolResult]") -> None:
    """Hold on to a task that does not end, so that its end, whatever it is, is seen by somebody."""

    def seen(ended: "asyncio.Task[ToolResult]") -> None:
        _left_behind.discard(ended)
        if not ended.cancelled():
            ended.exception()

    _left_behind.add(task)
    task.add_done_callback(seen)


_left_behind: set["asyncio.Task[ToolResult]"] = set()


async def _run(tool: Tool, arguments: Mapping[str, Any], occasion: Occasion) -> ToolResult:
    try:
        result = await tool.run(arguments, occasion)
    except (Exception, SystemExit) as error:
        # A tool's border: whatever it raises, the daemon lives. Its text may quote what was said.
        log.warning("The tool %s failed with %s", tool.name, type(error).__name__)
        raise Broke(f"{tool.name} failed with {type(error).__name__}") from error
    return _checked(tool, result)


def _checked(tool: Tool, result: object) -> ToolResult:
    if not isinstance(result, ToolResult) or str(result.status) not in _STATUSES:
        raise Broke(f"{tool.name} came back with what is no result")
    try:
        return loaded(dumped(result))
    except ValueError as error:
        raise Broke(f"{tool.name} came back with {error}") from error


def dumped(result: ToolResult) -> dict[str, Any]:
    """A result as the trail keeps it.

    Raises:
        ValueError: it is no JSON, or too long to be kept.
    """
    try:
        kept = {
            "status": result.status,
            "value": _object(result.value),
            "say": str(result.say),
            "undo": [_call(call) for call in result.undo],
        }
        size = 0
        for piece in json.JSONEncoder(allow_nan=False).iterencode(kept):
            size += len(piece)
            if size > PAYLOAD_BYTES:
                raise ValueError(f"more than {PAYLOAD_BYTES // 1024} KiB")
    except (TypeError, AttributeError, RecursionError) as error:
        raise ValueError("what is not JSON") from error
    plain: dict[str, Any] = json.loads(json.dumps(kept))
    return plain


def loaded(kept: Mapping[str, Any]) -> ToolResult:
    """A result from what the trail kept."""
    undo = tuple(ToolCall(call["name"], call["arguments"]) for call in kept["undo"])
    return ToolResult(kept["status"], kept["value"], kept["say"], undo)


def _object(value: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(type(value).__name__)
    return dict(value)


def _call(call: ToolCall) -> dict[str, Any]:
    return {"name": call.name, "arguments": dict(call.arguments)}
