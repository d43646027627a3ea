"""Timers, alarms and reminders: set, changed and fired in transactions, each exactly once."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal

import apsw

from memory.database import Database
from memory.words import storable

Kind = Literal["timer", "alarm", "reminder"]

State = Literal["running", "paused", "fired", "acknowledged", "missed", "cancelled"]
"""running: waits for its time. paused: does not. fired: due, and somebody must still be told.
acknowledged: said, or stopped. missed: rang until it gave up. cancelled: taken back."""

ACTIVE: Final[tuple[State, ...]] = ("running", "paused", "fired")
"""States that are not the end."""

KEPT_S: Final = 30 * 86_400.0
"""Seconds for which what has ended, and the keys of calls, are kept."""


@dataclass(frozen=True, slots=True)
class Timer:
    """One occurrence of a timer, an alarm or a reminder.

    Attributes:
        id: unique, sortable by the time it was set.
        kind: what people call it.
        name: "pasta", "taxi"; "" for none.
        text: what a reminder says.
        command: a sentence to obey when due instead of saying something; "" once obeyed.
        area: the room it was set in, "" when unknown.
        language: ISO 639-1, of whoever set it.
        created_at: Unix seconds.
        turn: id of the turn that set it.
        due: Unix seconds; of a paused one without meaning.
        length: seconds it was set for; 0.0 when it was set to a time of day.
        remaining: seconds that a paused one has left.
        repeat: rule of the next occurrence (`daemon.timers.rules`), "" for none.
        state: see `State`.
        fired_at: Unix seconds, 0.0 before.
    """

    id: str
    kind: Kind
    due: float
    name: str = ""
    text: str = ""
    command: str = ""
    area: str = ""
    language: str = "en"
    created_at: float = 0.0
    turn: str = ""
    length: float = 0.0
    remaining: float = 0.0
    repeat: str = ""
    state: State = "running"
    fired_at: float = 0.0


Transition = Callable[[Timer], Timer | None]
"""What becomes of a timer; None when its state does not permit that."""


class Timers:
    """The durable table of everything that is to happen at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, timer: Timer, key: str = "") -> Timer:
        """Keep a new one. When this returns it survives a kill and a power cut.

        Args:
            timer: with a new id.
            key: of the call that sets it; a second call with the same key sets nothing.

        Returns:
            What was set by the first call with this key.

        Raises:
            MemoryFailed: nothing was set.
        """
        clean = replace(
            timer,
            name=storable(timer.name),
            text=storable(timer.text),
            command=storable(timer.command),
        )
        return await self._database.write(lambda connection: _add(connection, clean, key))

    async def change(
        self, ids: Sequence[str], transition: Transition, *, key: str = "", now: float = 0.0
    ) -> list[Timer]:
        """Change some, all of them or none.

        Args:
            ids: those that are gone are passed over.
            transition: a pure function; it runs inside the transaction.
            key: of the call that asks for it; a second call with the same key changes nothing.
            now: Unix seconds, for forgetting old keys.

        Returns:
            Those that were changed, as they are now; for a second call as the first left them
            or what has become of them since.

        Raises:
            MemoryFailed: nothing was changed.
        """
        return await self._database.write(
            lambda connection: _change(connection, ids, transition, key, now)
        )

    async def fire(self, timer: Timer, now: float, following: Timer | None) -> Timer | None:
        """Let one fire, and set its next occurrence, in one transaction.

        Args:
            timer: as it was read; when it has been changed since, nothing happens.
            now: Unix seconds.
            following: the next occurrence of one that repeats.

        Returns:
            As it is now; None when it was changed in the meantime.
        """
        return await self._database.write(
            lambda connection: _fire(connection, timer, now, following)
        )

    async def shift(self, ids: Collection[str], seconds: float) -> None:
        """Move what runs for a length of time, because the clock was moved under it."""
        moved = [(seconds, one) for one in ids]
        await self._database.write(
            lambda connection: connection.executemany(
                "UPDATE timers SET due = due + ? WHERE id = ? AND state = 'running' AND length > 0",
                moved,
            ).fetchall()
        )

    async def of_call(self, key: str) -> list[Timer] | None:
        """What the call with this key has set or changed; None when there was no such call."""
        return await self._database.read(lambda connection: _of_call(connection, key))

    async def active(self) -> list[Timer]:
        """Everything that has not ended, in the order in which it is due."""
        return await self._select("state IN ('running', 'paused', 'fired') ORDER BY due, id")

    async def get(self, ids: Sequence[str]) -> list[Timer]:
        """Some of them, in whatever state, in the order in which they were set."""
        return await self._select(
            "id IN (SELECT value FROM json_each(?)) ORDER BY id", json.dumps(list(ids))
        )

    async def _select(self, condition: str, *arguments: str) -> list[Timer]:
        return await self._database.read(
            lambda connection: _select(connection, condition, *arguments)
        )


_COLUMNS: Final = tuple(field.name for field in fields(Timer))
_NAMES: Final = ", ".join(_COLUMNS)
_SAVE: Final = f"INSERT OR REPLACE INTO timers ({_NAMES}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - only names of our fields


def _add(connection: apsw.Connection, timer: Timer, key: str) -> Timer:
    known = _of_call(connection, key)
    if known is not None:
        return known[0]
    _forget(connection, timer.created_at)
    _save(connection, timer)
    _remember(connection, key, timer.created_at, [timer])
    return timer


def _change(
    connection: apsw.Connection, ids: Sequence[str], transition: Transition, key: str, now: float
) -> list[Timer]:
    known = _of_call(connection, key)
    if known is not None:
        return known
    changed = []
    for one in ids:
        for timer in _select(connection, "id = ?", one):
            after = transition(timer)
            if after is not None:
                _save(connection, after)
                changed.append(after)
    _remember(connection, key, now, changed)
    return changed


def _fire(
    connection: apsw.Connection, timer: Timer, now: float, following: Timer | None
) -> Timer | None:
    if _select(connection, "id = ?", timer.id) != [timer] or timer.state != "running":
        return None
    fired = replace(timer, state="fired", fired_at=now, repeat="")
    _save(connection, fired)
    if following is not None:
        _save(connection, following)
    return fired


def _save(connection: apsw.Connection, timer: Timer) -> None:
    connection.execute(_SAVE, tuple(getattr(timer, name) for name in _COLUMNS))


def _select(connection: apsw.Connection, condition: str, *arguments: str) -> list[Timer]:
    rows: Any = connection.execute(
        f"SELECT {_NAMES} FROM timers WHERE {condition}",  # noqa: S608 - only literals of this file
        arguments,
    )
    return [Timer(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def _of_call(connection: apsw.Connection, key: str) -> list[Timer] | None:
    """What a call with this key has done; None when there was none."""
    found = connection.execute("SELECT timers FROM timer_calls WHERE key = ?", (key,)).fetchone()
    if not key or found is None:
        return None
    return [t for one in json.loads(found[0]) for t in _select(connection, "id = ?", one)]


def _remember(connection: apsw.Connection, key: str, now: float, timers: Collection[Timer]) -> None:
    if key:
        connection.execute(
            "INSERT INTO timer_calls (key, at, timers) VALUES (?, ?, ?)",
            (key, now, json.dumps([timer.id for timer in timers])),
        )


def _forget(connection: apsw.Connection, now: float) -> None:
    connection.execute(
        "DELETE FROM timers WHERE state NOT IN ('running', 'paused', 'fired')"
        " AND max(due, fired_at) < ?",
        (now - KEPT_S,),
    )
    connection.execute("DELETE FROM timer_calls WHERE at < ?", (now - KEPT_S,))
