"""The seams between a turn and its engines. Engines block; their adapters own one thread each."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from audio.frames import AudioFrame, Utterance

Vectors = NDArray[np.float32]
"""Unit-length row vectors, shape (n, d)."""


class ModelError(Exception):
    """A model cannot be used: root of this room's errors.

    ModelError
    +-- ModelMissing     not on disk; says which command brings it
    +-- ModelCorrupt     on disk, but not the file that the catalogue names
    +-- DownloadFailed   no source delivered it
    +-- EngineFailed     loaded or running, an engine gave up
    """


class ModelMissing(ModelError):
    """A model's files are not in the store."""


class ModelCorrupt(ModelError):
    """A model's file does not have the catalogue's SHA-256."""


class DownloadFailed(ModelError):
    """No source of a model's file could be read to its end."""


class EngineFailed(ModelError):
    """An engine could not load its model or failed while running it."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood. Empty text means: no words.

    Attributes:
        text: the words, stripped.
        confidence: geometric mean of the token probabilities, 0..1.
        language: ISO 639-1 code.
        rejected: why a non-empty decode was thrown away ("" when it was not), for the journal.
        others: other words that sound nearly the same, the likeliest first; for who knows what can
            be meant.
    """

    text: str
    confidence: float
    language: str
    rejected: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a prompt."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Prefilled:
    """The prompt has been read; words follow. First item of every reply.

    Attributes:
        prompt_tokens: length of the prompt.
        kv_reused: how many of them were already in the cache.
    """

    prompt_tokens: int
    kv_reused: int


@dataclass(frozen=True, slots=True)
class ToolCall:
    """Something the mind, a sentence or a workflow wants done.

    Attributes:
        name: of the tool.
        arguments: JSON values by name; not validated yet.
        key: idempotency key: two calls with the same key are one. "" lets the gate make one.
    """

    name: str
    arguments: Mapping[str, Any]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool that a mind may choose.

    Attributes:
        name: of the tool; letters that a person would write, no line breaks.
        schema: JSON Schema of its arguments, an object. A string with `"spoken": true` is made of
            consecutive words of what was said.
    """

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a mind chose.

    Attributes:
        call: of one of the offered tools, with arguments that its schema's types allow; None for
            no tool.
        margin: by how much the likeliest tool is likelier than none, in nats; negative when none
            is likelier.
        prompt_tokens: length of the prompt.
        kv_reused: how many of them were already in the cache.
        steps: times that the model was run for the choice, after its prompt had been read.
    """

    call: ToolCall | None
    margin: float
    prompt_tokens: int
    kv_reused: int
    steps: int


Enough = Callable[[str, float], bool]
"""Whether words can be taken as they are, though an ear is not certain of them: its confidence in
them, 0..1, comes with them. Asked on the ear's thread."""


class Transcriber(Protocol):
    """Turns an utterance into words, or into nothing when it holds none."""

    async def transcribe(self, utterance: Utterance, vocabulary: Sequence[str]) -> Transcript:
        """Transcribe; `vocabulary` lists names of the house that make hearing them likelier."""

    async def sketch(self, utterance: Utterance, vocabulary: Sequence[str]) -> Transcript:
        """Write down what was said so far, provisionally, while somebody still speaks.

        Quicker and less certain than `transcribe`, whose calls come first: a sketch that is
        cancelled lets go at its next step.

        Args:
            utterance: of a SpeechGrew; the same speech grows from one sketch to the next.
            vocabulary: as for `transcribe`.
        """


class LanguageModel(Protocol):
    """Streams a reply. One context: a second reply waits for the first to be closed."""

    def reply(
        self, prompt: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Prefilled, None]:
        """Yield Prefilled once, then pieces of text, max_tokens of them at the most."""

    async def warm(self, prompt: Sequence[Message]) -> None:
        """Read the prompt into the cache so that a reply to a longer one starts sooner."""

    async def choose(
        self,
        prompt: Sequence[Message],
        offers: Sequence[Offer],
        *,
        said: str,
        reluctance: float = 0.0,
    ) -> Choice:
        """Choose one of the tools, or none, and its arguments. Has a cache of its own.

        Args:
            prompt: describes the tools and ends with the request.
            offers: the tools that may be chosen now; the prompt may tell of more.
            said: the words that spoken arguments are taken from.
            reluctance: smallest margin with which a tool is called.
        """

    async def warm_choosing(self, prompt: Sequence[Message], *, keep: bool = True) -> bool:
        """Read what prompts for choosing begin with; gives way to replies and choices.

        Args:
            prompt: as in `choose`, or the beginning of one.
            keep: it may lie on a disk: nobody has said any of it.

        Returns:
            Whether all of it has been read.
        """

    def count(self, text: str) -> int:
        """Tokens of a text, for budgets."""


class Voice(Protocol):
    """Speaks one clause at a time."""

    @property
    def rate(self) -> int:
        """Samples per second of the frames."""

    def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
        """Yield the clause as frames; `start` counts from 0 within the clause."""


class PreparingVoice(Voice, Protocol):
    """A voice that can have a clause ready before it is certain that it will be said."""

    def holds(self, clause: str) -> bool:
        """Whether `say` of it would start at once."""

    async def prepare(self, clause: str) -> None:
        """Make a clause so that `say` of it starts at once; cancelling it leaves nothing behind."""


class Embedder(Protocol):
    """Maps texts to unit vectors."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def identity(self) -> str:
        """Name and hash of the weights: vectors of different identities must not be compared."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed all texts in one batch, shape (len(texts), dimensions)."""
