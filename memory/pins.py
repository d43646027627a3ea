"""What strangers' tools said of themselves when they were first seen, and what the owner agreed to.

A server that is trusted today can describe the same tool differently tomorrow, in words that are
meant for the model. So a description that has changed counts for nothing until somebody agrees.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import apsw

from memory.database import Database


class Pins:
    """Digests of descriptions, by the name of the tool.

    Args:
        clock: Unix seconds.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def see(self, digests: Mapping[str, str]) -> set[str]:
        """Remember what is said now; returns the names whose description is agreed to.

        The first one that is seen under a name is.

        Raises:
            MemoryFailed: nothing is known of any of them.
        """
        now = self._clock()
        return await self._database.write(lambda connection: _see(connection, digests, now))

    async def changed(self) -> list[str]:
        """Names of tools that wait for the owner."""
        query = "SELECT name FROM pins WHERE seen <> agreed ORDER BY name"
        return await self._database.read(
            lambda connection: [name for (name,) in connection.execute(query)]
        )

    async def agree(self, name: str) -> bool:
        """Agree to what was last seen of a tool; False when nothing of it waits.

        Raises:
            MemoryFailed: not stored.
        """
        return await self._database.write(lambda connection: _agree(connection, name))


def _see(connection: apsw.Connection, digests: Mapping[str, str], now: float) -> set[str]:
    for name, digest in digests.items():
        connection.execute(
            "INSERT INTO pins (name, agreed, seen, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET seen = excluded.seen, at = excluded.at"
            " WHERE seen <> excluded.seen",
            (name, digest, digest, now),
        )
    rows: Iterable[tuple[Any, ...]] = connection.execute("SELECT name, agreed FROM pins")
    agreed = set(rows)
    return {name for name, digest in digests.items() if (name, digest) in agreed}


def _agree(connection: apsw.Connection, name: str) -> bool:
    connection.execute("UPDATE pins SET agreed = seen WHERE name = ? AND seen <> agreed", (name,))
    return connection.changes() == 1
