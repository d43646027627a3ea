"""An embedder whose vectors mean what their words say: equal words, equal direction."""

import re
import zlib
from collections.abc import Sequence

import numpy as np

from models.ports import EngineFailed, Vectors


class WordEmbedder:
    """Counts words by hash. `failing` makes it raise; `batches` tells how it was called."""

    def __init__(self, identity: str = "words@1", dimensions: int = 384) -> None:
        self.identity = identity
        self.dimensions = dimensions
        self.failing = False
        self.batches: list[list[str]] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        assert texts, "an engine must not be called for nothing"
        if self.failing:
            raise EngineFailed("told to fail")
        self.batches.append(list(texts))
        vectors = np.full((len(texts), self.dimensions), 1e-3, np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.casefold()):
                vectors[row, zlib.crc32(word.encode()) % self.dimensions] += 1
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit
