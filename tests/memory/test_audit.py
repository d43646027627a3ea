"""The trail of what was asked of tools: what it keeps, and what it notices."""

import json
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest

from memory.audit import Audit, Finished, Fresh, Taken, Unfinished, Why
from memory.chain import PAYLOAD_BYTES, Verdict
from memory.records import MemoryFailed
from memory.store import Store
from models.ports import ToolCall
from tests.clock import run
from tests.memory.turns import NOW

T = TypeVar("T")

LAMP = ToolCall("HassTurnOn", {"name": "Lamp"}, "k1")
WHY = Why("intent", "t1")


def audited(path: Path, work: Callable[[Audit], Awaitable[T]]) -> T:
    async def main() -> T:
        async with Store.open(path, clock=lambda: NOW) as store:
            return await work(store.audit)

    return run(main())


def filled(path: Path) -> Path:
    """Six entries: a call, a refusal, another call, a question."""

    async def work(audit: Audit) -> None:
        await audit.begin(LAMP, WHY)
        await audit.end(LAMP, WHY, "done", {"status": "done"})
        await audit.note("refused", ToolCall("", {"x": 1}, "k2"), Why("model", "t2"), "no such")
        other = ToolCall("HassTurnOff", {"name": "Lamp"}, "k3")
        await audit.begin(other, Why("model", "t3"))
        await audit.end(other, Why("model", "t3"), "failed", {"status": "failed"})
        await audit.note("asked", ToolCall("HassOpen", {}, "k4"), Why("model", "t3"), "Really?")

    audited(path, work)
    return path


def verdict(path: Path, noted: str = "") -> Verdict:
    return audited(path, lambda audit: audit.verify(noted))


def edit(path: Path, *statements: str) -> None:
    """What somebody with sqlite3 can do, who takes the triggers away first."""
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"
            )
        ]
        for name in names:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_a_call_is_on_record_before_and_after(tmp_path: Path) -> None:
    entries = audited(filled(tmp_path / "m.db"), lambda audit: audit.last(99))
    assert [(e.seq, e.kind, e.key, e.tool, e.status) for e in entries] == [
        (1, "begun", "k1", "HassTurnOn", ""),
        (2, "ended", "k1", "HassTurnOn", "done"),
        (3, "refused", "k2", "", ""),
        (4, "begun", "k3", "HassTurnOff", ""),
        (5, "ended", "k3", "HassTurnOff", "failed"),
        (6, "asked", "k4", "HassOpen", ""),
    ]
    assert entries[0].payload == {"name": "Lamp"}
    assert (entries[0].at, entries[0].cause, entries[0].turn) == (NOW, "intent", "t1")
    assert entries[2].payload == {"arguments": {"x": 1}, "reason": "no such"}


def test_the_newest_are_shown_the_oldest_of_them_first(tmp_path: Path) -> None:
    entries = audited(filled(tmp_path / "m.db"), lambda audit: audit.last(2))
    assert [entry.seq for entry in entries] == [5, 6]


def test_a_whole_trail_is_whole(tmp_path: Path) -> None:
    found = verdict(filled(tmp_path / "m.db"))
    assert (found.entries, found.erased, found.broken, found.why) == (6, 0, 0, "")
    assert verdict(tmp_path / "empty.db") == Verdict(0, "")


