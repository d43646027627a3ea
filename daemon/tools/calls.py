"""Calls that may be made, made once: shared by their key, shielded, bounded, written down."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from daemon.tools.breaker import Breaker
from daemon.tools.budget import Budget
from daemon.tools.execution import Broke, dumped, execute, loaded
from daemon.tools.sayings import Sayings
from daemon.tools.tool import Occasion, Tool, ToolResult
from daemon.tools.undo_history import UndoHistory
from memory.audit import Audit, Finished, Fresh, Taken, Unfinished, Why
from memory.owner import elsewhere
from memory.records import MemoryFailed, StoreFull
from models.ports import ToolCall

log = logging.getLogger(__name__)

_UNKNOWN: Final = "it is unknown whether it happened"

_ELSEWHERE: Final = "it is under way elsewhere"
"""Another process that shares the store makes the call, and will end it."""

_TAKEN: Final = "the key belongs to another call"

_UNWRITTEN: Final = "nothing was done, because it could not be written down"
"""Why nothing acts while the disk is full."""


@dataclass(slots=True)
class _Shared:
    """A call under way, and how many wait for its result."""

    call: ToolCall
    task: "asyncio.Task[ToolResult]"
    waiting: int = 0


class Calls:
    """Makes calls, each key once.

    The entry that a call was begun is on disk before its tool runs, the one how it ended before
    its result is given back. While the trail cannot be written, only tools that read run.

    Args:
        audit: the trail and its ledger of keys.
        breaker: is told which tools work.
        budget: is told how long they took.
        history: is told what can be taken back.
    """

    def __init__(
        self, audit: Audit, breaker: Breaker, budget: Budget, history: UndoHistory
    ) -> None:
        self._audit = audit
        self._breaker = breaker
        self._budget = budget
        self._history = history
        self._running: dict[str, _Shared] = {}

    def under_way(self, key: str) -> bool:
        """Whether a call with this key runs now."""
        return key in self._running

    async def make(self, tool: Tool, call: ToolCall, occasion: Occasion) -> ToolResult:
        """Make a call in a task of its own, or wait for the one that makes it.

        A cancelled caller waits for the end of the call, which runs on; only a tool that reads is
        told to end, unless somebody else waits for it too.

        Args:
            tool: to call.
            call: with a key, and arguments that fit.
            occasion: on whose account.
        """
        shared = self._running.get(call.key)
        if shared is None:
            task = asyncio.create_task(self._make(tool, call, occasion), name=f"call {tool.name}")
            shared = self._running[call.key] = _Shared(call, task)
            task.add_done_callback(lambda _: self._running.pop(call.key))
        elif shared.call != call:
            return failed(_TAKEN)
        shared.waiting += 1
        try:
            return await asyncio.shield(shared.task)
        except asyncio.CancelledError:
            if tool.effect == "read" and shared.waiting == 1:
                shared.task.cancel()
            while not shared.task.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([shared.task])
            raise
        finally:
            shared.waiting -= 1

    async def _make(self, tool: Tool, call: ToolCall, occasion: Occasion) -> ToolResult:
        try:
            return await self._made(tool, call, occasion)
        except BaseException:
            # Whatever kept its outcome from being told: the next one may try.
            self._breaker.unknown(tool.name)
            raise

    async def _made(self, tool: Tool, call: ToolCall, occasion: Occasion) -> ToolResult:
        why = Why(occasion.cause, occasion.turn)
        try:
            begun = await self._audit.begin(call, why)
            if not isinstance(begun, Fresh):
                self._breaker.unknown(tool.name)
            if isinstance(begun, Unfinished):
                return await self._resume(tool, call, occasion, begun)
        except MemoryFailed as error:
            log.warning("The audit trail lacks a call of %s: %s", tool.name, error)
            if tool.effect == "read":
                return await self._run(tool, call, occasion)
            self._breaker.unknown(tool.name)
            return unwritten(error, occasion.language)
        match begun:
            case Finished():
                return stored(begun)
            case Taken():
                with suppress(MemoryFailed):  # a full disk must not keep it from being said
                    await self._audit.note("refused", call, why, _TAKEN)
                return failed(_TAKEN)
            case Fresh():
                return await self._recorded(tool, call, occasion, why)

    async def _resume(
        self, tool: Tool, call: ToolCall, occasion: Occasion, left: Unfinished
    ) -> ToolResult:
        """Bring a call to its end that was cut short."""
        why = Why(occasion.cause, occasion.turn)
        if elsewhere(left.owner):
            return failed(_ELSEWHERE)
        happened = _happened(tool, call)
        if happened is True:
            return await self._ended(tool, call, why, ToolResult("done", {"resumed": True}))
        if tool.effect == "read" or (happened is False and tool.idempotent):
            if not await self._audit.again(call, why, left):
                return failed(_ELSEWHERE)
            return await self._recorded(tool, call, occasion, why)
        return await self._ended(tool, call, why, failed(_UNKNOWN))

    async def _recorded(
        self, tool: Tool, call: ToolCall, occasion: Occasion, why: Why
    ) -> ToolResult:
        try:
            result = await self._run(tool, call, occasion)
        except asyncio.CancelledError:
            await self._ended(tool, call, why, failed("it was not waited for"))
            raise
        self._history.remember(call, occasion, result)
        return await self._ended(tool, call, why, result)

    async def _run(self, tool: Tool, call: ToolCall, occasion: Occasion) -> ToolResult:
        began = loop_time()
        try:
            result = await execute(tool, call.arguments, replace(occasion, key=call.key))
        except Broke as broke:
            self._breaker.broke(tool.name)
            doubt = f"; {_UNKNOWN}" if tool.effect == "write" else ""
            result = failed(f"{broke}{doubt}")
        except asyncio.CancelledError:
            self._breaker.unknown(tool.name)
            raise
        else:
            self._breaker.worked(tool.name)
        took = loop_time() - began
        self._budget.took(occasion.turn, took)
        log.info("%s for a %s: %s, %.0f ms", tool.name, occasion.cause, result.status, took * 1000)
        return result

    async def _ended(self, tool: Tool, call: ToolCall, why: Why, result: ToolResult) -> ToolResult:
        try:
            await self._audit.end(call, why, result.status, dumped(result))
        except MemoryFailed as error:
            # It has happened, so that is what is told; its key stays unfinished.
            log.warning("The audit trail lacks how a call of %s ended: %s", tool.name, error)
        except KeyError:
            # Another process has taken it up meanwhile; what it told holds for this key.
            log.warning("A call of %s was ended by another process", tool.name)
            with suppress(MemoryFailed):
                known = await self._audit.outcome(call.key)
                return stored(known) if isinstance(known, Finished) else result
        return result


def loop_time() -> float:
    """Seconds on the clock that timeouts run by."""
    return asyncio.get_running_loop().time()


def failed(reason: str) -> ToolResult:
    """A call of which nothing came, and why, for the model."""
    return ToolResult("failed", {"error": reason})


def cut_short(left: Unfinished) -> ToolResult:
    """What is known of a call that did not come to its end here."""
    return failed(_ELSEWHERE if elsewhere(left.owner) else _UNKNOWN)


def is_doubtful(result: ToolResult) -> bool:
    """Whether a failed call may have happened after all."""
    return result.status == "failed" and _UNKNOWN in str(result.value.get("error", ""))


def unwritten(error: MemoryFailed, language: str) -> ToolResult:
    """A call that was not made because it could not be put on record, and why, for a person too."""
    said = Sayings(language).say("disk_full" if isinstance(error, StoreFull) else "unwritten")
    return ToolResult("failed", {"error": _UNWRITTEN}, said)


def _happened(tool: Tool, call: ToolCall) -> bool | None:
    try:
        return tool.happened(call.arguments)
    except Exception as error:  # noqa: BLE001 - a tool's border: one that cannot tell does not know
        log.warning("The tool %s cannot say what happened: %s", tool.name, type(error).__name__)
        return None


def stored(known: Finished) -> ToolResult:
    """The result of a finished call; only its status, when the rest has been erased."""
    if known.result is None:
        return ToolResult(
            "done" if known.status in {"done", "sent"} else "failed", {"erased": True}
        )
    return loaded(known.result)
