"""What happens when the disk is full, the process is killed, or many use the file at once."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from memory.records import Passage, StoreFull
from memory.store import Store
from tests.clock import run
from tests.memory.turns import NOW, a_turn

ROOT = Path(__file__).parents[2]

APPEND = """
import asyncio, sys
from pathlib import Path
from memory.store import Store
from tests.memory.turns import a_turn

async def main():
    async with Store.open(Path(sys.argv[1])) as store:
        for _ in range(int(sys.argv[2])):
            turn = a_turn(asked="x" * 500)
            await store.journal.append(turn)
            print(turn.id, flush=True)

asyncio.run(main())
"""


def appender(path: Path, turns: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", APPEND, str(path), str(turns)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def ids_in(path: Path) -> list[str]:
    async def main() -> list[str]:
        async with Store.open(path) as store:
            return [turn.id for turn in await store.journal.last(100_000)]

    return run(main())


@pytest.mark.parametrize("acknowledged", [1, 40])
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(
    tmp_path: Path, acknowledged: int
) -> None:
    with appender(tmp_path / "m.db", 100_000) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(acknowledged)]
        process.send_signal(signal.SIGKILL)
        # What was printed but not read yet was acknowledged too; the last line may be torn.
        told += [line.strip() for line in process.stdout if line.endswith("\n")]
    kept = ids_in(tmp_path / "m.db")
    assert len(told) >= acknowledged
    assert kept[: len(told)] == told
    assert len(kept) <= len(told) + 1


def test_processes_that_start_at_once_share_a_new_file(tmp_path: Path) -> None:
    processes = [appender(tmp_path / "m.db", 10) for _ in range(4)]
    told = set()
    for process in processes:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        told |= set(output.split())
    kept = ids_in(tmp_path / "m.db")
    assert len(kept) == 40
    assert set(kept) == told


def test_stores_that_read_before_they_write_do_not_trip_over_each_other(tmp_path: Path) -> None:
    async def remember(store: Store, name: str) -> None:
        for n in range(60):
            await store.passages.remember([Passage(0, f"{name} {n}", "note:n", NOW)])

    async def main() -> int:
        async with Store.open(tmp_path / "m.db") as one, Store.open(tmp_path / "m.db") as other:
            await asyncio.gather(remember(one, "one"), remember(other, "other"))
            return len(await one.passages.newest(999))

    assert asyncio.run(main()) == 120


def test_a_reader_sees_what_is_committed_while_the_writer_writes(tmp_path: Path) -> None:
    inserted, go_on = threading.Event(), threading.Event()

    def slow(connection: apsw.Connection) -> None:
        connection.execute("INSERT INTO texts (text) VALUES ('half done')")
        connection.execute("INSERT INTO passages (text, origin, at) VALUES (2, 'note:n', 9e9)")
        inserted.set()
        assert go_on.wait(30)

    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            await store.passages.remember([Passage(0, "done", "note:n", NOW)])
            database = store.passages._database
            writing = asyncio.create_task(database.write(slow))
            await asyncio.to_thread(inserted.wait, 30)
            during = [p.text for p in await store.passages.newest(9)]
            go_on.set()
            await writing
            assert during == ["done"]
            assert [p.text for p in await store.passages.newest(9)] == ["half done", "done"]

    asyncio.run(main())


def test_an_append_that_is_cancelled_after_it_was_accepted_is_kept_whole(tmp_path: Path) -> None:
    go_on = threading.Event()

    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            database = store.journal._database
            before = asyncio.create_task(database.write(lambda _: go_on.wait(30)))
            appending = asyncio.create_task(store.journal.append(a_turn(asked="kept")))
            await asyncio.sleep(0)
            appending.cancel()
            await asyncio.sleep(0)
            assert not appending.done(), "whoever cancels must be able to wait for the outcome"
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await appending
            assert await before
            assert [turn.asked for turn in await store.journal.last(9)] == ["kept"]

    run(main())


def test_closing_waits_for_what_was_accepted(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            appending = asyncio.create_task(store.journal.append(a_turn(asked="kept")))
            await asyncio.sleep(0)
        await appending
        async with Store.open(tmp_path / "m.db") as store:
            assert [turn.asked for turn in await store.journal.last(9)] == ["kept"]

    run(main())


def test_a_failed_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    def failing(connection: apsw.Connection) -> None:
        connection.execute("INSERT INTO texts (text) VALUES ('half done')")
        raise KeyError

    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            with pytest.raises(KeyError):
                await store.passages._database.write(failing)
            assert await store.passages.remember([Passage(0, "half done", "note:n", NOW)]) == [1]

    run(main())


def test_a_store_that_hit_its_limit_works_again_when_there_is_room(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            await store.journal.append(a_turn(asked="before"))
            database = store.journal._database
            await database.write(lambda c: c.pragma("max_page_count", 1))
            with pytest.raises(StoreFull, match="free some"):
                await store.journal.append(a_turn(asked="x" * 100_000))
            assert [t.asked for t in await store.journal.last(9)] == ["before"]
            await database.write(lambda c: c.pragma("max_page_count", 1_000_000))
            await store.journal.append(a_turn(asked="after"))
            assert [t.asked for t in await store.journal.last(9)] == ["before", "after"]

    run(main())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Two MiB of disk."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_loses_nothing_that_was_acknowledged(small_disk: Path) -> None:
    path = small_disk / "m.db"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1024 * 1024)

    async def main() -> list[str]:
        told: list[str] = []

        async def append_until_full() -> None:
            while len(told) < 10_000:
                turn = a_turn(asked="x" * 5000)
                await store.journal.append(turn)
                told.append(turn.id)

        async with Store.open(path) as store:
            with pytest.raises(StoreFull, match="no space left"):
                await append_until_full()
            assert told
            assert [t.id for t in await store.journal.last(10_000)] == told
            ballast.unlink()
            turn = a_turn(asked="x" * 5000)
            await store.journal.append(turn)
            return [*told, turn.id]

    told = run(main())
    assert ids_in(path) == told


@pytest.mark.parametrize("there", [True, False])
def test_a_store_that_is_opened_on_a_full_disk_says_so(small_disk: Path, there: bool) -> None:
    if there:
        assert ids_in(small_disk / "m.db") == []
    free = shutil.disk_usage(small_disk).free
    (small_disk / "ballast").write_bytes(b"x" * free)
    with pytest.raises(StoreFull, match="no space left"):
        ids_in(small_disk / "m.db")
    (small_disk / "ballast").unlink()
    assert ids_in(small_disk / "m.db") == []
