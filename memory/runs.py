"""Runs of workflows: what was begun, how far it came, what must be finished or taken back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import apsw

from memory.database import Database

RunState = Literal["running", "undoing", "done", "failed", "undone"]
"""running and undoing have a future; done, failed (nothing to take back) and undone are over."""

StepState = Literal["done", "skipped", "failed", "undone", "stuck"]
"""stuck: it should have been taken back and could not be."""

_KEPT: Final = 500
"""Runs that are over and still kept, so that somebody can ask what happened last month."""


@dataclass(frozen=True, slots=True)
class RunStep:
    """What became of one step.

    Attributes:
        id: within its workflow.
        state: see `StepState`.
        result: JSON; what later steps may refer to, and the calls that take it back.
    """

    id: str
    state: StepState
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a workflow.

    Attributes:
        id: unique; also the beginning of its steps' idempotency keys.
        workflow: its name.
        definition: JSON of the workflow as it was then: a file edited meanwhile changes nothing.
        context: JSON of what its steps may refer to besides earlier steps.
        state: see `RunState`.
        started_at: Unix seconds.
        steps: in the order in which they ended.
    """

    id: str
    workflow: str
    definition: Mapping[str, Any]
    context: Mapping[str, Any]
    state: RunState
    started_at: float
    steps: tuple[RunStep, ...] = ()


class Runs:
    """The journal of runs; each change is durable when its call returns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, run: Run) -> bool:
        """Write down that a run begins; False if one of this id has begun already.

        Raises:
            MemoryFailed: it was not stored, and must not begin.
        """
        definition, context = json.dumps(run.definition), json.dumps(run.context)
        row = (run.id, run.workflow, definition, context, run.state, run.started_at)

        def change(connection: apsw.Connection) -> bool:
            connection.execute(
                "INSERT INTO runs (id, workflow, definition, context, state, started_at)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                row,
            )
            begun = connection.changes() > 0
            connection.execute(
                "DELETE FROM runs WHERE state NOT IN ('running', 'undoing') AND seq <="
                " (SELECT max(seq) FROM runs) - ?",
                (_KEPT,),
            )
            return begun

        return await self._database.write(change)

    async def note(self, run: str, step: RunStep) -> None:
        """Write down what became of a step; a later state of it replaces the earlier one.

        Raises:
            MemoryFailed: it was not stored.
        """
        row = (run, step.id, step.state, json.dumps(step.result))
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO run_steps (run, step, state, result) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET state = excluded.state, result = excluded.result",
                row,
            ).fetchall()
        )

    async def turn_to(self, run: str, state: RunState) -> None:
        """Change a run's state.

        Raises:
            MemoryFailed: it was not stored.
        """
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE runs SET state = ? WHERE id = ?", (state, run)
            ).fetchall()
        )

    async def claim(self, run: str, left: str, owner: str) -> bool:
        """Take up a run that a process has left; False if another one was faster.

        Args:
            run: its id.
            left: the owner that it had; see `memory.owner`.
            owner: that it has from now on.

        Raises:
            MemoryFailed: it was not stored, and must not be taken up.
        """

        def change(connection: apsw.Connection) -> bool:
            connection.execute(
                "UPDATE runs SET context = json_set(context, '$.owner', ?) WHERE id = ?"
                " AND coalesce(context ->> 'owner', '') = ? AND state IN ('running', 'undoing')",
                (owner, run, left),
            ).fetchall()
            return connection.changes() > 0

        return await self._database.write(change)

    async def get(self, run: str) -> Run | None:
        """A run by its id."""
        found = await self._database.read(lambda connection: _read(connection, "id = ?", run))
        return found[0] if found else None

    async def unfinished(self) -> list[Run]:
        """Runs that a killed process left behind, oldest first."""
        return await self._database.read(
            lambda connection: _read(connection, "state IN (?, 'undoing')", "running")
        )

    async def last(self, limit: int) -> list[Run]:
        """The newest runs, the oldest of them first."""
        newest = "seq > (SELECT coalesce(max(seq), 0) FROM runs) - ?"
        return await self._database.read(lambda connection: _read(connection, newest, limit))


def _read(connection: apsw.Connection, condition: str, argument: str | int) -> list[Run]:
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT id, workflow, definition, context, state, started_at FROM runs"  # noqa: S608 - only literals of this file
        f" WHERE {condition} ORDER BY seq",
        (argument,),
    ).fetchall()
    return [
        Run(
            run,
            workflow,
            json.loads(definition),
            json.loads(context),
            state,
            at,
            _steps(connection, run),
        )
        for run, workflow, definition, context, state, at in rows
    ]


def _steps(connection: apsw.Connection, run: str) -> tuple[RunStep, ...]:
    rows = connection.execute(
        "SELECT step, state, result FROM run_steps WHERE run = ? ORDER BY seq", (run,)
    )
    return tuple(RunStep(step, state, json.loads(result)) for step, state, result in rows)
