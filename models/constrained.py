"""Writing under a grammar: the likeliest text that fits, with as few runs of the model as may be.

Wherever the grammar leaves no choice, its text is tokenised as the model would have written it and
read together with the next thing that is to be decided: 41 ms a token become 5.
"""

import ctypes
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from models.llama_context import Logits

Candidates = NDArray[np.void]

_LIKELY: Final = 64
"""Tokens that are tried first; testing all 150,000 takes tens of milliseconds."""

_PRINTABLE: Final = [chr(code) for code in range(32, 127)] + ["\n"]
_KIND: Final = np.dtype([("id", np.intc), ("logit", np.single), ("p", np.single)], align=True)


class Tokens:
    """A model's tokens, and the ones that stand for a single letter."""

    def __init__(self, llm: "llama_cpp.Llama") -> None:
        self._llm = llm
        self.vocabulary = llama_cpp.llama_model_get_vocab(llm.model)
        alone = {letter: self.of(letter) for letter in _PRINTABLE}
        self.letters = {tokens[0]: letter for letter, tokens in alone.items() if len(tokens) == 1}

    def of(self, text: str) -> list[int]:
        """Tokens of a text."""
        return list(self._llm.tokenize(text.encode(), add_bos=False))

    def piece(self, token: int) -> bytes:
        """Text of a token, which may be a part of a letter."""
        return bytes(self._llm.detokenize([token], special=False))


class Constraint:
    """A place in a grammar. llama.cpp ends the process when it is told a token that does not fit.

    Args:
        tokens: of the model.
        sampler: llama.cpp's, which this owns from now on.
    """

    def __init__(self, tokens: Tokens, sampler: Any) -> None:
        self._tokens = tokens
        self._sampler = sampler

    @classmethod
    def of(cls, grammar: str, tokens: Tokens) -> "Constraint":
        """The beginning of a grammar.

        Raises:
            RuntimeError: llama.cpp cannot read the grammar.
        """
        sampler = llama_cpp.llama_sampler_init_grammar(tokens.vocabulary, grammar.encode(), b"root")
        if not sampler:
            raise RuntimeError("llama.cpp cannot read the grammar")
        return cls(tokens, sampler)

    def close(self) -> None:
        """Free it."""
        llama_cpp.llama_sampler_free(self._sampler)

    def accept(self, token: int) -> None:
        """Go on behind a token, which must fit."""
        llama_cpp.llama_sampler_accept(self._sampler, token)

    def fitting(self, tokens: Sequence[int]) -> list[int]:
        """Those of the tokens that may come now."""
        data = np.zeros(len(tokens), _KIND)
        data["id"] = tokens
        array = llama_cpp.llama_token_data_array(
            data=data.ctypes.data_as(llama_cpp.llama_token_data_p), size=len(data), sorted=False
        )
        llama_cpp.llama_sampler_apply(self._sampler, ctypes.byref(array))
        return [int(token) for token in data["id"][np.isfinite(data["logit"])]]

    def likeliest(self, logits: Logits) -> int:
        """The likeliest token that may come now."""
        likely = np.argpartition(logits, -_LIKELY)[-_LIKELY:]
        fitting = self.fitting(likely.tolist()) or self.fitting(range(len(logits)))
        return max(fitting, key=lambda token: float(logits[token]))

    def forced(self) -> list[int]:
        """Tokens of what must come now, as far as the model would tokenise it like that."""
        text, following = "", [""]
        with self._cloned() as ahead:
            while text[-1:] != "\n":
                fitting = ahead.fitting(list(self._tokens.letters))
                following = [self._tokens.letters[token] for token in fitting]
                if len(fitting) != 1:
                    break
                ahead.accept(fitting[0])
                text += following[0]
        tokens = self._tokens.of(text)
        if tokens and text[-1] != "\n" and not self._ends_there(tokens[-1], following):
            tokens.pop()
        return tokens

    def _ends_there(self, token: int, following: Sequence[str]) -> bool:
        """Whether a token stays one whatever letter follows: "O" does not, before "n"."""
        text = self._tokens.piece(token).decode(errors="replace")
        return bool(following) and all(
            self._tokens.of(text + letter)[0] == token for letter in following
        )

    @contextmanager
    def _cloned(self) -> Generator["Constraint", None, None]:
        clone = Constraint(self._tokens, llama_cpp.llama_sampler_clone(self._sampler))
        try:
            yield clone
        finally:
            clone.close()
