"""The trail of everything that was asked of a tool: appended to, chained, never changed."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import apsw

from memory.chain import Verdict, append, verify
from memory.database import Database
from memory.owner import own
from memory.words import storable
from models.ports import ToolCall

Kind = Literal["begun", "again", "ended", "refused", "asked", "confirmed", "erased"]
"""begun: about to run. again: about to run once more, because a crash cut it short. ended: with
what. refused: did not run. asked: did not run, somebody must confirm. confirmed: somebody said
yes. erased: the arguments and results of the entries in `of` were erased."""

_NAME: Final = 200
"""Characters of a name that are kept in an entry; keys that are longer are hashed."""


@dataclass(frozen=True, slots=True)
class Why:
    """On whose account something was asked of a tool.

    Attributes:
        cause: "intent", "model", "workflow", "routine" or "undo".
        turn: id of the turn, run or routine.
    """

    cause: str
    turn: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail.

    Attributes:
        seq: from 1, without gaps.
        at: Unix seconds.
        kind: see `Kind`.
        key: idempotency key of the call, "" for none.
        tool: its name, "" when there is no such tool.
        cause: see `Why`.
        turn: see `Why`.
        status: how an ended call ended.
        of: numbers of the entries that an erase took the payload of.
        payload: arguments, result or reason; None when it has been erased or there is none.
        hash: of this entry and all before it.
        owner: the process that has begun it, see `memory.owner`; "" for what is not begun.
    """

    seq: int
    at: float
    kind: Kind
    key: str
    tool: str
    cause: str
    turn: str
    status: str
    of: tuple[int, ...]
    payload: Mapping[str, Any] | None
    hash: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Fresh:
    """Nobody has used this key: the call is now on record and may run."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The call has been made.

    Attributes:
        status: how it ended.
        result: with what; None when that has been erased.
    """

    status: str
    result: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The call was begun, and nobody knows how it ended.

    Attributes:
        begun_at: Unix seconds.
        owner: the process that has begun it last, see `memory.owner`; it may be under way there.
    """

    begun_at: float
    owner: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """The key belongs to another call."""


Begun = Fresh | Finished | Unfinished | Taken


class Audit:
    """The trail, and with it the ledger of calls: each key is used for one call, once.

    Every method that writes is one transaction, on disk when it returns.

    Args:
        clock: Unix seconds; stamps the entries.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, call: ToolCall, why: Why) -> Begun:
        """Put a call on record before it runs.

        Args:
            call: with a key.
            why: on whose account.

        Raises:
            MemoryFailed: it is not on record and must not run.
        """
        entry = self._entry("begun", call, why) | {"owner": own()}
        payload = dict(call.arguments)
        return await self._database.write(lambda connection: _begin(connection, entry, payload))

    async def again(self, call: ToolCall, why: Why, left: Unfinished) -> bool:
        """Put on record that an unfinished call runs once more.

        Args:
            call: that was cut short.
            why: on whose account.
            left: as it was found; False, and nothing on record, if it is not so any more.

        Raises:
            MemoryFailed: it is not on record and must not run.
        """
        entry = self._entry("again", call, why) | {"owner": own()}
        return await self._database.write(lambda connection: _again(connection, entry, left.owner))

    async def end(self, call: ToolCall, why: Why, status: str, result: Mapping[str, Any]) -> None:
        """Put on record how a begun call ended.

        Raises:
            MemoryFailed: it stays unfinished.
            KeyError: no such call is unfinished.
        """
        entry = self._entry("ended", call, why, status)
        await self._database.write(lambda connection: _end(connection, entry, result))

    async def note(
        self,
        kind: Literal["refused", "asked", "confirmed"],
        call: ToolCall,
        why: Why,
        reason: str,
        plan: str = "",
    ) -> None:
        """Put on record a call that did not run, or a yes to one.

        Args:
            kind: see `Kind`.
            call: that was asked for.
            why: on whose account.
            reason: in words.
            plan: what the call would have done, as its tool tells it.

        Raises:
            MemoryFailed: it is not on record.
        """
        payload = {"arguments": call.arguments, "reason": reason}
        if plan:
            payload["plan"] = _short(plan)
        await self._append(self._entry(kind, call, why), payload)

    async def confirmed(self, call: ToolCall, turn: str, plan: str = "") -> bool:
        """Whether somebody said yes to exactly this call on account of a turn, run or routine.

        Args:
            call: that is to be made.
            turn: of the yes.
            plan: what it would do now; a yes to anything else does not count.
        """
        same = {"tool": call.name, "arguments": dict(call.arguments), "plan": _short(plan)}
        return await self._database.read(lambda connection: _confirmed(connection, same, turn))

    async def outcome(self, key: str) -> Finished | Unfinished | None:
        """What became of a call; None when it was never begun."""
        return await self._database.read(lambda connection: _outcome(connection, _key(key)))

    async def unfinished(self, limit: int = 100) -> list[Entry]:
        """Calls that were begun and not ended, oldest first: after a crash, those it cut short."""
        return await self._entries(
            "WHERE a.seq IN (SELECT began FROM audit_calls WHERE ended IS NULL)"
            " ORDER BY a.seq LIMIT ?",
            limit,
        )

    async def last(self, limit: int) -> list[Entry]:
        """The newest entries, the oldest of them first."""
        return (await self._entries("ORDER BY a.seq DESC LIMIT ?", limit))[::-1]

    async def verify(self, noted: str = "") -> Verdict:
        """Follow the chain from the first entry to the head.

        Args:
            noted: a head that was noted earlier and must still be in the chain, "" for none.
        """
        return await self._database.read(lambda connection: verify(connection, noted))

    async def erase(self, turn: str) -> int:
        """Erase arguments, results and reasons of one turn's calls; returns how many.

        The entries stay, and say that something was called and when. A finished call is still
        known to be finished.

        Raises:
            MemoryFailed: nothing was erased.
        """
        entry = self._entry("erased", ToolCall("", {}), Why("", turn))
        return await self._database.write(lambda connection: _erase(connection, entry, turn))

    def _entry(self, kind: Kind, call: ToolCall, why: Why, status: str = "") -> dict[str, Any]:
        names = {"key": _key(call.key), "tool": call.name, "cause": why.cause, "turn": why.turn}
        cut = {name: storable(text)[:_NAME] for name, text in names.items()}
        return {"at": self._clock(), "kind": kind, "status": status, **cut}

    async def _append(self, entry: Mapping[str, Any], payload: Mapping[str, Any] | None) -> None:
        await self._database.write(lambda connection: append(connection, entry, payload))

    async def _entries(self, condition: str, limit: int) -> list[Entry]:
        query = (
            "SELECT a.entry, a.hash, p.payload FROM audit AS a"  # noqa: S608 - only literals of this class
            f" LEFT JOIN audit_payloads AS p USING (seq) {condition}"
        )
        return await self._database.read(
            lambda connection: [_read(*row) for row in connection.execute(query, (limit,))]
        )


