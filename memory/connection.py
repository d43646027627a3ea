"""One connection to the file: how it is opened, and what its errors mean to the rest of us."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw
import sqlite_vec

from memory import schema
from memory.records import MemoryFailed, StoreCorrupt, StoreFull, StoreNewer

BUSY_MS: Final = 5000
"""How long to wait for another process that is writing; its transactions take milliseconds."""

WAL_BYTES: Final = 16 * 1024 * 1024
"""The log file is cut back to this after a checkpoint; without it a burst would stay on disk."""

SPARE_BYTES: Final = 1024 * 1024
"""With less room than this, any I/O error is taken for a full disk; SQLite may report it so."""


def open_writer(path: Path) -> apsw.Connection:
    """Open the file for writing, making or migrating it as needed.

    Raises:
        MemoryFailed: see `converted`; a file that is refused is left as it was.
    """
    with converted(path):
        # Private speech: only its owner may read it. SQLite gives -wal and -shm the same mode.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        connection = _connect(path)
        try:
            # Until the file is known to be healthy, closing it must not write to it either.
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            with transaction(connection):
                schema.check(connection)
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
            _set_up(connection)
            with transaction(connection):
                schema.migrate(connection)
        except (apsw.Error, MemoryFailed):
            connection.close()
            raise
        return connection


def open_reader(path: Path) -> apsw.Connection:
    """Open a file that a writer has prepared, for queries only."""
    with converted(path):
        connection = _connect(path)
        connection.pragma("query_only", True)
        return connection


@contextmanager
def converted(path: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors into this room's, with what to do about them.

    Raises:
        MemoryFailed: or the member of its family that fits.
    """
    try:
        yield
    except (StoreCorrupt, StoreNewer) as refused:
        raise type(refused)(f"{path} {refused}. {_ADVICE[type(refused)]}") from refused
    except (apsw.NotADBError, apsw.CorruptError, apsw.FormatError) as damage:
        raise StoreCorrupt(f"{path} is damaged ({damage}). {_ADVICE[StoreCorrupt]}") from damage
    except (apsw.Error, OSError) as error:
        if isinstance(error, apsw.FullError) or _is_full(path):
            raise StoreFull(
                f"no space left for {path}: free some; nothing that was stored is lost"
            ) from error
        raise MemoryFailed(f"cannot use {path}: {error}{_hint(error)}") from error


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """All or nothing.

    Unlike the connection's own context it knows that SQLite has rolled back by itself when it
    ran out of space, and so reports that instead of a failed rollback.
    """
    connection.execute(f"BEGIN {connection.transaction_mode}")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


_ADVICE: Final[dict[type[MemoryFailed], str]] = {
    StoreCorrupt: "It was left as it is: move it away to start with an empty memory, or put a "
    "backup in its place; sqlite3's .recover may still read some of it",
    StoreNewer: "It was left as it is: install that version, or move the file away",
}


def _hint(error: apsw.Error | OSError) -> str:
    match error:
        case apsw.BusyError():
            return f" (another process has kept it locked for {BUSY_MS / 1000:.0f} s)"
        case apsw.CantOpenError() | apsw.ReadOnlyError() | PermissionError():
            return " (its folder and the file must belong to the user that runs Auricle)"
        case _:
            return ""


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < SPARE_BYTES
    except OSError:
        return False


def _connect(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(BUSY_MS)
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    connection.enable_load_extension(False)
    return connection


def _set_up(connection: apsw.Connection) -> None:
    # Taking the lock at the start lets the busy timeout work; upgrading a read lock would fail.
    connection.transaction_mode = "IMMEDIATE"
    # Only possible before the first table: lets an erase give its pages back to the disk.
    connection.pragma("auto_vacuum", "INCREMENTAL")
    if connection.pragma("journal_mode") != "wal":
        connection.pragma("journal_mode", "wal")
    # NORMAL would lose the last transactions in a power cut: they have been acknowledged by then.
    connection.pragma("synchronous", "FULL")
    connection.pragma("foreign_keys", True)
    # What was deleted must not be found in the file's free pages.
    connection.pragma("secure_delete", True)
    connection.pragma("journal_size_limit", WAL_BYTES)