@pytest.mark.parametrize(
    ("statements", "broken", "why"),
    [
        (
            ["UPDATE audit SET entry = replace(entry, 'model', 'intent') WHERE seq = 4"],
            4,
            "changed",
        ),
        (["UPDATE audit SET hash = hash || '0' WHERE seq = 2"], 2, "changed"),
        (["DELETE FROM audit WHERE seq = 3"], 3, "missing"),
        (["DELETE FROM audit WHERE seq = 1"], 1, "missing"),
        (["DELETE FROM audit WHERE seq > 4"], 5, "up to 6 are missing"),
        (["DELETE FROM audit"], 1, "up to 6 are missing"),
        (
            # The head with it, but what lies beside the entries is forgotten.
            [
                "DELETE FROM audit WHERE seq > 4",
                "UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)",
            ],
            5,
            "up to 6 are missing",
        ),
        (
            [
                "UPDATE audit SET seq = 99 WHERE seq = 3",
                "UPDATE audit SET seq = 3 WHERE seq = 4",
                "UPDATE audit SET seq = 4 WHERE seq = 99",
            ],
            3,
            "changed",
        ),
        (["UPDATE audit_payloads SET payload = '{}' WHERE seq = 4"], 4, "arguments"),
        (["DELETE FROM audit_payloads WHERE seq = 4"], 4, "without an erase"),
        (["DELETE FROM audit_calls WHERE key = 'k3'"], 4, "list of calls"),
        (["UPDATE audit_calls SET ended = NULL WHERE key = 'k1'"], 1, "list of calls"),
        (["INSERT INTO audit_calls VALUES ('k9', 1, 2)"], 1, "list of calls"),
        (["DELETE FROM audit_head"], 6, "head"),
        (["UPDATE audit SET entry = '[]' WHERE seq = 5"], 5, "changed"),
    ],
)
def test_what_was_done_with_sqlite_is_noticed(
    tmp_path: Path, statements: list[str], broken: int, why: str
) -> None:
    path = filled(tmp_path / "m.db")
    edit(path, *statements)
    found = verdict(path)
    assert found.broken == broken
    assert why in found.why


def test_a_tail_that_was_taken_away_with_care_is_noticed_by_a_head_that_was_noted(
    tmp_path: Path,
) -> None:
    path = filled(tmp_path / "m.db")
    head = verdict(path).head
    edit(
        path,
        "DELETE FROM audit WHERE seq > 3",
        "DELETE FROM audit_payloads WHERE seq > 3",
        "DELETE FROM audit_calls WHERE began > 3",
        "UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit WHERE seq = 3)",
    )
    assert verdict(path).broken == 0
    assert verdict(path, head).broken == 4
    assert verdict(path, verdict(path).head[:12]).broken == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET hash = ''",
        "DELETE FROM audit",
        "INSERT INTO audit VALUES (9, '{}', '')",
        "INSERT OR REPLACE INTO audit VALUES (1, '{}', '')",
        "UPDATE audit_head SET seq = 1",
        "DELETE FROM audit_head",
        "UPDATE audit_payloads SET payload = '{}'",
        "UPDATE audit_calls SET ended = NULL",
    ],
)
def test_the_file_itself_refuses_changes(tmp_path: Path, statement: str) -> None:
    async def work(audit: Audit) -> None:
        with pytest.raises(MemoryFailed):
            await audit._database.write(lambda c: c.execute(statement).fetchall())

    audited(filled(tmp_path / "m.db"), work)
    assert verdict(tmp_path / "m.db").broken == 0


def test_a_key_is_used_for_one_call_once(tmp_path: Path) -> None:
    async def work(audit: Audit) -> None:
        assert await audit.begin(LAMP, WHY) == Fresh()
        assert await audit.begin(LAMP, WHY) == Unfinished(NOW)
        assert [entry.key for entry in await audit.unfinished()] == ["k1"]
        await audit.end(LAMP, WHY, "done", {"status": "done", "value": {}})
        assert await audit.unfinished() == []
        assert await audit.begin(LAMP, WHY) == Finished("done", {"status": "done", "value": {}})
        assert await audit.begin(ToolCall("HassTurnOn", {"name": "Hall"}, "k1"), WHY) == Taken()
        assert await audit.begin(ToolCall("HassTurnOff", {"name": "Lamp"}, "k1"), WHY) == Taken()
        assert len(await audit.last(99)) == 2

    audited(tmp_path / "m.db", work)


