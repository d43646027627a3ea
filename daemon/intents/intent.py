"""What a sentence was understood as."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.ports import ToolCall
from sensors.events import Value

QUERIES = frozenset(
    (
        "AuricleListAlarms", "AuricleListReminders", "AuricleReadList",
        "HassClimateGetTemperature",
        "HassGetCurrentDate", "HassGetCurrentTime", "HassGetState", "HassGetWeather",
        "HassNevermind", "HassRespond", "HassTimerStatus",
    )
)  # fmt: skip
"""Intents that change nothing."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A sentence that the grammar fully understands.

    Attributes:
        name: of the intent, which is the name of the tool: "HassTurnOn".
        slots: by name, values as the package gives them: {"area": "Kitchen", "domain": "light"}.
        language: of the sentence, as the package names it.
        response: key of the package's response.
        text: the sentence as it was understood, mishearings mended.
        score: 1.0 for an exact match, less for each name that was mended.
        unplaced: it means the room it was said in, and nobody knows which that is.
    """

    name: str
    slots: Mapping[str, Value] = field(default_factory=dict)
    language: str = "en"
    response: str = "default"
    text: str = ""
    score: float = 1.0
    unplaced: bool = False

    @property
    def call(self) -> ToolCall:
        """The call that does it."""
        return ToolCall(self.name, dict(self.slots))

    @property
    def acts(self) -> bool:
        """Whether it changes anything."""
        return self.name not in QUERIES


@dataclass(frozen=True, slots=True)
class Unsure:
    """A sentence that may mean several things: ask before anything is done.

    Attributes:
        question: "Did you mean the kitchen lamp or the kitchen light?"
        options: the candidates, likeliest first; one option means yes or no.
    """

    question: str
    options: tuple[Intent, ...]


Understood = Intent | Unsure | tuple[Intent, ...]
"""A tuple is several commands in one sentence, all of them understood, in the order said."""
