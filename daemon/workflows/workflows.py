"""The workflows that there are, and the runs of them that are under way."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from daemon.announcements import Announcement, Post
from daemon.prompt import clock
from daemon.tools.tool import Occasion, Status, Tool, ToolResult
from daemon.workflows.asking import Asking, asking, planned
from daemon.workflows.definition import Workflow
from daemon.workflows.engine import Agree, Call, Ending, Execution, Outcome
from daemon.workflows.shelf import Shelf
from daemon.workflows.wording import interrupted, told
from memory.owner import elsewhere, own
from memory.records import MemoryFailed
from memory.runs import Run, Runs
from models.ports import ToolCall

log = logging.getLogger(__name__)

_ANSWER_S: Final = 8.0
"""Seconds after which somebody who waits is told that it goes on; a breath is long gone by then."""

_FRESH_S: Final = 900.0
"""Seconds: a run that was interrupted longer ago is taken back. Nobody in the house remembers why
the lights would go off now."""

_DOMAINS: Final = (
    *("light", "switch", "cover", "lock", "climate", "fan", "media_player", "vacuum", "valve"),
    *("sensor", "binary_sensor", "scene", "script", "weather", "siren", "humidifier"),
)
"""What `home` always has a number for, so that `home.lock` makes sense in a house without locks."""


@dataclass(slots=True)
class _Live:
    """A run under way.

    Attributes:
        workflow: that runs.
        execution: of it.
        task: that carries it to its end.
        began: seconds of the loop's clock.
        answered: whoever stopped it hears how it ended.
    """

    workflow: Workflow
    execution: Execution
    task: "asyncio.Task[Ending]"
    began: float
    answered: bool = False


class Workflows:
    """Loads workflow files and runs them through the gate."""

    def __init__(
        self,
        folders: Sequence[Path],
        runs: Runs,
        call: Call,
        agree: Agree,
        *,
        outcome: Outcome,
        tools: Callable[[], Sequence[Tool]],
        home: Callable[[], Mapping[str, int]],
        post: Post,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Load nothing yet.

        Args:
            folders: of the owner's files; a file there replaces an example of the same name.
            runs: the journal.
            call: the gate.
            agree: makes what was asked before the run count for its steps.
            outcome: what became of a call that was made before a kill.
            tools: what there is to call.
            home: how many entities of each domain the house has.
            post: has it said how a run ended when nobody waits for it any more.
            now: Unix seconds.
        """
        self._shelf = Shelf([Path(str(files("daemon.workflows") / "examples")), *folders])
        self._runs = runs
        self._call = call
        self._agree = agree
        self._outcome = outcome
        self._tools = tools
        self._home = home
        self._post = post
        self._now = now
        self._under_way: dict[str, _Live] = {}

    @property
    def all(self) -> list[Workflow]:
        """Everything that can be run, by name."""
        return self._shelf.all

    @property
    def refused(self) -> list[str]:
        """Why files are missing among `all`, in words for an admin."""
        return self._shelf.refused

    def load(self) -> bool:
        """Read the files if they or the tools are others now; whether that was so."""
        return self._shelf.load({tool.name: tool.effect for tool in self._tools()})

    def named(self, said: str) -> Workflow | None:
        """The workflow that somebody means, by its name or one of its phrases."""
        return self._shelf.named(said)

    def asking(self, workflow: Workflow, occasion: Occasion) -> list[Asking]:
        """The steps that would have to be confirmed, as far as that is known before."""
        return asking(workflow, self._tools(), occasion)

    async def run(self, workflow: Workflow, occasion: Occasion, key: str) -> ToolResult:
        """Run it, or learn how the run of this key ended; whoever leaves does not stop it.

        Raises:
            MemoryFailed: it was not begun, or the journal of it cannot be written.
        """
        run_id = f"run-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        if run_id not in self._under_way:
            run = await self._begun(run_id, workflow, occasion)
            self._start(run, workflow, occasion)
        live = self._under_way[run_id]
        try:
            done, _ = await asyncio.wait([live.task], timeout=_ANSWER_S)
        except asyncio.CancelledError:
            self._tell_later(live)
            raise
        if not done:
            self._tell_later(live)
            return ToolResult(
                "sent", {"run": run_id}, f"{workflow.name.capitalize()} is under way."
            )
        return _result(run_id, workflow, live.task.result())

    async def halt(self, occasion: Occasion, turn: str, at: float) -> ToolResult | None:
        """Stop a run and take it back, if it is the last thing that was done: see `Tool.halt`."""
        last = [
            live
            for one, live in self._under_way.items()
            # A step may be an undo of something else; it does not stop its own run.
            if one != occasion.turn and (one == turn or live.began >= at)
        ]
        if not last or not last[-1].execution.halt():
            return None
        live = last[-1]
        run_id = live.task.get_name()
        live.answered = True
        with suppress(MemoryFailed):  # then it is written down when its steps have ended
            await self._runs.turn_to(run_id, "undoing")
        done, _ = await asyncio.wait([live.task], timeout=_ANSWER_S)
        name = live.workflow.name.capitalize()
        if not done:
            live.answered = False
            return ToolResult("sent", {"run": run_id}, f"{name} is being taken back.")
        ending = live.task.result()
        value = {"run": run_id, "undone": list(ending.undone), "stuck": list(ending.stuck)}
        return ToolResult("failed" if ending.stuck else "done", value, told(live.workflow, ending))

    async def remembered(self) -> list[Run]:
        """What dead processes left behind: to be asked for before this one begins any run.

        Raises:
            MemoryFailed: the journal cannot be read.
        """
        left = await self._runs.unfinished()
        return [run for run in left if not elsewhere(_owner(run))]

    async def resume(self, left: Sequence[Run] | None = None) -> None:
        """Carry on with, or take back, what a killed process left behind.

        Args:
            left: what `remembered` gave at the start; None to look now.

        Raises:
            MemoryFailed: the journal cannot be read or written.
        """
        for run in await self.remembered() if left is None else left:
            if run.id in self._under_way:
                continue  # begun, or begun again, by this very process
            try:
                await self._take_up(run)
            except MemoryFailed:
                raise
            except Exception as error:  # noqa: BLE001 - a run's border: others were interrupted too
                # Without its text, which is the owner's.
                log.error("run %s is given up: %s", run.id, type(error).__name__)  # noqa: TRY400
                await self._runs.turn_to(run.id, "failed")

    async def _take_up(self, run: Run) -> None:
        workflow = Workflow.model_validate(run.definition)
        now = await self._runs.get(run.id)
        if now is None or not await self._runs.claim(run.id, _owner(run), own()):
            return
        log.warning("workflow %r was interrupted and is taken up again", workflow.name)
        if self._now() - now.started_at > _FRESH_S and now.state == "running":
            await self._runs.turn_to(run.id, "undoing")
            now = replace(now, state="undoing")
        occasion = Occasion(
            run.id,
            "workflow",
            area=str(run.context.get("area", "")),
            language=str(run.context.get("language", "en")),
        )
        ending = await self._start(now, workflow, occasion)
        # Not waited for: others were interrupted too, and the loudspeaker may be away.
        self._tell(interrupted(workflow, ending), run.id)

    async def close(self) -> None:
        """Stop what is under way; it is picked up at the next start."""
        tasks = [live.task for live in self._under_way.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def settled(self) -> None:
        """Wait for the runs that are under way."""
        while self._under_way:
            await asyncio.wait([live.task for live in self._under_way.values()])

    async def _begun(self, run_id: str, workflow: Workflow, occasion: Occasion) -> Run:
        context: dict[str, Any] = {
            "asked": occasion.asked,
            "area": occasion.area,
            "now": _moment(self._now()),
            "home": dict.fromkeys(_DOMAINS, 0) | dict(self._home()),
            "agreed": await self._agreed(run_id, workflow, occasion),
            "language": occasion.language,
            "owner": own(),
        }
        run = Run(run_id, workflow.name, workflow.model_dump(), context, "running", self._now())
        if await self._runs.begin(run):
            return run
        return await self._runs.get(run_id) or run

    async def _agreed(self, run_id: str, workflow: Workflow, occasion: Occasion) -> list[str]:
        """The steps that a yes was said to; kept at once, since later the house may be another."""
        asked = self.asking(workflow, occasion) if occasion.confirmed else []
        if occasion.plan not in ("", planned(workflow, asked)):
            return []
        agreed = [one.step for one in asked]
        for step in workflow.steps:
            if step.id in agreed:
                said = replace(occasion, cause="workflow", turn=run_id)
                await self._agree(ToolCall(step.tool, step.arguments), said)
        return agreed

    def _start(self, run: Run, workflow: Workflow, occasion: Occasion) -> "asyncio.Task[Ending]":
        occasion = Occasion(
            run.id, "workflow", occasion.asked, occasion.area, language=occasion.language
        )
        execution = Execution(
            run, workflow, self._call, self._agree, self._outcome, self._runs, occasion
        )
        task = asyncio.create_task(execution.finish(), name=run.id)
        began = asyncio.get_running_loop().time()
        self._under_way[run.id] = _Live(workflow, execution, task, began)
        task.add_done_callback(lambda _: self._under_way.pop(run.id, None))
        return task

    def _tell_later(self, live: _Live) -> None:
        """Say aloud how a run ended that nobody waits for any more."""

        def over(task: "asyncio.Task[Ending]") -> None:
            if not live.answered and not task.cancelled() and task.exception() is None:
                self._tell(told(live.workflow, task.result()), task.get_name())

        live.task.add_done_callback(over)

    def _tell(self, said: str, run_id: str) -> None:
        """Have it said aloud."""
        self._post(Announcement(said, key=run_id, cause="workflow"))


def _result(run_id: str, workflow: Workflow, ending: Ending) -> ToolResult:
    value = {
        "run": run_id,
        "failed": ending.failed,
        "undone": list(ending.undone),
        "stuck": list(ending.stuck),
        "unanswered": list(ending.unanswered),
    }
    status: Status = "failed" if ending.state != "done" else "done"
    if status == "done" and ending.unanswered:
        status = "sent"
    return ToolResult(status, value, told(workflow, ending))


def _owner(run: Run) -> str:
    return str(run.context.get("owner", ""))


def _moment(at: float) -> dict[str, Any]:
    """A time as expressions want it."""
    local = datetime.fromtimestamp(at).astimezone()
    return {
        "time": clock(local),
        "hour": local.hour,
        "weekday": f"{local:%A}",
        "date": f"{local:%A}, {local.day} {local:%B}",
    }
