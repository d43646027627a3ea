"""The last known state of the house, so that a restart does not forget it."""

import json
from collections.abc import Callable, Sequence

import apsw

from memory.database import Database
from sensors.events import Reading


class House:
    """One reading per entity: the one that was measured last."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def save(self, readings: Sequence[Reading]) -> None:
        """Keep each reading that is newer than what is known of its entity.

        Late and repeated deliveries change nothing: of equal stamps the first one stays. A stamp
        that lies in the future is a wrong clock's and gives way to any other.

        Raises:
            MemoryFailed: none of them was stored.
        """
        rows = [
            (r.entity, r.name, r.quantity, json.dumps(r.value), r.unit, r.at, r.topic, r.late)
            for r in readings
        ]
        now = self._clock()
        await self._database.write(lambda connection: _save(connection, rows, now))

    async def forget(self, entities: Sequence[str]) -> None:
        """Drop what is known of things that are gone, by `Reading.entity`.

        Raises:
            MemoryFailed: none of them was dropped.
        """
        rows = [(entity,) for entity in entities]
        await self._database.write(
            lambda connection: connection.executemany("DELETE FROM house WHERE entity = ?", rows)
        )

    async def load(self) -> list[Reading]:
        """All last known readings, by entity.

        Raises:
            MemoryFailed: the store cannot be read.
        """
        return await self._database.read(_load)


def _save(
    connection: apsw.Connection,
    rows: list[tuple[str, str, str, str, str, float, str, bool]],
    now: float,
) -> None:
    connection.executemany(
        "INSERT INTO house (entity, name, quantity, value, unit, at, topic, late)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET name = excluded.name, quantity = excluded.quantity,"
        " value = excluded.value, unit = excluded.unit, at = excluded.at, topic = excluded.topic,"
        " late = excluded.late"
        " WHERE excluded.at > house.at OR house.at > ?",
        [(*row, now) for row in rows],
    )


def _load(connection: apsw.Connection) -> list[Reading]:
    rows = connection.execute(
        "SELECT entity, name, quantity, value, unit, at, topic, late FROM house ORDER BY entity"
    )
    return [
        Reading(entity, name, quantity, json.loads(value), unit, at, topic, bool(late))
        for entity, name, quantity, value, unit, at, topic, late in rows
    ]
