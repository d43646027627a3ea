"""A context of llama.cpp beside that of the conversation: the same weights, its own cache."""

import ctypes
from collections.abc import Generator, Sequence
from itertools import takewhile
from pathlib import Path

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from models.llama_brake import Brake, Stopped

Logits = NDArray[np.float32]
"""One for each token of the vocabulary, shape (n,)."""


class SideContext:
    """Reads prompts that share their beginning, without touching the conversation's cache.

    Args:
        llm: holds the weights; outlives this.
        size: tokens of the longest prompt and what is written after it.
        chunk: tokens evaluated between two places where reading can be stopped.
        brake: stops it between those.

    Raises:
        RuntimeError: there is not enough memory.
    """

    def __init__(self, llm: "llama_cpp.Llama", size: int, chunk: int, brake: Brake) -> None:
        params = llama_cpp.llama_context_default_params()
        theirs = llm.context_params
        for name in ("n_threads", "n_threads_batch", "offload_kqv", "op_offload", "no_perf"):
            setattr(params, name, getattr(theirs, name))
        params.n_ctx, params.n_batch, params.n_ubatch = size, chunk, chunk
        self._context = llama_cpp.llama_init_from_model(llm.model, params)
        if not self._context:
            raise RuntimeError("llama.cpp has no memory for a context")
        self._brake = brake
        brake.fit(self._context)
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._vocabulary = llm.n_vocab()
        self._chunk = chunk
        self._read: list[int] = []

    @property
    def size(self) -> int:
        """Tokens that it holds."""
        return int(llama_cpp.llama_n_ctx(self._context))

    def shared(self, tokens: Sequence[int]) -> int:
        """How many tokens at the beginning are already in the cache."""
        pairs = zip(self._read, tokens, strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    def read(self, tokens: Sequence[int]) -> Generator[None, None, None]:
        """Evaluate what differs from what was read before, at least the last token.

        Raises:
            RuntimeError: llama.cpp failed; the cache is empty then.
            Stopped: the brake was pulled; what was read before this chunk is kept.
        """
        at = min(self.shared(tokens), len(tokens) - 1)
        del self._read[at:]
        llama_cpp.llama_memory_seq_rm(self._memory, 0, at, -1)
        while at < len(tokens):
            piece = tokens[at : at + self._chunk]
            held = (ctypes.c_int32 * len(piece))(*piece)  # The batch only points at it.
            batch = llama_cpp.llama_batch_get_one(held, len(piece))
            if code := llama_cpp.llama_decode(self._context, batch):
                if self._brake.pulled:
                    raise Stopped
                self._read.clear()
                llama_cpp.llama_memory_clear(self._memory, True)
                raise RuntimeError(f"llama_decode returned {code}")
            self._read += piece
            at += len(piece)
            yield

    def logits(self) -> Logits:
        """Of the token after the last one read; a view that the next reading overwrites."""
        pointer = llama_cpp.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(pointer, shape=(self._vocabulary,))

    def save(self, path: Path) -> bool:
        """Write what was read to a file; whether there was room for it."""
        tokens = (ctypes.c_int32 * len(self._read))(*self._read)
        target = str(path).encode()
        written = llama_cpp.llama_state_seq_save_file(
            self._context, target, 0, tokens, len(self._read)
        )
        return bool(written)

    def load(self, path: Path) -> bool:
        """Take what was read from a file of the same weights; whether it could be used."""
        tokens = (ctypes.c_int32 * self.size)()
        count = ctypes.c_size_t(0)
        source = str(path).encode()
        taken = llama_cpp.llama_state_seq_load_file(
            self._context, source, 0, tokens, self.size, ctypes.byref(count)
        )
        self._read = list(tokens[: count.value]) if taken else []
        if not taken:
            llama_cpp.llama_memory_clear(self._memory, True)
        return bool(taken)

    def close(self) -> None:
        """Free the cache."""
        llama_cpp.llama_free(self._context)
