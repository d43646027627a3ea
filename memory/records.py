"""What memory keeps and gives back."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Route = Literal["intent", "edge", "cloud", "none"]


class MemoryFailed(Exception):
    """The store cannot be opened, read or written: root of this room's errors.

    MemoryFailed
    +-- StoreCorrupt   the file is not a healthy database; it is left untouched
    +-- StoreFull      no space left on the device
    +-- StoreNewer     written by a newer version of Auricle
    """


class StoreCorrupt(MemoryFailed):
    """The file is not a database, or is damaged."""


class StoreFull(MemoryFailed):
    """The disk is full."""


class StoreNewer(MemoryFailed):
    """The schema has steps that this version does not know."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Something worth recalling.

    Attributes:
        id: row number in the store; 0 before it is stored.
        text: one or a few sentences.
        origin: where it comes from: "mqtt:<topic>", "turn:<turn id>", "note:<name>".
        at: when it happened; Unix seconds.
        score: fused rank score of the recall that found it, higher is better; 0 outside a recall.
    """

    id: int
    text: str
    origin: str
    at: float
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that a turn was given, as the turn's record keeps it."""

    id: int
    text: str
    score: float
    origin: str


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of a turn's time.

    Attributes:
        name: e.g. "endpoint", "transcribe", "prefill", "speak".
        start: milliseconds after the acoustic end of speech (negative: before it).
        end: likewise.
    """

    name: str
    start: float
    end: float


@dataclass(slots=True)
class Turn:
    """The record of one exchange; kept whether or not the exchange was finished.

    Attributes:
        id: unique, sortable by time.
        session: id of the conversation it belongs to.
        started_at: Unix seconds at the acoustic start, or when the typed question arrived.
        channel: "mic", "wav" or "text".
        asked: what was understood; answered: what was generated; heard: what was really played.
        latency_ms: see `daemon.turn`; counted from the acoustic end of speech.
        error: what went wrong, in words for an admin, "" if nothing did.
    """

    id: str
    session: str
    started_at: float
    channel: str
    asked: str = ""
    answered: str = ""
    heard: str = ""
    route: Route = "none"
    model: str = ""
    interrupted: bool = False
    tools: list[dict[str, Any]] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    latency_ms: dict[str, float] = field(default_factory=dict)
    trace: list[Step] = field(default_factory=list)
    kv_reused: int = 0
    prompt_tokens: int = 0
    confidence: float = 0.0
    error: str = ""

    def to_json(self) -> dict[str, Any]:
        """The turn record of the outer contract."""
        return asdict(self)
