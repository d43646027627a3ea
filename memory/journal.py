"""The journal of turns: appended to, never changed. Sessions and their summaries."""

import json
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, Final

import apsw

from memory.database import Database
from memory.ids import new_id
from memory.records import Source, Step, Turn
from memory.words import storable

_FIELDS: Final = frozenset(field.name for field in fields(Turn))


class Journal:
    """Turns in the order in which they ended.

    Args:
        clock: Unix seconds; says when a turn ended.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def append(self, turn: Turn) -> None:
        """Keep a turn. When this returns it survives a kill and a power cut.

        Raises:
            MemoryFailed: it was not stored; a turn with this id may be there already.
        """
        # Written down here and now: the turn may go on changing while the writer is busy.
        row = (
            turn.id,
            turn.session,
            turn.started_at,
            self._clock(),
            turn.channel,
            storable(turn.asked),
            storable(turn.heard),
            turn.route,
            json.dumps(turn.to_json()),
        )
        passages = {source.id for source in turn.sources}
        await self._database.write(lambda connection: _append(connection, row, passages))

    async def last(self, limit: int) -> list[Turn]:
        """The newest turns, the oldest of them first."""
        newest = await self._turns("ORDER BY seq DESC LIMIT ?", limit)
        return newest[::-1]

    async def using(self, passage_id: int) -> list[Turn]:
        """The turns that were given a passage, oldest first."""
        return await self._turns(
            "WHERE seq IN (SELECT turn FROM turn_sources WHERE passage = ?) ORDER BY seq",
            passage_id,
        )

    async def current_session(self, now: float, window: float) -> str:
        """The session of a turn that starts at `now`.

        Args:
            now: Unix seconds.
            window: seconds after the end of the last turn in which the next one follows it up.
        """
        last = await self._database.read(
            lambda connection: connection.execute(
                # What the house said by itself continues nobody's conversation.
                "SELECT session, ended_at FROM turns WHERE channel <> 'announcement'"
                " ORDER BY seq DESC LIMIT 1"
            ).fetchone()
        )
        # The distance, not the difference: a clock that was set back must not hold on to a session.
        if last is not None and abs(now - last[1]) <= window:
            return str(last[0])
        return new_id(now)

    async def save_summary(self, session: str, up_to_turn: str, summary: str) -> None:
        """Keep what the turns of a session came to, up to and including `up_to_turn`.

        Raises:
            MemoryFailed: not stored.
            KeyError: that session has no such turn.
        """
        await self._database.write(
            lambda connection: _save_summary(connection, session, up_to_turn, storable(summary))
        )

    async def history(self, session: str) -> tuple[str, list[Turn]]:
        """The latest summary of a session ("" when it has none) and the turns after it."""
        return await self._database.read(lambda connection: _history(connection, session))

    async def _turns(self, condition: str, argument: str | int) -> list[Turn]:
        return await self._database.read(
            lambda connection: _read(
                connection.execute(f"SELECT record FROM turns {condition}", (argument,))  # noqa: S608 - only literals of this class
            )
        )


def _append(connection: apsw.Connection, row: tuple[Any, ...], passages: set[int]) -> None:
    connection.execute(
        "INSERT INTO turns"
        " (id, session, started_at, ended_at, channel, asked, heard, route, record)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    turn = connection.last_insert_rowid()
    connection.executemany(
        "INSERT INTO turn_sources (passage, turn) VALUES (?, ?)",
        [(passage, turn) for passage in passages],
    )


def _save_summary(connection: apsw.Connection, session: str, up_to_turn: str, summary: str) -> None:
    found = connection.execute(
        "SELECT seq FROM turns WHERE id = ? AND session = ?", (up_to_turn, session)
    ).fetchone()
    if found is None:
        raise KeyError(up_to_turn)
    connection.execute(
        "INSERT INTO summaries (session, up_to, summary) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET summary = excluded.summary",
        (session, found[0], summary),
    )


def _history(connection: apsw.Connection, session: str) -> tuple[str, list[Turn]]:
    latest = connection.execute(
        "SELECT up_to, summary FROM summaries WHERE session = ? ORDER BY up_to DESC LIMIT 1",
        (session,),
    ).fetchone()
    up_to, summary = latest or (0, "")
    turns = connection.execute(
        "SELECT record FROM turns WHERE session = ? AND seq > ? ORDER BY seq", (session, up_to)
    )
    return summary, _read(turns)


def _read(rows: Iterable[tuple[Any, ...]]) -> list[Turn]:
    return [_turn(json.loads(record)) for (record,) in rows]


def _turn(record: dict[str, Any]) -> Turn:
    known = {name: value for name, value in record.items() if name in _FIELDS}
    known["sources"] = [Source(**source) for source in record["sources"]]
    known["trace"] = [Step(**step) for step in record["trace"]]
    return Turn(**known)
