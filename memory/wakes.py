"""How often wake words were heard, and what came of it: counts by the hour, and no words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import apsw

from memory.database import Database
from memory.hours import HOUR

KEPT_DAYS: Final = 400
"""Days that counts are kept for: as long as the hours of the house."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one phrase.

    Attributes:
        phrase: name of the wake word.
        woken: how often it woke the assistant.
        answered: how often words followed that were understood.
        missed: how often it was nearly heard.
    """

    phrase: str
    woken: int = 0
    answered: int = 0
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Wakefulness:
    """What all phrases together did.

    Attributes:
        listened_s: seconds in which wake words were listened for.
        tallies: one for each phrase that was heard or nearly heard, by name.
    """

    listened_s: float
    tallies: tuple[Tally, ...]

    @property
    def woken(self) -> int:
        """Wakes."""
        return sum(tally.woken for tally in self.tallies)

    @property
    def unanswered(self) -> int:
        """Wakes after which nothing was understood: false ones, and changed minds."""
        return sum(tally.woken - tally.answered for tally in self.tallies)

    @property
    def missed(self) -> int:
        """Near misses."""
        return sum(tally.missed for tally in self.tallies)

    @property
    def false_accepts_per_hour(self) -> float | None:
        """At most so many, None while nothing was listened to."""
        return self.unanswered / self.listened_s * HOUR if self.listened_s else None


class Wakes:
    """The counts, added up by the hour."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def add(self, tallies: Iterable[Tally], listened_s: float) -> None:
        """Add to the counts of this hour.

        Args:
            tallies: since the last time.
            listened_s: seconds since the last time in which wake words were listened for.

        Raises:
            MemoryFailed: nothing was added.
        """
        hour = int(self._clock() // HOUR)
        rows = [(hour, one.phrase, one.woken, one.answered, one.missed) for one in tallies]

        def work(connection: apsw.Connection) -> None:
            connection.executemany(_ADD, rows)
            connection.execute(_LISTENED, (hour, listened_s))
            for table in ("wakes", "wake_hours"):
                connection.execute(
                    f"DELETE FROM {table} WHERE hour < ?",  # noqa: S608 - one of the two above
                    (hour - 24 * KEPT_DAYS,),
                )

        await self._database.write(work)

    async def since(self, at: float = 0.0) -> Wakefulness:
        """The counts of the hours that began at `at`, Unix seconds, or later."""

        def query(connection: apsw.Connection) -> Wakefulness:
            hour = -(-at // HOUR)
            listened = connection.execute(
                "SELECT total(seconds) FROM wake_hours WHERE hour >= ?", (hour,)
            ).get
            rows = connection.execute(
                "SELECT phrase, sum(woken), sum(answered), sum(missed) FROM wakes"
                " WHERE hour >= ? GROUP BY phrase ORDER BY phrase",
                (hour,),
            )
            return Wakefulness(float(listened), tuple(Tally(*row) for row in rows))

        return await self._database.read(query)


_ADD: Final = """
INSERT INTO wakes (hour, phrase, woken, answered, missed) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET woken = woken + excluded.woken,
    answered = answered + excluded.answered, missed = missed + excluded.missed
"""

_LISTENED: Final = """
INSERT INTO wake_hours (hour, seconds) VALUES (?, ?)
ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds
"""