def _key(key: str) -> str:
    """A key as it is kept: cutting a long one would make it another's."""
    text = storable(key)
    return text if len(text) <= _NAME else hashlib.sha256(text.encode()).hexdigest()


def _short(plan: str) -> str:
    """What a plan is told apart by: one of a whole house is long."""
    return hashlib.sha256(plan.encode()).hexdigest() if plan else ""


def _confirmed(connection: apsw.Connection, same: Mapping[str, Any], turn: str) -> bool:
    rows = connection.execute(
        "SELECT entry ->> 'tool', payload ->> 'arguments', coalesce(payload ->> 'plan', '')"
        " FROM audit JOIN audit_payloads USING (seq)"
        " WHERE entry ->> 'turn' = ? AND entry ->> 'kind' = 'confirmed'",
        (turn,),
    )
    return same in [
        {"tool": tool, "arguments": json.loads(given), "plan": plan} for tool, given, plan in rows
    ]


def _begin(
    connection: apsw.Connection, entry: Mapping[str, Any], payload: Mapping[str, Any]
) -> Begun:
    known = _outcome(connection, entry["key"])
    if known is None:
        seq = append(connection, entry, payload)
        connection.execute(
            "INSERT INTO audit_calls (key, began) VALUES (?, ?)", (entry["key"], seq)
        )
        return Fresh()
    return known if _is_same(connection, entry, payload) else Taken()


