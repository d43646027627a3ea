"""The vector index: derived from the texts and an embedder, rebuilt when the embedder changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import apsw
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""Unit length, shape (dimensions,)."""

CHUNK: Final = 128
"""Vectors per block of vec0. A block is freed when its last vector goes, so smaller wastes less."""


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """Vectors of one embedder.

    Another process may have given the file to another embedder meanwhile, so every method looks
    inside its transaction whose the vectors are, and leaves others' alone.

    Attributes:
        identity: the embedder's.
        dimensions: length of its vectors.
    """

    identity: str
    dimensions: int

    def adopt(self, connection: apsw.Connection) -> None:
        """Make the index this embedder's, empty if it was another's."""
        if self._current(connection):
            return
        connection.execute("DROP TABLE IF EXISTS text_vectors")
        connection.execute(
            f"CREATE VIRTUAL TABLE text_vectors USING vec0(text INTEGER PRIMARY KEY,"
            f" vector float[{self.dimensions}] distance_metric=cosine, chunk_size={CHUNK})"
        )
        connection.execute("DELETE FROM vector_index")
        connection.execute("INSERT INTO vector_index (identity) VALUES (?)", (self.identity,))

    def put(self, connection: apsw.Connection, vectors: Mapping[int, Vector]) -> None:
        """Keep the vectors of texts that still exist and have none yet."""
        if not self._current(connection):
            return
        for text, vector in vectors.items():
            connection.execute(
                "INSERT INTO text_vectors (text, vector) SELECT id, ? FROM texts"
                " WHERE id = ? AND id NOT IN (SELECT text FROM text_vectors WHERE text = ?)",
                (vector.astype(np.float32).tobytes(), text, text),
            )

    def missing(self, connection: apsw.Connection, limit: int) -> list[tuple[int, str]]:
        """Texts without a vector: (id, text), newest first."""
        if not self._current(connection):
            return []
        rows: Iterable[tuple[Any, ...]] = connection.execute(
            "SELECT id, text FROM texts WHERE id NOT IN (SELECT text FROM text_vectors)"
            " ORDER BY id DESC LIMIT ?",
            (limit,),
        )
        return [(text_id, text) for text_id, text in rows]

    def nearest(self, connection: apsw.Connection, query: Vector, depth: int) -> dict[int, float]:
        """The `depth` nearest texts and their cosines, nearest first."""
        if not self._current(connection):
            return {}
        rows = connection.execute(
            "SELECT text, distance FROM text_vectors WHERE vector MATCH ? AND k = ?"
            " ORDER BY distance",
            (query.tobytes(), depth),
        )
        return {text: 1 - distance for text, distance in rows}

    def cosines(
        self, connection: apsw.Connection, query: Vector, texts: Sequence[int]
    ) -> dict[int, float]:
        """The cosines of given texts, as far as they have vectors."""
        if not self._current(connection):
            return {}
        found = {}
        for text in texts:
            blob = connection.execute("SELECT vector FROM text_vectors WHERE text = ?", (text,)).get
            if blob is not None:
                found[text] = float(np.frombuffer(blob, np.float32) @ query)
        return found

    def _current(self, connection: apsw.Connection) -> bool:
        return _identity(connection) == self.identity


def forget(connection: apsw.Connection, texts: Iterable[int]) -> None:
    """Remove the vectors of texts, whosever they are."""
    if _identity(connection) is not None:
        connection.executemany(
            "DELETE FROM text_vectors WHERE text = ?", [(text,) for text in texts]
        )


def _identity(connection: apsw.Connection) -> str | None:
    identity: str | None = connection.execute("SELECT identity FROM vector_index").get
    return identity
