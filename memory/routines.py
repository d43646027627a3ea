"""Routines: habits that were found, what people said to them, and what became of them."""

import json
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import apsw

from memory.database import Database
from sensors.events import Value

RoutineState = Literal["found", "proposed", "accepted", "declined", "expired"]
"""found: nobody was told yet. proposed: told, once. Only accepted ones run. The others are kept,
so that nobody is asked twice."""

_ALIKE_S: Final = 45 * 60.0
"""Seconds between two times of day that people would call the same."""

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Routine:
    """A habit on its way to being done by itself.

    Attributes:
        id: unique.
        entity: id of what changes; value: to which state.
        at_s: time of day, seconds after local midnight.
        days: "every day", "workdays" or "weekends".
        seen: on how many days the habit was seen.
        condition: entity id and state that must hold, None for none.
        state: see `RoutineState`.
        since: of the state, Unix seconds.
        last_run: local date, ISO 8601, "" before the first.
        ran_at: Unix seconds, 0 before the first.
        undone: times that somebody took it back.
    """

    id: str
    entity: str
    value: Value
    at_s: float
    days: str
    seen: int
    condition: tuple[str, Value] | None = None
    state: RoutineState = "found"
    since: float = 0.0
    last_run: str = ""
    ran_at: float = 0.0
    undone: int = 0

    def is_like(self, other: "Routine") -> bool:
        """Whether people would call the two the same: then only one is ever proposed."""
        apart = abs(self.at_s - other.at_s)
        near = min(apart, _DAY_S - apart) <= _ALIKE_S
        days = {self.days, other.days}
        together = len(days) == 1 or "every day" in days
        return (self.entity, self.value) == (other.entity, other.value) and near and together


class Routines:
    """The durable table of routines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Routine]:
        """All of them, the oldest first."""
        return await self._database.read(_read)

    async def add(self, routine: Routine) -> bool:
        """Keep a new one, unless there is or was one like it.

        Raises:
            MemoryFailed: it was not stored.
        """

        def change(connection: apsw.Connection) -> bool:
            if any(routine.is_like(known) for known in _read(connection)):
                return False
            _put(connection, routine)
            return True

        return await self._database.write(change)

    async def change(self, routine_id: str, **what: Any) -> Routine | None:
        """Change attributes of one; the result, None if there is none of this id.

        Raises:
            MemoryFailed: it was not stored.
        """

        def change(connection: apsw.Connection) -> Routine | None:
            known = next((one for one in _read(connection) if one.id == routine_id), None)
            if known is None:
                return None
            changed = replace(known, **what)
            _put(connection, changed)
            return changed

        return await self._database.write(change)


def _put(connection: apsw.Connection, routine: Routine) -> None:
    told = json.dumps(
        {name: getattr(routine, name) for name in Routine.__slots__ if name not in ("id", "state")}
    )
    connection.execute(
        "INSERT INTO routines (id, state, told) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET state = excluded.state, told = excluded.told",
        (routine.id, routine.state, told),
    ).fetchall()


def _read(connection: apsw.Connection) -> list[Routine]:
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT id, state, told FROM routines ORDER BY seq"
    ).fetchall()
    return [_routine(*row) for row in rows]


def _routine(routine_id: str, state: RoutineState, told: str) -> Routine:
    known = json.loads(told)
    condition = known.pop("condition")
    return Routine(routine_id, state=state, condition=condition and tuple(condition), **known)