def _is_same(
    connection: apsw.Connection, entry: Mapping[str, Any], payload: Mapping[str, Any]
) -> bool:
    """Whether the key's first call was this one, as far as it has not been erased."""
    rows: Iterable[tuple[Any, ...]] = connection.execute(
        "SELECT a.entry, p.payload FROM audit_calls AS c JOIN audit AS a ON a.seq = c.began"
        " LEFT JOIN audit_payloads AS p ON p.seq = c.began WHERE c.key = ?",
        (entry["key"],),
    )
    ((line, kept),) = rows
    first = json.loads(line)
    same_arguments = kept is None or json.loads(kept) == json.loads(json.dumps(payload))
    return first["tool"] == entry["tool"] and same_arguments


def _outcome(connection: apsw.Connection, key: str) -> Finished | Unfinished | None:
    row = connection.execute(
        "SELECT b.entry, e.entry, p.payload FROM audit_calls AS c"
        " JOIN audit AS b ON b.seq = c.began LEFT JOIN audit AS e ON e.seq = c.ended"
        " LEFT JOIN audit_payloads AS p ON p.seq = c.ended WHERE c.key = ?",
        (key,),
    ).fetchone()
    if row is None:
        return None
    begun, ended, result = row
    if ended is None:
        entry = json.loads(begun)
        return Unfinished(entry["at"], _owner(connection, entry))
    return Finished(json.loads(ended)["status"], json.loads(result) if result else None)


def _owner(connection: apsw.Connection, begun: Mapping[str, Any]) -> str:
    """Whoever has begun a call, or taken it up last."""
    again = connection.execute(
        "SELECT entry ->> 'owner' FROM audit WHERE seq > ? AND entry ->> 'kind' = 'again'"
        " AND entry ->> 'key' = ? ORDER BY seq DESC LIMIT 1",
        (begun["seq"], begun["key"]),
    ).fetchone()
    return str((again[0] if again else begun.get("owner")) or "")


def _again(connection: apsw.Connection, entry: Mapping[str, Any], owner: str) -> bool:
    now = _outcome(connection, entry["key"])
    if not isinstance(now, Unfinished) or now.owner != owner:
        return False
    append(connection, entry, None)
    return True


def _end(connection: apsw.Connection, entry: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    seq = append(connection, entry, result)
    connection.execute(
        "UPDATE audit_calls SET ended = ? WHERE key = ? AND ended IS NULL", (seq, entry["key"])
    )
    if connection.changes() != 1:
        raise KeyError(entry["key"])


def _erase(connection: apsw.Connection, entry: Mapping[str, Any], turn: str) -> int:
    rows: Iterable[tuple[Any, ...]] = connection.execute(
        "SELECT seq FROM audit JOIN audit_payloads USING (seq)"
        " WHERE entry ->> 'turn' = ? ORDER BY seq",
        (turn,),
    )
    erased = [seq for (seq,) in rows]
    if erased:
        append(connection, {**entry, "of": erased}, None)
        gone = [(seq,) for seq in erased]
        connection.executemany("DELETE FROM audit_payloads WHERE seq = ?", gone)
    return len(erased)


def _read(line: str, link: str, payload: str | None) -> Entry:
    entry = json.loads(line)
    kept = json.loads(payload) if payload is not None else None
    return Entry(**{**entry, "of": tuple(entry.get("of", ())), "payload": kept, "hash": link})
