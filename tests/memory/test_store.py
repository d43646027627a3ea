import stat
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from memory.connection import open_writer
from memory.records import MemoryFailed, Passage, StoreCorrupt, StoreNewer
from memory.schema import STEPS
from memory.store import Store
from sensors.events import Reading
from tests.clock import run
from tests.doubles.embedder import WordEmbedder
from tests.memory.turns import NOW, a_turn

YESTERDAY = Path(__file__).with_name("yesterday.sql")


def filled(path: Path, turns: int = 3) -> None:
    async def main() -> None:
        async with Store.open(path) as store:
            for n in range(turns):
                await store.journal.append(a_turn(asked=f"question {n} " + "x" * 2000))

    run(main())


def opened(path: Path) -> None:
    async def main() -> None:
        async with Store.open(path):
            pass

    run(main())


def shape(path: Path) -> set[tuple[object, ...]]:
    with closing(apsw.Connection(str(path))) as connection:
        return set(connection.execute("SELECT type, name, sql FROM sqlite_schema"))


def test_folders_are_made_and_only_the_owner_may_read(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "m.db"

    async def main() -> list[int]:
        async with Store.open(path) as store:
            await store.journal.append(a_turn())
            return [stat.S_IMODE(f.stat().st_mode) for f in sorted(path.parent.iterdir())]

    assert run(main()) == [0o600, 0o600, 0o600]
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [f.name for f in path.parent.iterdir()] == ["m.db"]


def test_the_file_is_set_up_to_keep_and_to_erase(tmp_path: Path) -> None:
    with closing(open_writer(tmp_path / "m.db")) as connection:
        names = ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "auto_vacuum")
        assert [connection.pragma(name) for name in names] == ["wal", 2, 1, 1, 2]


def test_yesterdays_file_is_brought_to_today(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    with closing(apsw.Connection(str(old))) as connection:
        connection.execute(YESTERDAY.read_text("utf-8")).fetchall()
    opened(new)

    async def main() -> None:
        async with Store.open(old, WordEmbedder()) as store:
            (turn,) = await store.journal.last(9)
            assert (turn.asked, turn.heard) == ("Is the kitchen warm?", "Yes.")
            assert [source.id for source in turn.sources] == [7]
            assert await store.journal.history("s") == ("Kitchen.", [])
            await store.journal.append(a_turn())
            await store.passages.remember([Passage(0, "New.", "note:n", NOW)])
            await store.house.save([Reading("e", "n", "q", 1.0, "", NOW, "t")])

    run(main())
    opened(new)
    assert {row for row in shape(old) if "text_vectors" not in str(row[1])} == shape(new)


def test_a_released_step_is_as_it_was_when_released() -> None:
    assert STEPS[0][1] in YESTERDAY.read_text("utf-8")


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.db"
    filled(path)
    before = shape(path)
    broken = (*STEPS, ("good", "CREATE TABLE good (x)"), ("bad", "CREATE TABLE bad"))
    monkeypatch.setattr("memory.schema.STEPS", broken)
    with pytest.raises(MemoryFailed, match="incomplete input"):
        opened(path)
    assert shape(path) == before


def test_a_step_is_run_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = ("more", "PRAGMA user_version; CREATE TABLE more (x)")
    monkeypatch.setattr("memory.schema.STEPS", (*STEPS, step))
    opened(tmp_path / "m.db")
    assert "more" in {row[1] for row in shape(tmp_path / "m.db")}


def test_what_a_killed_process_left_of_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "killed" / "m.db"
    filled(tmp_path / "m.db")
    path.parent.mkdir()
    with closing(apsw.Connection(str(tmp_path / "m.db"))) as connection:
        connection.execute("INSERT INTO schema_steps (name, applied_at) VALUES ('thoughts', '')")
        for name in ("m.db", "m.db-wal"):
            path.with_name(name).write_bytes((tmp_path / name).read_bytes())
    log = path.with_name("m.db-wal")
    before = log.read_bytes()
    refused(path, StoreNewer, "'thoughts'")
    assert log.read_bytes() == before


def test_queries_cannot_write(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            with pytest.raises(MemoryFailed, match="readonly"):
                await store.journal._database.read(lambda c: c.execute("DELETE FROM texts").get)

    run(main())


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    filled(path)
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("INSERT INTO schema_steps (name, applied_at) VALUES ('thoughts', '')")
    refused(path, StoreNewer, "newer version of Auricle.*'thoughts'.*left as it is")


def test_what_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    path.write_bytes(b"These are my notes. " * 500)
    refused(path, StoreCorrupt, "move it away")


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    refused(path, StoreCorrupt, "another program")


@pytest.mark.parametrize("damage", ["middle", "truncated"])
def test_a_damaged_file_is_left_alone(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "m.db"
    filled(path, turns=60)
    whole = path.read_bytes()
    half = len(whole) // 2 // 4096 * 4096
    broken = whole[:half] if damage == "truncated" else _overwritten(whole, half)
    path.write_bytes(broken)
    refused(path, StoreCorrupt, "damaged.*move it away")


def _overwritten(whole: bytes, start: int) -> bytes:
    return whole[:start] + b"\xa5" * 8192 + whole[start + 8192 :]


def refused(path: Path, error: type[MemoryFailed], words: str) -> None:
    before = path.read_bytes()
    with pytest.raises(error, match=words) as caught:
        opened(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_a_folder_in_place_of_the_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "m.db").mkdir()
    with pytest.raises(MemoryFailed, match=r"cannot use .*m\.db"):
        opened(tmp_path / "m.db")


def test_a_file_in_place_of_the_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(MemoryFailed, match="cannot use"):
        opened(tmp_path / "state" / "m.db")


def test_a_locked_file_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory.connection.BUSY_MS", 20)
    path = tmp_path / "m.db"

    async def main() -> None:
        async with Store.open(path) as store:
            with closing(apsw.Connection(str(path))) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(MemoryFailed, match="another process"):
                    await store.journal.append(a_turn())
                other.execute("ROLLBACK")
            await store.journal.append(a_turn())

    run(main())


def test_the_history_is_kept_for_as_long_as_is_asked_for(tmp_path: Path) -> None:
    async def kept(days: float) -> int:
        now = 1_772_563_200.0
        path = tmp_path / f"{days}.db"
        async with Store.open(path, history_days=(days, 400.0), clock=lambda: now) as store:
            old = [
                Reading("a/state", "a", "state", value, "", now - ago * 86_400, "t")
                for ago, value in ((9.0, "on"), (8.0, "off"), (0.1, "on"))
            ]
            for reading in old:
                await store.history.add([reading])
            await store.history.prune(now)
            return len(await store.history.range("a/state", now - 20 * 86_400, now))

    assert run(kept(30.0)) == 3
    assert run(kept(2.0)) < 3
