"""Lists of things to buy or to do."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import apsw

from memory.database import Database

LISTS: Final = 64
"""Lists at the most; more is a misunderstanding that repeats itself."""

ITEMS: Final = 500
"""Open items of a list at the most: nobody has that read out."""

KEPT: Final = 100
"""Items checked off that are remembered, per list, so that they can be taken back."""

LENGTH: Final = 200
"""Characters of an item or of a list's name."""

Change = Literal["done", "already", "no_list", "no_item", "full"]
"""done: changed. already: it was so before. The others: nothing was changed, and why."""

_WORDS: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on a list.

    Attributes:
        text: as it was said.
        added_at: Unix seconds.
        done_at: when it was checked off; None while it is open.
    """

    text: str
    added_at: float
    done_at: float | None = None


class Lists:
    """Lists by name. Names and items are compared without case and punctuation."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    async def names(self) -> list[str]:
        """Names of all lists, in the order in which they were made."""
        return await self._database.read(
            lambda connection: [
                name for (name,) in connection.execute("SELECT name FROM lists ORDER BY id")
            ]
        )

    async def make(self, name: str) -> Change:
        """Make a list; "already" when there is one of that name, "full" when there are `LISTS`.

        Raises:
            MemoryFailed: it was not made.
        """
        return await self._database.write(lambda connection: _make(connection, name))

    async def items(self, name: str, *, done: bool = False) -> list[Item] | None:
        """What is on a list, the oldest first; None when there is no such list.

        Args:
            name: of the list.
            done: also what has been checked off and is still remembered.
        """

        def query(connection: apsw.Connection) -> list[Item] | None:
            number = _number(connection, name)
            return None if number is None else _items(connection, number, done=done)

        return await self._database.read(query)

    async def add(self, name: str, item: str) -> Change:
        """Put an item on a list, or open it again when it had been checked off.

        Raises:
            MemoryFailed: it was not stored.
        """
        now = self._clock()
        return await self._change(name, lambda c, number: _add(c, number, item, now))

    async def complete(self, name: str, item: str) -> Change:
        """Check an item off; "already" when it had been.

        Raises:
            MemoryFailed: it was not stored.
        """
        now = self._clock()
        return await self._change(name, lambda c, number: _complete(c, number, item, now))

    async def remove(self, name: str, item: str) -> Change:
        """Take an item off a list, open or not, and forget it.

        Raises:
            MemoryFailed: it was not stored.
        """
        return await self._change(name, lambda c, number: _remove(c, number, item))

    async def _change(self, name: str, change: Callable[[apsw.Connection, int], Change]) -> Change:
        def work(connection: apsw.Connection) -> Change:
            number = _number(connection, name)
            return "no_list" if number is None else change(connection, number)

        return await self._database.write(work)


def folded(text: str) -> str:
    """How an item or a name is compared: "The Trader Joe's list" is "trader joes"."""
    plain = re.sub(r"['\u2019]", "", text.casefold())
    words = _WORDS.findall(plain)
    if len(words) > 1 and words[0] in {"the", "my", "our", "a", "an", "some"}:
        words = words[1:]
    if len(words) > 1 and words[-1] == "list":
        words = words[:-1]
    return " ".join(words)[:LENGTH]


def _number(connection: apsw.Connection, name: str) -> int | None:
    row = connection.execute("SELECT id FROM lists WHERE key = ?", (folded(name),)).fetchone()
    return None if row is None else int(row[0])


def _make(connection: apsw.Connection, name: str) -> Change:
    if _number(connection, name) is not None:
        return "already"
    if not folded(name) or connection.execute("SELECT count(*) FROM lists").get >= LISTS:
        return "full"
    connection.execute(
        "INSERT INTO lists (key, name) VALUES (?, ?)", (folded(name), name.strip()[:LENGTH])
    )
    return "done"


def _items(connection: apsw.Connection, number: int, *, done: bool) -> list[Item]:
    rows = connection.execute(
        "SELECT text, added_at, done_at FROM list_items"
        " WHERE list = ? AND (? OR done_at IS NULL) ORDER BY added_at, key",
        (number, done),
    )
    return [Item(text, added_at, done_at) for text, added_at, done_at in rows]


def _add(connection: apsw.Connection, number: int, item: str, now: float) -> Change:
    key = folded(item)
    known = connection.execute(
        "SELECT done_at FROM list_items WHERE list = ? AND key = ?", (number, key)
    ).fetchone()
    if known is not None and known[0] is None:
        return "already"
    count = connection.execute(
        "SELECT count(*) FROM list_items WHERE list = ? AND done_at IS NULL", (number,)
    ).get
    if not key or count >= ITEMS:
        return "full"
    connection.execute(
        "INSERT INTO list_items (list, key, text, added_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET text = excluded.text, added_at = excluded.added_at,"
        " done_at = NULL",
        (number, key, " ".join(item.split())[:LENGTH], now),
    )
    return "done"


def _complete(connection: apsw.Connection, number: int, item: str, now: float) -> Change:
    known = connection.execute(
        "SELECT done_at FROM list_items WHERE list = ? AND key = ?", (number, folded(item))
    ).fetchone()
    if known is None:
        return "no_item"
    if known[0] is not None:
        return "already"
    connection.execute(
        "UPDATE list_items SET done_at = ? WHERE list = ? AND key = ?", (now, number, folded(item))
    )
    connection.execute(
        "DELETE FROM list_items WHERE list = ? AND key IN ("
        " SELECT key FROM list_items WHERE list = ? AND done_at IS NOT NULL"
        " ORDER BY done_at DESC, key LIMIT -1 OFFSET ?)",
        (number, number, KEPT),
    )
    return "done"


def _remove(connection: apsw.Connection, number: int, item: str) -> Change:
    connection.execute("DELETE FROM list_items WHERE list = ? AND key = ?", (number, folded(item)))
    return "done" if connection.changes() else "no_item"
