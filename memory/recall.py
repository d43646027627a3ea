"""Recall: what is known about a question, or nothing.

Two searches that fail differently are combined: nearest vectors find other words for the same
thing, keywords find names and numbers. Their ranks are added up by reciprocal rank fusion
(Cormack, Clarke and Buettcher, SIGIR 2009), which needs no common scale of scores.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import apsw

from memory.records import Passage
from memory.vectors import Vector, VectorIndex
from memory.words import content_words, match_any

DEPTH: Final = 32
"""Texts that each search may bring; many more than are ever given to a prompt."""

RANK_OFFSET: Final = 60
"""k of reciprocal rank fusion, as in the paper."""

MEANING_FLOOR: Final = 0.42
"""Cosine above which a text is relevant without a common word.

Chosen on the tuning half of tests/bench/household.json, where questions that nothing answers
reach 0.39; the bench reports what it does on the other half.
"""

KEYWORD_FLOOR: Final = 0.28
"""Cosine above which a text is relevant if it shares a content word; chosen likewise (0.22)."""

KEYWORD_SHARE: Final = 0.5
"""Share of the content words that a text without a vector must hold to be relevant."""

FRESHNESS: Final = 0.001
"""Score of something that happened just now: worth about two ranks in each search, no more."""

HALF_LIFE: Final = 86_400.0
"""Seconds in which freshness halves: people ask about today."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched for.

    Attributes:
        text: as it was asked.
        vector: its embedding, unit length; None searches by keywords alone.
        now: Unix seconds.
    """

    text: str
    vector: Vector | None
    now: float


def recall(
    connection: apsw.Connection, question: Question, index: VectorIndex | None, limit: int
) -> list[Passage]:
    """The relevant passages, best first; of equal texts the one that happened last."""
    words = content_words(question.text)
    by_word = _containing(connection, words)
    cosines: dict[int, float] = {}
    by_meaning: list[int] = []
    if index is not None and question.vector is not None:
        cosines = index.nearest(connection, question.vector, DEPTH)
        by_meaning = list(cosines)
        unknown = [text for text in by_word if text not in cosines]
        cosines |= index.cosines(connection, question.vector, unknown)
    shares = _shares(connection, words, [text for text in by_word if text not in cosines])
    hits = set(by_word)
    relevant = {
        text
        for text in (*by_meaning, *by_word)
        if _is_relevant(cosines.get(text), text in hits, shares.get(text, 0.0))
    }
    scores = fused([[t for t in ranks if t in relevant] for ranks in (by_meaning, by_word)])
    return _newest_of(connection, scores, question.now)[:limit]


def fused(rankings: Sequence[Sequence[int]]) -> dict[int, float]:
    """Reciprocal rank fusion: the sum of 1 / (RANK_OFFSET + rank) over the rankings."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, text in enumerate(ranking, start=1):
            scores[text] = scores.get(text, 0.0) + 1 / (RANK_OFFSET + rank)
    return scores


def _is_relevant(cosine: float | None, shares_a_word: bool, share: float) -> bool:
    if cosine is None:
        return share >= KEYWORD_SHARE
    return cosine >= (KEYWORD_FLOOR if shares_a_word else MEANING_FLOOR)


def _containing(connection: apsw.Connection, words: Sequence[str]) -> list[int]:
    """Texts that hold any of the words, best BM25 first."""
    if not words:
        return []
    rows = connection.execute(
        "SELECT rowid FROM text_words WHERE text_words MATCH ? ORDER BY rank LIMIT ?",
        (match_any(words), DEPTH),
    )
    return [text for (text,) in rows]


def _shares(
    connection: apsw.Connection, words: Sequence[str], texts: Sequence[int]
) -> dict[int, float]:
    """Which share of the words each text holds."""
    shares = dict.fromkeys(texts, 0.0)
    for word in words if texts else ():
        holding = connection.execute(
            "SELECT rowid FROM text_words WHERE text_words MATCH ?", (match_any([word]),)
        )
        for (text,) in holding:
            if text in shares:
                shares[text] += 1 / len(words)
    return shares


def _newest_of(
    connection: apsw.Connection, scores: Mapping[int, float], now: float
) -> list[Passage]:
    passages = []
    for text, score in scores.items():
        rows: Iterable[tuple[Any, ...]] = connection.execute(
            "SELECT passages.id, texts.text, origin, at FROM passages"
            " JOIN texts ON texts.id = passages.text"
            " WHERE passages.text = ? ORDER BY at DESC, passages.id DESC LIMIT 1",
            (text,),
        )
        for passage_id, words, origin, at in rows:
            fresh = FRESHNESS * 0.5 ** (max(0.0, now - at) / HALF_LIFE)
            passages.append(Passage(passage_id, words, origin, at, score + fresh))
    return sorted(passages, key=lambda passage: (passage.score, passage.at), reverse=True)
