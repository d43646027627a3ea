"""The mind on llama.cpp: one context that lives as long as the process and keeps its cache."""

import asyncio
import codecs
import logging
import os
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

# Threads that spin at OpenMP's barriers lose their cores to anything else that runs, and a token
# then takes seconds. libgomp reads this once, when it is loaded with llama.cpp.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import llama_cpp
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from models.grammar import NotExpressible
from models.kept_prompts import KeptPrompts
from models.llama_brake import Brake, Stopped
from models.llama_choice import Chooser
from models.ports import Choice, EngineFailed, Message, Offer, Prefilled
from models.priority import Priority
from models.stopping import until_stop
from models.worker import Worker

log = logging.getLogger(__name__)

T = TypeVar("T")

_CHUNK = 64
"""Prompt tokens evaluated at a time: what is lost when reading is called off, 0.3 s of work. Half
as many take 13 to 18 % more time each, a quarter 37 %; twice as many take no less."""


class LlamaMind:
    """A `LanguageModel` with prefix reuse: only what differs from the last prompt is evaluated."""

    def __init__(
        self, llm: "llama_cpp.Llama", worker: Worker, kept: KeptPrompts | None = None
    ) -> None:
        self._llm = llm
        self._worker = worker
        self._free = asyncio.Lock()
        self._asked = 0
        self._ahead: list[int] = []
        self._brake = Brake()
        self._brake.fit(llm.ctx)
        # llama.cpp warns of every batch that is stopped, and the binding takes that for an error.
        logging.getLogger("llama-cpp-python").setLevel(logging.CRITICAL)
        self._vocab = llama_cpp.llama_model_get_vocab(llm.model)
        self._chooser = Chooser(llm, _CHUNK, self._brake, kept)
        self._format = Jinja2ChatFormatter(
            llm.metadata["tokenizer.chat_template"], eos_token="", bos_token=""
        )

    @classmethod
    async def load(
        cls,
        path: Path,
        *,
        threads: int,
        prompt_threads: int,
        context: int = 4096,
        gpu_layers: int = 0,
        prompts: Path | None = None,
    ) -> "LlamaMind":
        """Load a GGUF file; its own chat template is used.

        Args:
            path: the GGUF file.
            threads: for generation, one token at a time.
            prompt_threads: for reading prompts in batches.
            context: tokens of prompt and reply together.
            gpu_layers: layers to offload where llama.cpp was built with a GPU backend.
            prompts: folder for what need not be read again after a restart; None keeps nothing.

        Raises:
            EngineFailed: llama.cpp refuses the file or there is not enough memory.
        """
        worker = Worker("mind", priority=Priority.THOUGHT)
        try:
            llm = await worker.run(
                lambda: llama_cpp.Llama(
                    str(path),
                    n_ctx=context,
                    n_batch=_CHUNK,
                    n_ubatch=_CHUNK,
                    n_threads=threads,
                    n_threads_batch=prompt_threads,
                    n_gpu_layers=gpu_layers,
                    verbose=False,
                )
            )
        except (ValueError, RuntimeError, MemoryError) as error:
            worker.close()
            raise EngineFailed(f"llama.cpp cannot load {path.name}: {error}") from error
        size = (await worker.run(path.stat)).st_size
        kept = KeptPrompts(prompts, f"{path.name} {size}") if prompts else None
        return cls(llm, worker, kept)

    async def reply(
        self, prompt: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Prefilled, None]:
        """See `LanguageModel.reply`.

        Raises:
            EngineFailed: the prompt does not fit the context, or llama.cpp failed.
        """
        tokens = self._tokens(prompt, answer=True)
        steps = partial(self._reply, tokens, max_tokens)
        self._asked += 1
        self._overtake(tokens)
        try:
            async with aclosing(self._drawn(steps)) as items:
                async for item in items:
                    if item is not None:
                        yield item
        finally:
            self._asked -= 1

    async def warm(self, prompt: Sequence[Message]) -> None:
        """See `LanguageModel.warm`. Gives way to a reply, which reads on from there.

        Raises:
            EngineFailed: llama.cpp failed.
        """
        await self._read_ahead(self._tokens(prompt, answer=False), self._read)

    async def choose(
        self,
        prompt: Sequence[Message],
        offers: Sequence[Offer],
        *,
        said: str,
        reluctance: float = 0.0,
    ) -> Choice:
        """See `LanguageModel.choose`.

        Raises:
            EngineFailed: the prompt or a schema is too large, or llama.cpp failed.
        """
        tokens = self._tokens(prompt, answer=True)
        steps = partial(self._chooser.choose, tokens, offers, _plain(said), reluctance)
        self._asked += 1
        self._overtake(tokens)
        try:
            async with aclosing(self._drawn(partial(_guarded, steps))) as items:
                async for item in items:
                    if item is not None:
                        return item
        finally:
            self._asked -= 1
        raise EngineFailed("llama.cpp chose nothing")

    async def warm_choosing(self, prompt: Sequence[Message], *, keep: bool = True) -> bool:
        """See `LanguageModel.warm_choosing`."""
        tokens = self._tokens(prompt, answer=False)
        read = partial(self._chooser.read, keep=keep)
        return await self._read_ahead(tokens, lambda ahead: _guarded(partial(read, ahead)))

    def count(self, text: str) -> int:
        """See `LanguageModel.count`."""
        return len(self._llm.tokenize(text.encode(), add_bos=False))

    async def close(self) -> None:
        """Free the context once nobody uses it any more."""
        async with self._free:
            await self._worker.run(self._chooser.close)
            await self._worker.run(self._llm.close)
        self._worker.close()

    async def _drawn(self, make: Callable[[], Generator[T, None, None]]) -> AsyncGenerator[T, None]:
        """Step a generator of the engine; whoever leaves early has it free within milliseconds."""
        # Steps of two generators would take turns on the thread and spoil each other's cache.
        async with self._free:
            steps = partial(self._stoppable, make)
            async with aclosing(self._worker.draw(steps, brake=self._brake.pull)) as items:
                async for item in items:
                    yield item

    async def _read_ahead(
        self, tokens: list[int], read: Callable[[list[int]], Generator[None, None, None]]
    ) -> bool:
        """Read what nobody waits for yet, until somebody asks; whether it came to its end."""

        def steps() -> Generator[None, None, None]:
            self._ahead = tokens
            try:
                yield from read(tokens)
            finally:
                self._ahead = []

        async with aclosing(self._drawn(steps)) as items:
            async for _ in items:
                if self._asked:
                    return False
        return True

    def _stoppable(self, make: Callable[[], Generator[T, None, None]]) -> Generator[T, None, None]:
        self._brake.release()
        with suppress(Stopped):
            yield from make()

    def _overtake(self, tokens: Sequence[int]) -> None:
        """Stop what is read ahead in vain; what these tokens begin with is worth waiting for."""
        if self._ahead != tokens[: len(self._ahead)]:
            self._brake.pull()

    def _tokens(self, prompt: Sequence[Message], *, answer: bool) -> list[int]:
        messages: list[Any] = [{"role": m.role, "content": _plain(m.text)} for m in prompt]
        self._format.add_generation_prompt = answer
        text = self._format(messages=messages).prompt
        return list(self._llm.tokenize(text.encode(), add_bos=False, special=True))

    def _reply(
        self, tokens: list[int], max_tokens: int
    ) -> Generator[str | Prefilled | None, None, None]:
        room = self._llm.n_ctx() - len(tokens)
        if room < 1:
            raise EngineFailed(f"a prompt of {len(tokens)} tokens does not fit the context")
        reused = min(self._shared_prefix(tokens), len(tokens) - 1)
        yield from self._prefill(tokens)
        yield Prefilled(len(tokens), reused)
        # Greedy: the same question in the same house gets the same answer.
        generated = self._llm.generate(tokens, temp=0.0, repeat_penalty=1.05)
        with self._failing("answering"):
            yield from until_stop(self._pieces(islice(generated, min(max_tokens, room))))

    def _read(self, tokens: list[int]) -> Generator[None, None, None]:
        # All of it may be there already, with an answer behind it.
        if self._shared_prefix(tokens) < len(tokens):
            yield from self._prefill(tokens)

    def _prefill(self, tokens: list[int]) -> Generator[None, None, None]:
        """Read what differs, at least the last token: what comes next follows from it alone."""
        self._llm.n_tokens = min(self._shared_prefix(tokens), len(tokens) - 1)
        for start in range(self._llm.n_tokens, len(tokens), _CHUNK):
            with self._failing("reading a prompt"):
                self._llm.eval(tokens[start : start + _CHUNK])
            yield None

    @contextmanager
    def _failing(self, doing: str) -> Generator[None, None, None]:
        try:
            yield
        except RuntimeError as error:
            if self._brake.pulled:
                raise Stopped from error
            self._llm.reset()  # type: ignore[no-untyped-call]
            raise EngineFailed(f"llama.cpp failed while {doing}: {error}") from error

    def _shared_prefix(self, tokens: Sequence[int]) -> int:
        cached = self._llm.input_ids[: self._llm.n_tokens].tolist()
        shared = 0
        for ours, theirs in zip(cached, tokens, strict=False):
            if ours != theirs:
                break
            shared += 1
        return shared

    def _pieces(self, tokens: Iterable[int]) -> Generator[str, None, None]:
        """Decode token by token; a character may be spread over several tokens."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for token in tokens:
            if llama_cpp.llama_vocab_is_eog(self._vocab, token):
                return
            if piece := decoder.decode(self._llm.detokenize([token], special=True)):
                yield piece


def _guarded(make: Callable[[], Iterator[T]]) -> Generator[T, None, None]:
    try:
        yield from make()
    except (RuntimeError, NotExpressible) as error:
        raise EngineFailed(f"llama.cpp failed while choosing: {error}") from error


def _plain(text: str) -> str:
    """Take away what the tokenizer would read as a control token, such as <|im_start|>."""
    return text.replace("<|", "< ").replace("|>", " >")
