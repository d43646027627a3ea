"""What the house was like: each change for some weeks, each hour for more than a year."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

import apsw

from memory.database import Database
from memory.hours import Hour, Sample, filled, hours, start_of
from memory.records import MemoryFailed
from memory.thinning import Thinning
from sensors.events import Reading, Value

DAY: Final = 86_400.0

_MOST: Final = 20_000
"""Changes kept of one key: more than one a minute for two weeks comes from something broken."""

_WAITING: Final = 16_384
"""Changes that wait for a disk that is full; the oldest are lost first."""

_AT_ONCE: Final = 64
"""Keys summed up in one transaction: a turn that is journalled waits behind it."""

_SETTLED: Final = 300.0
"""Seconds after its end when an hour is summed up: stamps of devices arrive a little late."""


class History:
    """Changes and hours of the readings, by `Reading.entity`.

    Args:
        clock: Unix seconds.
        detail_days: for which each change is kept.
        hour_days: for which hours are kept.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        detail_days: float = 30.0,
        hour_days: float = 400.0,
    ) -> None:
        self._database = database
        self._clock = clock
        self._detail_s = detail_days * DAY
        self._hours_s = hour_days * DAY
        self._thinning = Thinning()
        self._waiting: deque[Reading] = deque(maxlen=_WAITING)

    def load(self, known: Iterable[Reading]) -> None:
        """Take what was known before a restart as the state to compare with."""
        self._thinning.load(known)

    def observe(self, readings: Iterable[Reading]) -> None:
        """Note what `flush` has to write. In the order in which the house accepted them."""
        self._waiting += self._thinning.passed(readings)

    def forget(self, keys: Iterable[str]) -> None:
        """These things are gone; what happened before stays."""
        self._thinning.forget(keys)

    async def flush(self, *, closing: bool = False) -> None:
        """Write what was noted.

        Args:
            closing: also what would have waited for a larger change.

        Raises:
            MemoryFailed: nothing was written, and it waits for the next time.
        """
        self._waiting += self._thinning.due(float("inf") if closing else self._clock())
        if not (writing := list(self._waiting)):
            return
        self._waiting.clear()
        try:
            await self._database.write(lambda connection: _insert(connection, writing))
        except MemoryFailed:
            self._waiting = deque([*writing, *self._waiting], maxlen=_WAITING)
            raise

    async def add(self, readings: Iterable[Reading]) -> None:
        """Note and write.

        Raises:
            MemoryFailed: as for `flush`.
        """
        self.observe(readings)
        await self.flush()

    async def range(self, key: str, since: float, until: float) -> list[Sample]:
        """The changes in [since, until), after the one that held at `since` if it is known.

        Raises:
            MemoryFailed: the store cannot be read.
        """
        return await self._database.read(lambda connection: _range(connection, key, since, until))

    async def hours(self, key: str, since: float, until: float) -> list[Hour]:
        """The hours that began in [since, until), as far as they have passed.

        Raises:
            MemoryFailed: the store cannot be read.
        """
        until = min(until, self._clock())
        return await self._database.read(lambda connection: _hours(connection, key, since, until))

    async def prune(self, now: float) -> None:
        """Sum up hours that are over and drop what is too old; call every hour or so.

        Raises:
            MemoryFailed: what is left is done the next time.
        """
        detail, whole = now - self._detail_s, start_of(now - self._hours_s)
        settled = start_of(now - _SETTLED)
        ids = await self._database.read(
            lambda connection: [one for (one,) in connection.execute("SELECT id FROM history_keys")]
        )
        for first in range(0, len(ids), _AT_ONCE):
            some = ids[first : first + _AT_ONCE]
            await self._database.write(partial(_prune_all, some, settled, detail, whole))


def _insert(connection: apsw.Connection, readings: Sequence[Reading]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO history_keys (key, summed) VALUES (?, ?)",
        {reading.entity: start_of(reading.at) for reading in reversed(readings)}.items(),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO history (key, at, value, late)"
        " SELECT id, ?, ?, ? FROM history_keys WHERE key = ?",
        [(one.at, one.value, one.late, one.entity) for one in readings],
    )


def _id(connection: apsw.Connection, key: str) -> tuple[int, float] | None:
    query = "SELECT id, summed FROM history_keys WHERE key = ?"
    return next(iter(connection.execute(query, (key,))), None)


def _range(connection: apsw.Connection, key: str, since: float, until: float) -> list[Sample]:
    found = _id(connection, key)
    return [] if found is None else _samples(connection, found[0], since, until)


def _samples(connection: apsw.Connection, key: int, since: float, until: float) -> list[Sample]:
    rows = connection.execute(
        "SELECT at, value, late FROM history WHERE key = ?1 AND at < ?3 AND at >= coalesce("
        "(SELECT max(at) FROM history WHERE key = ?1 AND at <= ?2), ?2) ORDER BY at",
        (key, since, until),
    )
    return [Sample(at, _value(value), bool(late)) for at, value, late in rows]


def _hours(connection: apsw.Connection, name: str, since: float, until: float) -> list[Hour]:
    found = _id(connection, name)
    if found is None:
        return []
    key, summed = found
    rows = connection.execute(
        "SELECT hour, count, low, mean, high, seconds, last FROM history_hours"
        " WHERE key = ?1 AND hour < ?3 AND hour >= coalesce("
        "(SELECT max(hour) FROM history_hours WHERE key = ?1 AND hour <= ?2), ?2) ORDER BY hour",
        (key, since, until),
    )
    kept = [
        Hour(float(hour), count, low, mean, high, json.loads(seconds), _value(last))
        for hour, count, low, mean, high, seconds, last in rows
    ]
    fresh = hours(_samples(connection, key, summed, until), summed, until)
    return list(filled([*kept, *fresh], since, until))


def _prune_all(
    keys: Sequence[int], settled: float, detail: float, whole: float, connection: apsw.Connection
) -> None:
    for key in keys:
        _prune(connection, key, settled, detail, whole)


def _prune(
    connection: apsw.Connection, key: int, settled: float, detail: float, whole: float
) -> None:
    summed = connection.execute("SELECT summed FROM history_keys WHERE id = ?", (key,)).get
    if summed is not None and summed < settled:
        _sum_up(connection, key, summed, settled)
    # The last change holds for as long as nothing follows, however old it is.
    connection.execute(
        "DELETE FROM history WHERE key = ?1 AND at < max(?2, coalesce((SELECT at FROM history"
        " WHERE key = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?3), ?2))"
        " AND at < (SELECT max(at) FROM history WHERE key = ?1 AND at < ?4)",
        (key, detail, _MOST, settled),
    )
    connection.execute("DELETE FROM history_hours WHERE key = ? AND hour < ?", (key, whole))
    connection.execute(
        "DELETE FROM history_keys WHERE id = ?1"
        " AND NOT EXISTS (SELECT 1 FROM history WHERE key = ?1 AND at >= ?2)",
        (key, whole),
    )


def _sum_up(connection: apsw.Connection, key: int, summed: float, settled: float) -> None:
    samples = _samples(connection, key, summed, settled)
    connection.executemany(
        "INSERT OR REPLACE INTO history_hours (key, hour, count, low, mean, high, seconds, last)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (key, int(one.start), one.count, one.low, one.mean, one.high,
             json.dumps(one.seconds), one.last)
            for one in hours(samples, summed, settled)
        ],
    )  # fmt: skip
    connection.execute("UPDATE history_keys SET summed = ? WHERE id = ?", (settled, key))


def _value(stored: float | str) -> Value:
    """Truth values are stored as integers, numbers as reals."""
    return bool(stored) if isinstance(stored, int) else stored
