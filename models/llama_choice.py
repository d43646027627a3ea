"""Choosing a tool on llama.cpp: a line under a grammar, written in a cache of its own."""

import json
import math
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Final

import llama_cpp
import numpy as np

from models.constrained import Constraint, Tokens
from models.grammar import NONE, grammar
from models.kept_prompts import KeptPrompts
from models.llama_brake import Brake
from models.llama_context import Logits, SideContext
from models.ports import Choice, Offer, ToolCall

_SIZE: Final = 3072
"""Tokens of the tools and a request; 28 kB each on the default mind, taken when first used."""

_LONGEST: Final = 160
"""Tokens of a call; past it nothing is called."""


class Chooser:
    """Chooses on the weights of a mind. Blocks; use it on the mind's thread.

    Args:
        llm: holds the weights; outlives this.
        chunk: prompt tokens evaluated between two places where a choice can be stopped.
        brake: stops a choice between those.
        kept: what was read in earlier lives; None keeps nothing.
    """

    def __init__(
        self, llm: "llama_cpp.Llama", chunk: int, brake: Brake, kept: KeptPrompts | None = None
    ) -> None:
        self._kept = kept
        self._brake = brake
        self._llm = llm
        self._chunk = chunk
        self._tokens = Tokens(llm)
        self._context: SideContext | None = None

    def close(self) -> None:
        """Free the cache."""
        if self._context is not None:
            self._context.close()

    def read(self, prompt: Sequence[int], *, keep: bool) -> Generator[None, None, None]:
        """Read what prompts begin with, or remember having read it.

        Args:
            prompt: the beginning of prompts.
            keep: it may lie on a disk.
        """
        side, kept = self._side(len(prompt)), self._kept if keep else None
        if side.shared(prompt) == len(prompt):
            return
        if kept is not None and kept.load(side, prompt):
            return
        yield from side.read(prompt)
        if kept is not None:
            kept.save(side, prompt)

    def choose(
        self, prompt: list[int], offers: Sequence[Offer], said: str, reluctance: float
    ) -> Generator[Choice | None, None, None]:
        """Yield None after each run of the model and the choice at last.

        Raises:
            NotExpressible: a schema that no grammar can be made of.
            RuntimeError: llama.cpp failed, or the prompt is too long.
        """
        context = self._side(len(prompt) + _LONGEST)
        reused = min(context.shared(prompt), len(prompt) - 1)
        with closing(Constraint.of(grammar(offers, said), self._tokens)) as constraint:
            line = _Line(constraint, self._tokens)
            while len(line.tokens) < _LONGEST and not line.finished():
                yield from context.read([*prompt, *line.tokens])
                line.choose(context.logits())
                if line.margin < reluctance:
                    break
        call = _parsed(line.text) if line.text.endswith("\n") else None
        yield Choice(call, line.margin, len(prompt), reused, line.steps)

    def _side(self, tokens: int) -> SideContext:
        if self._context is None:
            self._context = SideContext(self._llm, _SIZE, self._chunk, self._brake)
        if tokens > self._context.size:
            raise RuntimeError(f"a prompt of {tokens} tokens does not fit the context")
        return self._context


class _Line:
    """A call while it is written."""

    def __init__(self, constraint: Constraint, tokens: Tokens) -> None:
        self._constraint = constraint
        self._vocabulary = tokens
        self._none = tokens.of(NONE)[0]
        self.tokens: list[int] = []
        self.steps = 0
        self.margin = 0.0

    @property
    def text(self) -> str:
        """What is written so far."""
        return b"".join(map(self._vocabulary.piece, self.tokens)).decode(errors="replace")

    def finished(self) -> bool:
        """Write what there is no choice about; true at the end of the line."""
        if self.steps:
            # Not before the first step: a single tool is weighed against none, too.
            self._write(self._constraint.forced())
        return self.text.endswith("\n")

    def choose(self, logits: Logits) -> None:
        """Write what is likeliest. Until the name is complete, weigh it against none."""
        token = self._constraint.likeliest(logits)
        if self.steps == 0:
            self.margin = -_likelihood(logits, self._none)
        if " " not in self.text and not self._vocabulary.piece(token).startswith(b" "):
            self.margin += _likelihood(logits, token)
        self.steps += 1
        self._write([token])

    def _write(self, tokens: Sequence[int]) -> None:
        for token in tokens:
            self._constraint.accept(token)
        self.tokens += tokens


def _likelihood(logits: Logits, token: int) -> float:
    """Logarithm of a token's probability."""
    top = float(logits.max())
    return float(logits[token]) - top - math.log(float(np.exp(logits - top).sum()))


def _parsed(line: str) -> ToolCall:
    name, _, arguments = line.rstrip("\n").partition(" ")
    return ToolCall(name, json.loads(arguments))