def test_what_was_not_begun_cannot_end_and_what_has_ended_cannot_end_again(tmp_path: Path) -> None:
    async def work(audit: Audit) -> None:
        with pytest.raises(KeyError):
            await audit.end(LAMP, WHY, "done", {})
        await audit.begin(LAMP, WHY)
        await audit.end(LAMP, WHY, "done", {})
        with pytest.raises(KeyError):
            await audit.end(LAMP, WHY, "failed", {})
        assert len(await audit.last(99)) == 2

    audited(tmp_path / "m.db", work)


def test_what_was_said_can_be_erased_and_the_trail_stays_whole(tmp_path: Path) -> None:
    path = filled(tmp_path / "m.db")

    async def work(audit: Audit) -> None:
        assert await audit.erase("t3") == 3
        assert await audit.erase("t3") == 0
        found = await audit.verify()
        assert (found.entries, found.erased, found.broken) == (7, 3, 0)
        entries = await audit.last(99)
        assert [entry.payload is None for entry in entries] == [*[False] * 3, *[True] * 4]
        assert (entries[-1].kind, entries[-1].of) == ("erased", (4, 5, 6))
        again = ToolCall("HassTurnOff", {"name": "Lamp"}, "k3")
        assert await audit.begin(again, WHY) == Finished("failed", None)

    audited(path, work)
    assert b"Really?" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_an_erased_payload_cannot_be_guessed_from_what_is_left(tmp_path: Path) -> None:
    async def work(audit: Audit) -> set[str]:
        await audit.note("refused", ToolCall("T", {"pin": 1}, "a"), WHY, "")
        await audit.note("refused", ToolCall("T", {"pin": 1}, "b"), WHY, "")
        query = "SELECT entry ->> 'payload' FROM audit"
        return {
            str(row[0]) for row in await audit._database.read(lambda c: c.execute(query).fetchall())
        }

    assert len(audited(tmp_path / "m.db", work)) == 2


@pytest.mark.parametrize("payload", [{"text": "x" * PAYLOAD_BYTES}, {"object": object()}])
def test_what_cannot_be_kept_is_not_and_that_is_said(
    tmp_path: Path, payload: dict[str, object]
) -> None:
    async def work(audit: Audit) -> None:
        await audit.note("refused", ToolCall("T", payload, "k"), WHY, "")
        (entry,) = await audit.last(1)
        assert entry.payload is not None
        assert entry.payload["omitted"] in {"too long", "not JSON"}
        assert len(json.dumps(dict(entry.payload))) < 300
        assert (await audit.verify()).broken == 0

    audited(tmp_path / "m.db", work)


def test_a_yes_is_known_to_be_for_one_call_of_one_turn(tmp_path: Path) -> None:
    async def work(audit: Audit) -> None:
        await audit.note("confirmed", LAMP, WHY, "")
        assert await audit.confirmed(LAMP, "t1")
        assert not await audit.confirmed(LAMP, "t2")
        assert not await audit.confirmed(ToolCall("HassTurnOn", {"name": "Hall"}), "t1")
        assert not await audit.confirmed(ToolCall("HassTurnOff", {"name": "Lamp"}), "t1")

    audited(tmp_path / "m.db", work)


def test_long_keys_that_begin_alike_are_different_keys(tmp_path: Path) -> None:
    async def work(audit: Audit) -> None:
        one, other = (ToolCall("T", {}, "k" * 999 + end) for end in "ab")
        assert await audit.begin(one, WHY) == Fresh()
        await audit.end(one, WHY, "done", {})
        assert await audit.begin(other, WHY) == Fresh()
        assert await audit.outcome(one.key) == Finished("done", {})
        assert await audit.outcome(other.key) == Unfinished(NOW)

    audited(tmp_path / "m.db", work)


def test_names_from_strangers_are_cut_and_stored(tmp_path: Path) -> None:
    async def work(audit: Audit) -> None:
        await audit.note("refused", ToolCall("\ud800" + "x" * 9999, {}, "k"), WHY, "\ud800")
        (entry,) = await audit.last(1)
        assert len(entry.tool) == 200

    audited(tmp_path / "m.db", work)
