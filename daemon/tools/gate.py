"""The one gate: whatever acts, acts through `Gate.call`, and all of it is in the audit trail."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Literal

from daemon.tools.breaker import Breaker
from daemon.tools.budget import Budget
from daemon.tools.calls import Calls, cut_short, failed, loop_time, stored, unwritten
from daemon.tools.consent import Consent
from daemon.tools.fitting import Fitting, Misfit
from daemon.tools.tool import Occasion, Tool, ToolResult
from daemon.tools.undo_history import UndoHistory, Unit, told
from memory.audit import Audit, Finished, Why
from memory.ids import new_id
from memory.records import MemoryFailed
from models.ports import ToolCall

log = logging.getLogger(__name__)

UNDO: Final = "AuricleUndo"
"""Name of the tool that takes back what was done last."""

_UNDO_S: Final = 60.0
"""Seconds that undoing may take: a workflow of many steps, each with its own timeout."""

_NAME: Final = 64
"""Characters of a name that a model made up which it is told back."""

_TOO_MUCH: Final = "that is too much for one answer"


class _Refused(Exception):
    """A call that must not be made; the text is for the model and the trail."""


class Gate:
    """Checks, asks, runs, records.

    Args:
        tools: the first ones; `AuricleUndo` is added to them.
        audit: where everything is written down, and which keys were used.
        now: Unix seconds, for new keys.
        budget: of one answer of the model.
    """

    def __init__(
        self,
        tools: Sequence[Tool],
        audit: Audit,
        *,
        now: Callable[[], float] = time.time,
        budget: Budget | None = None,
    ) -> None:
        self._audit = audit
        self._now = now
        self._budget = budget or Budget()
        self._tools: dict[str, tuple[Tool, Fitting]] = {}
        self._consent = Consent(loop_time)
        self._breaker = Breaker(loop_time)
        self._history = UndoHistory(loop_time)
        self._undoing = asyncio.Lock()
        self._asked_to_undo: Unit | None = None
        self._calls = Calls(audit, self._breaker, self._budget, self._history)
        for tool in (*tools, self._undo_tool()):
            self.add(tool)

    def tools(self) -> list[Tool]:
        """All tools, in the order in which they came."""
        return [tool for tool, _ in self._tools.values()]

    def add(self, tool: Tool) -> None:
        """Make a tool known.

        Raises:
            ValueError: there is one of this name, or its schema is none.
        """
        if tool.name in self._tools:
            raise ValueError(f"there is a tool {tool.name} already")
        # A new table: `tools` may be asked for on another thread.
        self._tools = {**self._tools, tool.name: (tool, Fitting(tool.schema))}

    def remove(self, name: str) -> None:
        """Forget a tool; calls that are under way go on."""
        self._tools = {one: known for one, known in self._tools.items() if one != name}

    async def call(
        self, call: ToolCall, occasion: Occasion, *, speculative: bool = False
    ) -> ToolResult:
        """Make a call, or say why not. Raises nothing but a cancellation.

        Two calls with the same key are one: the second gets the result of the first. A call that
        a crash cut short is finished as done if its effect can be seen, runs again only if it is
        idempotent, and otherwise fails, because nobody knows.

        A tool may ask first: then nothing happens, the status is "ask", `say` is the question and
        `value["call"]` what it is about. A yes is this very call again, with `Occasion.confirmed`:
        it counts once, within two minutes, for exactly this name and these arguments while they
        come to the same thing. For others it counts nothing, and the question is asked anew.

        Args:
            call: arguments need not be checked.
            occasion: on whose account.
            speculative: it is not certain yet that somebody has finished speaking: only tools
                that read are run.
        """
        why = Why(occasion.cause, occasion.turn)
        given = call.key
        call = replace(call, key=given or new_id(self._now()))
        try:
            known = await self._is_known(given)
            if not known:
                self._count(occasion)
            tool, call = self._fitted(call, occasion)
            if not known:
                _check_timing(tool, speculative)
                plan = _plan(tool, call, occasion)
                consented = occasion.confirmed and await self._consented(call, occasion, plan)
                if question := "" if consented else _question(tool, call, occasion):
                    return await self._ask(call, why, question, plan)
                occasion = replace(occasion, confirmed=consented, plan=plan)
                self._afford(tool, occasion)
        except (_Refused, Misfit, MemoryFailed) as refusal:
            return await self._refuse(call, occasion, refusal)
        result = await self._calls.make(tool, call, occasion)
        if result.status == "ask":
            # It looked again while it ran: the house was not what it had been.
            with suppress(_Refused):
                self._consent.asked(call, _plan(tool, call, occasion))
        return result

    async def confirm(self, call: ToolCall, occasion: Occasion) -> None:
        """Keep that somebody has said yes to a call which a run or a routine will make later.

        For what asks about several calls in one question before it begins. The call is then made
        with `Occasion.confirmed` and the same turn; the yes survives a restart, and counts for
        the causes "workflow", "routine" and "undo" alone. Nothing that a model says may lead here.

        Raises:
            MemoryFailed: it is not kept.
        """
        with suppress(_Refused, Misfit):  # what would not be made needs no yes
            tool, call = self._fitted(call, occasion)
            plan = _plan(tool, call, occasion)
            await self._audit.note("confirmed", call, Why(occasion.cause, occasion.turn), "", plan)

    async def undo(self, occasion: Occasion) -> ToolResult:
        """Take back what the last turn, run or routine did, in reverse order.

        Undoing is made of calls like any other: a lock still asks before it opens. What fails, or
        asks, can be tried again by undoing again; what was undone is forgotten.

        Args:
            occasion: confirmed if somebody said yes to what `AuricleUndo` asked.
        """
        async with self._undoing:
            if (halted := await self._halted(occasion)) is not None:
                return halted
            # The yes was to what was the last thing then; meanwhile something else may be it.
            meant = self._history.last() == self._asked_to_undo
            if occasion.confirmed and not meant and (asks := self._undo_question({}, occasion)):
                return ToolResult("ask", say=asks)
            confirmed = occasion.confirmed and meant
            unit = self._history.take()
            if unit is None:
                say = "There is nothing to undo." if occasion.language == "en" else ""
                return ToolResult("failed", {"error": "there is nothing to undo"}, say)
            by_undo = replace(occasion, cause="undo", confirmed=confirmed)
            outcomes: list[tuple[ToolCall, ToolResult]] = []
            try:
                for call in unit.back:
                    if confirmed:
                        self._agree(call, by_undo)
                    outcomes.append((call, await self.call(call, by_undo)))
            finally:
                again = [call for call, result in outcomes if result.status in {"failed", "ask"}]
                if left := [*again, *unit.back[len(outcomes) :]]:
                    self._history.put_back(unit, left)
            return told(unit, outcomes)

    async def _halted(self, occasion: Occasion) -> ToolResult | None:
        """What came of stopping what is still under way; None when the last thing is over."""
        last = self._history.last()
        turn, at = (last.turn, last.at) if last is not None else ("", float("-inf"))
        for tool in self.tools():
            if (halted := await tool.halt(occasion, turn, at)) is not None:
                return halted
        return None

    async def outcome(self, key: str) -> ToolResult | None:
        """The result of a call that was begun, for whoever was not there when it ended.

        None for one that was not begun or is still under way; of one that a crash cut short it is
        unknown whether it happened.
        """
        with suppress(MemoryFailed):
            known = await self._audit.outcome(key)
            if isinstance(known, Finished):
                return stored(known)
            if known is not None and not self._calls.under_way(key):
                return cut_short(known)
        return None

    async def _is_known(self, key: str) -> bool:
        """Whether a call with this key was begun: then it was let through already."""
        if not key:
            return False
        return self._calls.under_way(key) or await self._audit.outcome(key) is not None

    def _fitted(self, call: ToolCall, occasion: Occasion) -> tuple[Tool, ToolCall]:
        """The tool, and the call with arguments that fit it."""
        if call.name not in self._tools:
            raise _Refused(f"there is no tool {call.name[:_NAME]}")
        tool, fitting = self._tools[call.name]
        fitted = fitting.fit(call.arguments, occasion.language)
        return tool, replace(call, arguments=fitted)

    def _count(self, occasion: Occasion) -> None:
        if occasion.cause == "model" and not self._budget.attempt(occasion.turn):
            raise _Refused(_TOO_MUCH)

    async def _consented(self, call: ToolCall, occasion: Occasion, plan: str) -> bool:
        """Whether somebody has said yes to exactly this call, and to what it would do now."""
        if self._consent.given(call, plan):
            why = Why(occasion.cause, occasion.turn)
            await self._audit.note("confirmed", call, why, "", plan)
            return True
        if occasion.cause in {"workflow", "routine", "undo"}:
            return await self._audit.confirmed(call, occasion.turn, plan)
        return False

    def _agree(self, call: ToolCall, occasion: Occasion) -> None:
        """Take the yes to an undo for a yes to one of the calls that it is made of."""
        with suppress(_Refused, Misfit):  # it will fail by itself, and say why
            tool, call = self._fitted(call, occasion)
            self._consent.asked(call, _plan(tool, call, occasion))

    def _afford(self, tool: Tool, occasion: Occasion) -> None:
        if occasion.cause == "model" and not self._budget.afford(occasion.turn, tool.cost):
            raise _Refused(_TOO_MUCH)
        if rest := self._breaker.resting(tool.name):
            raise _Refused(f"{tool.name} has failed several times and rests for {rest:.0f} s")

    async def _ask(self, call: ToolCall, why: Why, question: str, plan: str) -> ToolResult:
        await self._note("asked", call, why, question)
        self._consent.asked(call, plan)
        about = {"name": call.name, "arguments": call.arguments, "key": call.key}
        return ToolResult("ask", {"question": question, "call": about}, question)

    async def _refuse(self, call: ToolCall, occasion: Occasion, refusal: Exception) -> ToolResult:
        if isinstance(refusal, MemoryFailed):
            log.warning("%s was not called: %s", _known(call, self._tools), refusal)
            return unwritten(refusal, occasion.language)
        why = Why(occasion.cause, occasion.turn)
        await self._note(
            "refused", replace(call, name=_known(call, self._tools)), why, str(refusal)
        )
        return failed(str(refusal))

    async def _note(
        self, kind: Literal["refused", "asked"], call: ToolCall, why: Why, reason: str
    ) -> None:
        """Write down what did not run; a full disk must not keep it from being said."""
        try:
            await self._audit.note(kind, call, why, reason)
        except MemoryFailed as error:
            log.warning("The audit trail lacks a call that was %s: %s", kind, error)

    def _undo_tool(self) -> Tool:
        return Tool(
            name=UNDO,
            description="Take back what was done last, in this room or by a routine.",
            schema={"type": "object", "properties": {}, "additionalProperties": False},
            run=lambda _, occasion: self.undo(occasion),
            timeout_s=_UNDO_S,
            confirm=self._undo_question,
            plan=self._undo_plan,
        )

    def _undo_plan(self, _: Mapping[str, Any], occasion: Occasion) -> str:
        """What the calls that take the last thing back would do."""
        unit = self._history.last()
        by_undo = replace(occasion, cause="undo")
        plans = []
        for call in unit.back if unit is not None else ():
            with suppress(_Refused, Misfit):
                tool, fitted = self._fitted(call, by_undo)
                plans.append([fitted.name, dict(fitted.arguments), _plan(tool, fitted, by_undo)])
        return json.dumps(plans, sort_keys=True)

    def _undo_question(self, _: Mapping[str, Any], occasion: Occasion) -> str:
        """What the calls that take the last thing back would ask, in one."""
        self._asked_to_undo = unit = self._history.last()
        by_undo = replace(occasion, cause="undo")
        asked = []
        for call in unit.back if unit is not None else ():
            with suppress(_Refused, Misfit):  # it will fail by itself, and say why
                tool, fitted = self._fitted(call, by_undo)
                asked.append(_question(tool, fitted, by_undo))
        return " ".join(dict.fromkeys(question for question in asked if question))


def record(call: ToolCall, result: ToolResult) -> dict[str, Any]:
    """A call and what came of it, for `Turn.tools`."""
    came = {"status": result.status, **result.value}
    return {"name": call.name, "arguments": dict(call.arguments), "result": came, "ok": result.ok}


def _known(call: ToolCall, tools: Mapping[str, object]) -> str:
    # A name that a model made up may hold what somebody said.
    return call.name if call.name in tools else ""


def _check_timing(tool: Tool, speculative: bool) -> None:
    if speculative and tool.effect == "write":
        raise _Refused("nothing is done before somebody has finished speaking")


def _plan(tool: Tool, call: ToolCall, occasion: Occasion) -> str:
    try:
        return tool.plan(call.arguments, occasion)
    except Exception as error:  # a tool's border: one that cannot say what it would do is not run
        log.warning("The tool %s cannot say what it would do: %s", tool.name, type(error).__name__)
        raise _Refused(f"{tool.name} cannot say what it would do") from error


def _question(tool: Tool, call: ToolCall, occasion: Occasion) -> str:
    try:
        return tool.confirm(call.arguments, occasion)
    except Exception as error:  # a tool's border: one that cannot say whether to ask is not run
        log.warning("The tool %s cannot say whether to ask: %s", tool.name, type(error).__name__)
        raise _Refused(f"{tool.name} cannot say whether somebody must be asked first") from error
