"""A chain of entries in which nothing can be changed, left out or moved without it being found.

Each entry is canonical JSON, and its hash covers the hash before it. What people said (arguments,
results) is not in the entry: it lies beside it, and the entry keeps only its salted digest. So it
can be erased, the chain stays whole, and the digest does not betray what was erased.

What this cannot find: somebody who may write to the file can take everything after some entry
away, and the head with it, or compute the whole chain anew. Against that helps only a head that
was noted elsewhere, which `verify` looks for.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import apsw

PAYLOAD_BYTES: Final = 64 * 1024
"""A longer payload is replaced by its length and SHA-256."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of checking the chain.

    Attributes:
        entries: that were found, whole or not.
        head: hash of the last entry, "" when there is none.
        erased: payloads that were erased as they should be.
        broken: number of the first entry that is wrong or missing, 0 when none is.
        why: what is wrong with it, in words for an admin.
    """

    entries: int
    head: str
    erased: int = 0
    broken: int = 0
    why: str = ""


def append(
    connection: apsw.Connection, entry: Mapping[str, Any], payload: Mapping[str, Any] | None
) -> int:
    """Append an entry inside the caller's transaction; returns its number, from 1."""
    last, before = connection.execute("SELECT seq, hash FROM audit_head").fetchone() or (0, "")
    seq = int(last) + 1
    digest = ""
    if payload is not None:
        salt, text = secrets.token_hex(16), bounded(payload)
        digest = _digest(salt, text)
        connection.execute("INSERT INTO audit_payloads VALUES (?, ?, ?)", (seq, salt, text))
    line = canonical({**entry, "seq": seq, "payload": digest})
    link = _link(before, line)
    connection.execute("INSERT INTO audit VALUES (?, ?, ?)", (seq, line, link))
    connection.execute("UPDATE audit_head SET seq = ?, hash = ?", (seq, link))
    return seq


def canonical(value: Mapping[str, Any]) -> str:
    """The one way to write a JSON object.

    Raises:
        ValueError: it is not JSON, or nested too deeply.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, RecursionError) as error:
        raise ValueError("not JSON") from error


def bounded(payload: Mapping[str, Any]) -> str:
    """A payload as it is kept; what is no JSON is not kept, and what is too long only hashed."""
    try:
        text = canonical(payload)
    except ValueError:
        return canonical({"omitted": "not JSON"})
    if len(text) <= PAYLOAD_BYTES:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return canonical({"omitted": "too long", "bytes": len(text), "sha256": digest})


def verify(connection: apsw.Connection, noted: str = "") -> Verdict:
    """Follow the chain to its end.

    Args:
        connection: inside one transaction.
        noted: a head of earlier, or its first digits, that must still be in the chain; "" for none.
    """
    check = _Check(noted)
    rows = connection.execute(
        "SELECT a.seq, a.entry, a.hash, p.salt, p.payload"
        " FROM audit AS a LEFT JOIN audit_payloads AS p USING (seq) ORDER BY a.seq"
    )
    for row in rows:
        check.row(*row)
        if check.broken:
            break
    else:
        check.end(connection)
    return Verdict(check.entries, check.head, check.erased, check.broken, check.why)


class _Check:
    """Reads the rows in order and stops at the first that is wrong."""

    def __init__(self, noted: str) -> None:
        self._noted = noted.lower()
        self._met = not noted
        self._missing: set[int] = set()
        self._may_miss: set[int] = set()
        self._calls: dict[str, list[int | None]] = {}
        self.entries = 0
        self.head = ""
        self.broken = 0
        self.why = ""

    @property
    def erased(self) -> int:
        return len(self._missing)

    def row(self, seq: int, line: str, link: str, salt: str | None, payload: str | None) -> None:
        self.entries += 1
        if seq != self.entries:
            self._fail(self.entries, "is missing")
            return
        if link != _link(self.head, line):
            self._fail(seq, "does not follow from the one before it: one of them was changed")
            return
        self.head = link
        self._met = self._met or link.startswith(self._noted)
        # Whoever can make a link that fits can also write what is no entry of ours.
        entry = _parsed(line)
        if entry.get("seq") != seq:
            self._fail(seq, "was moved from elsewhere")
        elif payload is not None and entry["payload"] != _digest(salt or "", payload):
            self._fail(seq, "has arguments or a result that were changed")
        else:
            self._note(seq, entry, kept=payload is not None)

    def end(self, connection: apsw.Connection) -> None:
        """What only shows when every row has been seen."""
        seq, head = connection.execute("SELECT seq, hash FROM audit_head").fetchone() or (0, "")
        ledger = {key: [*rest] for key, *rest in connection.execute("SELECT * FROM audit_calls")}
        stray = connection.execute("SELECT max(seq) FROM audit_payloads").get or 0
        gone = self._missing - self._may_miss
        if max(seq, stray) > self.entries:
            self._fail(self.entries + 1, f"and all up to {max(seq, stray)} are missing")
        elif (seq, head) != (self.entries, self.head):
            self._fail(self.entries, "is not the one that the head names")
        elif gone:
            self._fail(min(gone), "has lost its arguments or result without an erase")
        elif differing := [key for key in {*ledger, *self._calls} if not self._agree(key, ledger)]:
            began = [(self._calls.get(key) or ledger[key])[0] or 0 for key in differing]
            self._fail(min(began), "is told differently by the list of calls")
        elif not self._met:
            self._fail(self.entries + 1, "and all up to the noted head are missing or were changed")

    def _agree(self, key: str, ledger: dict[str, list[int | None]]) -> bool:
        return self._calls.get(key) == ledger.get(key)

    def _note(self, seq: int, entry: dict[str, Any], *, kept: bool) -> None:
        if entry["payload"] and not kept:
            self._missing.add(seq)
        match entry.get("kind"):
            case "erased":
                self._may_miss.update(entry.get("of", ()))
            case "begun":
                self._calls[entry["key"]] = [seq, None]
            case "ended" if entry["key"] in self._calls:
                self._calls[entry["key"]][1] = seq

    def _fail(self, seq: int, why: str) -> None:
        self.broken, self.why = seq, why


def _parsed(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) and {"payload", "key"} <= entry.keys() else {}


def _link(before: str, line: str) -> str:
    return hashlib.sha256(f"{before}\n{line}".encode()).hexdigest()


def _digest(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()
