"""What the house consists of, as it was announced last, so that a restart need not wait for it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import apsw

from memory.database import Database
from sensors.entities import Entity


class Entities:
    """All announced entities; small, and written as a whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, entities: Sequence[Entity]) -> None:
        """Keep these and no others.

        Raises:
            MemoryFailed: what was kept before is still there.
        """
        rows = [(entity.id, json.dumps(_told(entity))) for entity in entities]

        def change(connection: apsw.Connection) -> None:
            connection.execute("DELETE FROM entities")
            connection.executemany("INSERT INTO entities (id, told) VALUES (?, ?)", rows)

        await self._database.write(change)

    async def load(self) -> list[Entity]:
        """What was kept last, by id.

        Raises:
            MemoryFailed: the store cannot be read.
        """
        return await self._database.read(_load)


def _told(entity: Entity) -> dict[str, Any]:
    return {**asdict(entity), "features": sorted(entity.features)}


def _load(connection: apsw.Connection) -> list[Entity]:
    rows = connection.execute("SELECT told FROM entities ORDER BY id")
    return [_entity(json.loads(told)) for (told,) in rows]


def _entity(told: dict[str, Any]) -> Entity:
    limits = told.pop("limits")
    return Entity(
        **told
        | {
            "features": frozenset(told["features"]),
            "aliases": tuple(told["aliases"]),
            "options": tuple(told["options"]),
            "limits": tuple(limits) if limits else None,
        }
    )
