"""Passages: what is worth recalling, with where it came from and when."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import apsw

from memory.database import Database
from memory.journal import Journal
from memory.passage_rows import add_passage, add_text, expire
from memory.recall import Question, recall
from memory.records import Passage, Turn
from memory.vectors import Vector, VectorIndex
from memory.words import storable
from models.ports import Embedder, ModelError

log = logging.getLogger(__name__)

BATCH: Final = 32
"""Texts per call of the embedder: bounds its memory and the time that a recall waits behind it."""

_COLUMNS: Final = "passages.id, texts.text, origin, at"
_FROM: Final = "FROM passages JOIN texts ON texts.id = passages.text"


class Passages:
    """Remembers and recalls.

    A house says the same few things over and over: each distinct text is kept, indexed and
    embedded once, however often it happened, so repeats cannot crowd others out of a search.

    Args:
        journal: tells which turns used a passage.
        embedder: None remembers and recalls by keywords alone; `index` catches up later.
        sensor_limit: passages from sensors that are kept; the oldest go first.
    """

    def __init__(
        self, database: Database, journal: Journal, embedder: Embedder | None, sensor_limit: int
    ) -> None:
        self._database = database
        self._journal = journal
        self._embedder = embedder
        self._sensor_limit = sensor_limit
        self._index = (
            VectorIndex(embedder.identity, embedder.dimensions) if embedder is not None else None
        )

    async def remember(self, passages: Sequence[Passage]) -> list[int]:
        """Keep passages (their own id and score do not matter) and return their ids, in order.

        One that was already kept within REPEAT_WINDOW is not kept twice: its id is returned. If
        the embedder fails, passages are kept all the same and can be found by keyword.

        Raises:
            MemoryFailed: none of them was stored.
            ValueError: a text is empty.
        """
        texts = [storable(passage.text).strip() for passage in passages]
        if not all(texts):
            raise ValueError("a passage without text")
        embedded = await self._embed(list(dict.fromkeys(texts)))
        return await self._database.write(
            lambda connection: self._remember(connection, passages, texts, embedded)
        )

    async def recall(self, question: str, *, limit: int, now: float) -> list[Passage]:
        """What is known about a question, best first; empty when nothing is relevant.

        Args:
            question: any text.
            limit: passages at the most.
            now: Unix seconds; among equals the more recent comes first.

        Raises:
            MemoryFailed: the store cannot be read.
        """
        text = storable(question).strip()
        embedded = await self._embed([text]) if text else {}
        asked = Question(text, embedded.get(text), now)
        return await self._database.read(
            lambda connection: recall(connection, asked, self._index, limit)
        )

    async def newest(self, limit: int, origin: str = "") -> list[Passage]:
        """The latest passages whose origin starts with `origin`, newest first."""
        return await self._database.read(
            lambda connection: [
                Passage(*row)
                for row in connection.execute(
                    f"SELECT {_COLUMNS} {_FROM} WHERE substr(origin, 1, length(?1)) = ?1"
                    " ORDER BY at DESC, passages.id DESC LIMIT ?2",
                    (origin, limit),
                )
            ]
        )

    async def why(self, passage_id: int) -> tuple[Passage, list[Turn]] | None:
        """A passage and the turns that were given it, oldest first; None when there is none."""
        row = await self._database.read(
            lambda connection: connection.execute(
                f"SELECT {_COLUMNS} {_FROM} WHERE passages.id = ?",
                (passage_id,),
            ).fetchone()
        )
        return None if row is None else (Passage(*row), await self._journal.using(passage_id))

    async def index(self) -> int:
        """Embed what has no vector yet, and return how many texts that were.

        There is something to do after the embedder was changed or has failed. Can be cancelled
        and called again at any time; until it is done, the rest is found by keyword.

        Raises:
            MemoryFailed: the vectors cannot be stored.
            ModelError: the embedder failed.
        """
        done = 0
        if self._embedder is None or self._index is None:
            return done
        index = self._index
        while rows := await self._database.read(partial(index.missing, limit=BATCH)):
            embedded = await self._embedder.embed([text for _, text in rows])
            found = {row[0]: vector for row, vector in zip(rows, embedded, strict=True)}
            await self._database.write(partial(index.put, vectors=found))
            done += len(rows)
        return done

    async def _embed(self, texts: Sequence[str]) -> dict[str, Vector]:
        """Vectors by text; none at all when there is no embedder or it fails."""
        found: dict[str, Vector] = {}
        if self._embedder is None:
            return found
        try:
            for start in range(0, len(texts), BATCH):
                batch = texts[start : start + BATCH]
                found.update(zip(batch, await self._embedder.embed(batch), strict=True))
        except ModelError as error:
            log.warning("memory works by keyword alone, the embedder failed: %s", error)
        return found

    def _remember(
        self,
        connection: apsw.Connection,
        passages: Sequence[Passage],
        texts: Sequence[str],
        embedded: Mapping[str, Vector],
    ) -> list[int]:
        ids = []
        found: dict[int, Vector] = {}
        for passage, text in zip(passages, texts, strict=True):
            text_id = add_text(connection, text)
            if text in embedded:
                found[text_id] = embedded[text]
            ids.append(add_passage(connection, text_id, storable(passage.origin), passage.at))
        if self._index is not None:
            self._index.put(connection, found)
        expire(connection, self._sensor_limit)
        return ids
