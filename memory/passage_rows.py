"""How passages lie in the file: each distinct text once, and every time that it happened."""

from collections.abc import Sequence
from typing import Final

import apsw

from memory import vectors

REPEAT_WINDOW: Final = 60.0
"""Seconds in which the same text from the same origin is one happening: brokers deliver twice."""

SENSORS: Final = "mqtt:"
"""Kind of origin whose passages are bounded in number."""


def add_text(connection: apsw.Connection, text: str) -> int:
    """The id of a text, which is added if it is new."""
    known = connection.execute("SELECT id FROM texts WHERE text = ?", (text,)).get
    if known is None:
        known = connection.execute("INSERT INTO texts (text) VALUES (?) RETURNING id", (text,)).get
    return int(known)


def add_passage(connection: apsw.Connection, text_id: int, origin: str, at: float) -> int:
    """The id of a passage, which is added unless it was within REPEAT_WINDOW."""
    known = connection.execute(
        "SELECT id FROM passages WHERE text = ? AND origin = ? AND at BETWEEN ? AND ? LIMIT 1",
        (text_id, origin, at - REPEAT_WINDOW, at + REPEAT_WINDOW),
    ).get
    if known is None:
        known = connection.execute(
            "INSERT INTO passages (text, origin, at) VALUES (?, ?, ?) RETURNING id",
            (text_id, origin, at),
        ).get
    return int(known)


def expire(connection: apsw.Connection, limit: int) -> None:
    """Remove the oldest passages from sensors until `limit` are left."""
    kept = connection.execute("SELECT count(*) FROM passages WHERE kind = ?", (SENSORS,)).get
    if kept > limit:
        oldest = connection.execute(
            "SELECT id FROM passages WHERE kind = ? ORDER BY at, id LIMIT ?",
            (SENSORS, kept - limit),
        ).fetchall()
        remove(connection, [int(row[0] or 0) for row in oldest])


def remove(connection: apsw.Connection, passage_ids: Sequence[int]) -> None:
    """Remove passages, and with the last passage of a text its words and its vector."""
    texts: set[int] = set()
    for passage_id in passage_ids:
        text = connection.execute(
            "DELETE FROM passages WHERE id = ? RETURNING text", (passage_id,)
        ).get
        if text is not None:
            texts.add(text)
    unused = [text for text in texts if not _is_used(connection, text)]
    vectors.forget(connection, unused)
    connection.executemany("DELETE FROM texts WHERE id = ?", [(text,) for text in unused])


def _is_used(connection: apsw.Connection, text: int) -> bool:
    return bool(
        connection.execute("SELECT EXISTS (SELECT 1 FROM passages WHERE text = ?)", (text,)).get
    )
