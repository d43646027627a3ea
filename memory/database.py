"""The file and its two threads: one that writes, one that reads. The loop never touches it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import apsw

from memory.connection import converted, open_reader, open_writer, transaction
from models.worker import Worker

T = TypeVar("T")

Work = Callable[[apsw.Connection], T]
"""What to do with a connection, inside one transaction."""


class _Line:
    """A thread and the connection that is used on it alone."""

    def __init__(self, path: Path, name: str, connect: Callable[[Path], apsw.Connection]) -> None:
        self._path = path
        self._connect = connect
        self._worker = Worker(name, keeps=True)
        self._connection: apsw.Connection | None = None

    async def open(self) -> None:
        def connect() -> None:
            self._connection = self._connect(self._path)

        await self._worker.run(connect)

    async def transact(self, work: "Work[T]") -> T:
        return await self._worker.run(partial(self._transact, work))

    def _transact(self, work: "Work[T]") -> T:
        if self._connection is None:
            raise RuntimeError("the store is closed")
        with converted(self._path), transaction(self._connection):
            return work(self._connection)

    async def close(self) -> None:
        """Let everything that was accepted happen, then close."""
        try:
            await self._worker.run(self._disconnect)
        finally:
            self._worker.close()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with converted(self._path):
                connection.close()


class Database:
    """Runs transactions. Any number of processes may have the file open; SQLite orders them."""

    def __init__(self, path: Path) -> None:
        self._writer = _Line(path, "memory-write", open_writer)
        self._reader = _Line(path, "memory-read", open_reader)

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator["Database"]:
        """Open the file, making or migrating it as needed, and close it at the end.

        Raises:
            MemoryFailed: it cannot be opened, is damaged, newer than this program, or the disk
                is full. A file that is refused is left as it was.
        """
        database = cls(path)
        try:
            await database._writer.open()
            await database._reader.open()
            yield database
        finally:
            try:
                await database._reader.close()
            finally:
                await database._writer.close()

    async def write(self, change: "Work[T]") -> T:
        """Run `change` in one transaction; when this returns, it survives a power cut.

        A cancelled caller waits until the transaction is over: it is then there, all of it,
        unless it failed.

        Raises:
            MemoryFailed: nothing of it was stored.
        """
        return await self._writer.transact(change)

    async def read(self, query: "Work[T]") -> T:
        """Run `query` on one snapshot of everything committed so far.

        Raises:
            MemoryFailed: the file cannot be read.
        """
        return await self._reader.transact(query)
