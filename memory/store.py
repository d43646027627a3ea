"""The one place that knows what the store consists of."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from memory.audit import Audit
from memory.database import Database
from memory.entities import Entities
from memory.history import History
from memory.house import House
from memory.journal import Journal
from memory.lists import Lists
from memory.passages import Passages
from memory.pins import Pins
from memory.routines import Routines
from memory.runs import Runs
from memory.timers import Timers
from memory.vectors import VectorIndex
from memory.wakes import Wakes
from models.ports import Embedder

SENSOR_LIMIT: Final = 10_000
"""Passages from sensors that are kept: months of notable events, searched in milliseconds."""


HISTORY_DAYS: Final = (30.0, 400.0)
"""A month of every change, more than a year of hours."""


@dataclass(frozen=True, slots=True)
class Store:
    """What Auricle remembers, in one SQLite file."""

    journal: Journal
    passages: Passages
    house: House
    entities: Entities
    timers: Timers
    lists: Lists
    audit: Audit
    pins: Pins
    runs: Runs
    routines: Routines
    history: History
    wakes: Wakes

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        embedder: Embedder | None = None,
        *,
        sensor_limit: int = SENSOR_LIMIT,
        history_days: tuple[float, float] = HISTORY_DAYS,
        clock: Callable[[], float] = time.time,
    ) -> AsyncIterator["Store"]:
        """Open the file, making or migrating it as needed; close it at the end.

        With another embedder than last time the vectors are dropped here, and
        `passages.index()` makes them anew.

        Args:
            path: the file; folders that are missing are made.
            embedder: None for commands that need no recall by meaning.
            sensor_limit: passages from sensors that are kept; the oldest go first.
            history_days: for which each change of the house, and each hour of it, is kept.
            clock: Unix seconds.

        Raises:
            StoreCorrupt: damaged, or no store of ours; left as it is.
            StoreNewer: made by a newer version; left as it is.
            StoreFull: no space left.
            MemoryFailed: it cannot be opened.
        """
        async with Database.open(path) as database:
            if embedder is not None:
                index = VectorIndex(embedder.identity, embedder.dimensions)
                await database.write(index.adopt)
            journal = Journal(database, clock)
            passages = Passages(database, journal, embedder, sensor_limit)
            yield cls(
                journal,
                passages,
                House(database, clock),
                Entities(database),
                Timers(database),
                Lists(database, clock),
                Audit(database, clock),
                Pins(database, clock),
                Runs(database),
                Routines(database),
                History(database, clock, *history_days),
                Wakes(database, clock),
            )
