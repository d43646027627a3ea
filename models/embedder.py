"""Meaning as a vector: all-MiniLM-L6-v2 on ONNX Runtime."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from tokenizers import Encoding, Tokenizer

from models.ports import EngineFailed, Vectors
from models.providers import ONNX_ERRORS, Session, Sessions
from models.worker import Worker

DIMENSIONS: Final = 384
MAX_TOKENS: Final = 256
"""What the model was trained with; the rest of a longer text is not seen."""

_BATCH: Final = 8
"""Texts in one run: eight of full length take about 140 MB while they are computed."""


class MiniLm:
    """The Embedder on MiniLM; loads on first use or on `warm`.

    Args:
        folder: holds model.onnx and tokenizer.json.
        identity: name and hash of the weights.
        sessions: opens the model where it should run.
        threads: threads for one run.
    """

    def __init__(self, folder: Path, identity: str, sessions: Sessions, threads: int = 1) -> None:
        self._folder = folder
        self._identity = identity
        self._sessions = sessions
        self._threads = threads
        self._worker = Worker("embedder")
        self._engine: tuple[Tokenizer, Session] | None = None

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return DIMENSIONS

    @property
    def identity(self) -> str:
        """Name and hash of the weights."""
        return self._identity

    async def warm(self) -> None:
        """Load the model and run it once.

        Raises:
            EngineFailed: the files are not a model and its tokenizer, or they cannot be run.
        """
        await self.embed(["warm"])

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed texts, shape (len(texts), 384).

        A vector does not depend on what else is embedded with it.

        Raises:
            EngineFailed: the model cannot be loaded or run.
        """
        return await self._worker.run(partial(self._embed, list(texts)))

    def close(self) -> None:
        """Wait for the run in hand and let go of the thread."""
        self._worker.close()

    def _embed(self, texts: Sequence[str]) -> Vectors:
        self._engine = self._engine or self._load()
        tokenizer, session = self._engine
        tokens = tokenizer.encode_batch(texts)
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        # Texts of like length share a run, so that little padding is computed.
        order = sorted(range(len(texts)), key=lambda index: len(tokens[index].ids))
        try:
            for start in range(0, len(order), _BATCH):
                rows = order[start : start + _BATCH]
                vectors[rows] = _vectors(session, [tokens[row] for row in rows])
        except ONNX_ERRORS as error:
            raise EngineFailed(f"the embedder failed: {error}") from error
        return vectors

    def _load(self) -> tuple[Tokenizer, Session]:
        try:
            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises Exception itself, whatever is wrong
            raise EngineFailed(f"{self._folder}/tokenizer.json cannot be read: {error}") from error
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        probe = tokenizer.encode_batch(["a first run", "shows whether it works"])
        opened = self._sessions.open(
            self._folder / "model.onnx",
            self._threads,
            first_run=lambda session: _vectors(session, probe),
        )
        return tokenizer, opened.session


def _vectors(session: Session, tokens: Sequence[Encoding]) -> Vectors:
    """Run one batch: mean over the tokens of each text, then unit length.

    As in the model's own 1_Pooling/config.json (pooling_mode_mean_tokens) and Normalize module.
    """
    ids = np.zeros((len(tokens), max(len(text.ids) for text in tokens)), np.int64)
    mask = np.zeros_like(ids)
    for row, text in enumerate(tokens):
        ids[row, : len(text.ids)] = text.ids
        mask[row, : len(text.ids)] = 1
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    states: Vectors = session.run(None, inputs)[0]
    # [CLS] and [SEP] are always there, so no row is empty.
    means = np.einsum("btd,bt->bd", states, mask.astype(np.float32)) / mask.sum(1, keepdims=True)
    unit: Vectors = (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)
    return unit
