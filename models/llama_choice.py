"""Choosing a tool on llama.cpp: a line under a grammar, written in a cache of its own."""

import json
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Final

import llama_cpp
import numpy as np

from models.constrained import Constraint, Tokens
from models.grammar import NONE, grammar
from models.llama_context import Logits, SideContext
from models.ports import Choice, Offer, ToolCall

_SIZE: Final = 4096
"""Tokens of the tools and a request; 28 kB each on the default mind, taken when first used."""

_LONGEST: Final = 160
"""Tokens of a call; past it nothing is called."""


class Chooser:
    """Chooses on the weights of a mind. Blocks; use it on the mind's thread.

    Args:
        llm: holds the weights; outlives this.
        chunk: prompt tokens evaluated between two places where a choice can be stopped.
    """

    def __init__(self, llm: "llama_cpp.Llama", chunk: int) -> None:
        self._llm = llm
        self._chunk = chunk
        self._tokens = Tokens(llm)
        self._context: SideContext | None = None

    def close(self) -> None:
        """Free the cache."""
        if self._context is not None:
            self._context.close()

    def read(self, prompt: Sequence[int]) -> Generator[None, None, None]:
        """Read what prompts begin with."""
        yield from self._side(len(prompt)).read(prompt)

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
        margin, steps, call = float("nan"), 0, None
        with closing(Constraint.of(grammar(offers, said), self._tokens)) as constraint:
            written: list[int] = []
            while len(written) < _LONGEST:
                written += _accepted(constraint, constraint.forced())
                if (text := self._text(written)).endswith("\n"):
                    call = _parsed(text)
                    break
                yield from context.read([*prompt, *written])
                logits = context.logits()
                if not steps:
                    margin = self._margin(logits, offers)
                    if margin < reluctance:
                        break
                steps += 1
                written += _accepted(constraint, [constraint.likeliest(logits)])
        yield Choice(call, margin, len(prompt), reused, steps)

    def _side(self, tokens: int) -> SideContext:
        if self._context is None:
            self._context = SideContext(self._llm, _SIZE, self._chunk)
        if tokens > self._context.size:
            raise RuntimeError(f"a prompt of {tokens} tokens does not fit the context")
        return self._context

    def _text(self, tokens: Sequence[int]) -> str:
        return b"".join(map(self._tokens.piece, tokens)).decode(errors="replace")

    def _margin(self, logits: Logits, offers: Sequence[Offer]) -> float:
        """How much likelier the first token of any call is than that of `none`."""
        nothing = self._tokens.of(NONE)[0]
        calls = {self._tokens.of(offer.name)[0] for offer in offers} - {nothing}
        return float(np.logaddexp.reduce(logits[sorted(calls)]) - logits[nothing])


def _accepted(constraint: Constraint, tokens: Sequence[int]) -> Sequence[int]:
    for token in tokens:
        constraint.accept(token)
    return tokens


def _parsed(line: str) -> ToolCall | None:
    name, _, arguments = line.rstrip("\n").partition(" ")
    return None if name == NONE else ToolCall(name, json.loads(arguments))
