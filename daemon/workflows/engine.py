"""One run of a workflow: steps as soon as they may, each once; taken back in reverse on failure.

What a run has done is in the journal before it goes on, and each call has the run's id and the
step's as its idempotency key: a run that is picked up after a kill calls what was done already once
more, and the gate answers with the result that it has.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from daemon.tools.calls import is_doubtful
from daemon.tools.tool import Occasion, ToolResult
from daemon.workflows.definition import Step, ToolUse, Workflow
from daemon.workflows.expressions import Expression, ExpressionFailed, filled
from daemon.workflows.naming import plain
from memory.records import MemoryFailed
from memory.runs import Run, Runs, RunState, RunStep
from models.ports import ToolCall

log = logging.getLogger(__name__)

Call = Callable[[ToolCall, Occasion], Awaitable[ToolResult]]
"""The gate."""

Agree = Callable[[ToolCall, Occasion], Awaitable[None]]
"""Makes a later call with `Occasion.confirmed` count as agreed to: `Gate.confirm`."""


Outcome = Callable[[str], Awaitable[ToolResult | None]]
"""The result of a call by its key, None when it has not ended: `Gate.outcome`."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended.

    Attributes:
        state: "done", "failed" (nothing had to be taken back) or "undone".
        said: what its steps had to say, in the order of the file.
        unanswered: what steps say that were sent and not confirmed by what they were sent to.
        failed: the step that failed, "" for none; why: in words for a person.
        undone: steps that were taken back, in the order in which that happened.
        stuck: steps that should have been taken back and could not be.
        unheard: steps that were sent back and whose devices have not answered that.
        kept: steps that happened and that nothing takes back.
        doubtful: steps of which nobody knows whether they happened, and that were not taken back.
    """

    state: RunState
    said: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    failed: str = ""
    why: str = ""
    undone: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


@dataclass(slots=True)
class Execution:
    """Carries a run to its end, from wherever it is."""

    run: Run
    workflow: Workflow
    call: Call
    agree: Agree
    outcome: Outcome
    runs: Runs
    occasion: Occasion
    _results: dict[str, dict[str, Any]] = field(default_factory=dict)
    _over: list[str] = field(default_factory=list)
    _undone: list[str] = field(default_factory=list)
    _stuck: list[str] = field(default_factory=list)
    _unheard: list[str] = field(default_factory=list)
    _failed: str = ""
    _halted: bool = False
    _ended: bool = False

    def __post_init__(self) -> None:
        """Take up what the journal has."""
        for step in self.run.steps:
            self._results[step.id] = dict(step.result)
            if step.state == "undone":
                self._undone.append(step.id)
            elif step.state == "stuck":
                self._stuck.append(step.id)
            elif step.state != "skipped":
                self._over.append(step.id)
            if step.state == "failed" and self._step(step.id).on_failure == "roll back":
                self._failed = self._failed or step.id

    async def finish(self) -> Ending:
        """Run what is left, or take back what was done.

        Raises:
            MemoryFailed: the journal cannot be written; the run is picked up at the next start.
        """
        if self.run.state == "running":
            await self._forward()
        if not (self._failed or self._halted) and self.run.state != "undoing":
            self._ended = True
            return await self._end("done")
        await self.runs.turn_to(self.run.id, "undoing")
        await self._catch_up()
        await self._back()
        return await self._end("undone" if self._undone or self._stuck else "failed")

    def halt(self) -> bool:
        """Begin nothing more, and take back what was done; False if it is all over already."""
        self._halted = not self._ended
        return self._halted

    async def _forward(self) -> None:
        """Start every step whose time has come, until all are over or one has failed."""
        needs = self.workflow.needs()
        running: dict[asyncio.Task[None], str] = {}
        while True:
            started = {*self._results, *running.values()}
            for step in self.workflow.steps:
                ready = step.id not in started and set(needs[step.id]) <= set(self._results)
                if ready and not (self._failed or self._halted):
                    running[asyncio.create_task(self._take(step), name=step.id)] = step.id
            if not running:
                return
            try:
                over, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                await _stop(running)
                raise
            for task in over:
                del running[task]
                if task.exception() is not None:
                    await _stop(running)
                task.result()

    async def _take(self, step: Step) -> None:
        try:
            await self._try(step)
        except MemoryFailed:
            raise
        except Exception as error:  # noqa: BLE001 - a step's border: the run takes back the others
            log.warning("step %s of run %s: %s", step.id, self.run.id, type(error).__name__)
            say = f"there is a mistake in the step {step.id}"
            await self._fail(step, {"status": "failed", "say": say, "value": {}})

    async def _try(self, step: Step) -> None:
        context = self._context()
        try:
            if step.when and not Expression(step.when).value(context):
                await self._note(step, "skipped", {"status": "skipped", "say": "", "value": {}})
                return
            if step.say:
                # What is not there leaves spaces.
                said = " ".join(str(filled(step.say, context)).split())
                await self._note(step, "done", {"status": "done", "say": said, "value": {}})
                return
            arguments = filled(step.arguments, context)
            back = filled(_arguments(step), context)
        except ExpressionFailed as error:
            await self._fail(step, {"status": "failed", "say": str(error), "value": {}})
            return
        call = ToolCall(step.tool, arguments, key=f"{self.run.id}/{step.id}")
        # A yes counts for the steps that it was asked for, before the run began.
        agreed = step.id in self.run.context.get("agreed", ())
        occasion = replace(self.occasion, turn=self.run.id, confirmed=agreed)
        result = await self.call(call, occasion)
        told = _told(step, result, back)
        if result.status == "ask":
            told["say"] = "somebody must be asked first"  # and nobody can answer in the middle
        if result.status in ("failed", "ask"):
            await self._fail(step, told)
            return
        await self._note(step, "done", told)

    async def _fail(self, step: Step, result: dict[str, Any]) -> None:
        if step.on_failure == "roll back":
            self._failed = self._failed or step.id
        await self._note(step, "failed", result)

    async def _note(self, step: Step, state: Any, result: dict[str, Any]) -> None:
        """Journal first: a step counts as over when a kill cannot make it run again."""
        await self.runs.note(self.run.id, RunStep(step.id, state, result))
        self._results[step.id] = result
        if state != "skipped":
            self._over.append(step.id)

    async def _catch_up(self) -> None:
        """Learn of steps that were done, and whose journal a kill has cut off."""
        for step in self.workflow.steps:
            if step.tool and step.id not in self._results:
                result = await self.outcome(f"{self.run.id}/{step.id}")
                if result is None:
                    continue
                try:
                    told = _told(step, result, filled(_arguments(step), self._context()))
                except ExpressionFailed:
                    # Its call could not have been begun without what it refers to.
                    continue
                state = "done" if result.status in ("done", "sent") else "failed"
                await self._note(step, state, told)

    async def _back(self) -> None:
        """Take back what was done, the last first; what cannot be taken back stops nothing else."""
        # A step that failed may have done a part of it: then it says what takes that part back.
        for step in self._over[::-1]:
            calls = self._results[step].get("undo", [])
            if not calls and not self._is_lasting(step):
                continue
            ok = bool(calls)
            for n, one in enumerate(calls):
                key = f"{self.run.id}/{step}/undo/{n}"
                call = ToolCall(one["name"], one["arguments"], key=key)
                ok = await self._taken_back(step, call) and ok
            (self._undone if ok else self._stuck).append(step)
            state = RunStep(step, "undone" if ok else "stuck", self._results[step])
            await self.runs.note(self.run.id, state)

    async def _taken_back(self, step: str, call: ToolCall) -> bool:
        # Whoever wrote a compensation into the file agreed to it. Nobody agreed to what a tool
        # says takes it back: that asks as ever, and with nobody to answer it is not done.
        written = isinstance(self._step(step).compensate, ToolUse)
        occasion = replace(self.occasion, turn=self.run.id, cause="undo", confirmed=written)
        if written:
            await self.agree(call, occasion)
        result = await self.call(call, occasion)
        if result.status == "sent" and step not in self._unheard:
            self._unheard.append(step)
        return result.status in ("done", "sent")

    def _is_lasting(self, step: str) -> bool:
        """Whether a step should be undone and its tool knows no way back."""
        happened = self._results[step]["status"] in ("done", "sent")
        return happened and self._step(step).compensate == "undo"

    async def _end(self, state: RunState) -> Ending:
        await self.runs.turn_to(self.run.id, state)
        over = [
            (step, self._results[step.id])
            for step in self.workflow.steps
            if step.id in self._results
        ]
        return Ending(
            state,
            said=tuple(told["say"] for step, told in over if step.say and told["say"]),
            unanswered=tuple(step.id for step, told in over if told["status"] == "sent"),
            failed=self._failed,
            why=str(self._results.get(self._failed, {}).get("say", "")),
            undone=tuple(one for one in self._undone if one not in self._unheard),
            stuck=tuple(self._stuck),
            unheard=tuple(one for one in self._unheard if one not in self._stuck),
            kept=tuple(
                step.id
                for step, told in over
                if step.compensate == "nothing" and told["status"] in ("done", "sent")
            ),
            doubtful=tuple(
                step.id
                for step, told in over
                if told.get("doubtful") and step.id not in (*self._undone, *self._stuck)
            ),
        )

    def _context(self) -> Mapping[str, Any]:
        return {**self.run.context, "steps": self._results}

    def _step(self, name: str) -> Step:
        return next(step for step in self.workflow.steps if step.id == name)


def _told(step: Step, result: ToolResult, back: Mapping[str, Any]) -> dict[str, Any]:
    """What later steps, the journal and the ending need to know of a result."""
    doubtful = is_doubtful(result)
    unknown = f"it is unknown whether {plain(step.id)} happened" if doubtful else ""
    return {
        "status": result.status,
        "say": result.say or unknown,
        "value": dict(result.value),
        "undo": _undo(step, result, back),
        "doubtful": doubtful,
    }


def _arguments(step: Step) -> dict[str, Any]:
    return step.compensate.arguments if isinstance(step.compensate, ToolUse) else {}


def _undo(step: Step, result: ToolResult, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls that take a step, or what it did before it failed, back; as JSON."""
    # What may have happened is taken back too, by what the owner wrote for that.
    happened = result.status in ("done", "sent") or bool(result.undo) or is_doubtful(result)
    if isinstance(step.compensate, ToolUse) and happened:
        return [{"name": step.compensate.tool, "arguments": dict(arguments)}]
    if step.compensate == "undo":
        return [{"name": call.name, "arguments": dict(call.arguments)} for call in result.undo]
    return []


async def _stop(tasks: dict["asyncio.Task[None]", str]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
