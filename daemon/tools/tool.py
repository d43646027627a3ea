"""What a tool is. Intents, the language model, workflows and routines all act through tools."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from models.ports import ToolCall

Status = Literal["done", "sent", "ask", "failed"]
"""done: observed, or needs no observing. sent: commanded, but the device has not answered.
ask: nothing happened yet, somebody must confirm. failed: nothing happened, or not all of it."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """For whom and on what occasion a tool is called.

    Attributes:
        turn: id of the turn, run or routine behind it, for the audit trail.
        cause: who wants it: "intent", "model", "workflow", "routine", "undo".
        asked: what was said, "" when nobody spoke; never logged.
        area: the room it was said in, "" when unknown.
        confirmed: somebody has said yes to exactly this call.
        plan: what it was that they said yes to, as `Tool.plan` tells it; "" where that tells
            nothing, or outside the gate.
        language: ISO 639-1.
        key: the call's idempotency key, which the gate fills in: a tool that keeps it with its
            effect is asked again after a crash without doing it again; "" outside the gate.
    """

    turn: str
    cause: Literal["intent", "model", "workflow", "routine", "undo"]
    asked: str = ""
    area: str = ""
    confirmed: bool = False
    language: str = "en"
    key: str = ""
    plan: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What came of a call.

    Attributes:
        status: see `Status`.
        value: JSON; what the record keeps and the model is told. Tools of the home fill
            "matched" and "unmatched": lists of {"entity", "name", "domain", "area", "state",
            "unit", "attributes"} as observed, which the responses are made from.
        say: a sentence in the occasion's language, "" where the response is made from `value`.
        undo: the calls that take it back, in order; empty when it cannot be taken back.
    """

    status: Status
    value: Mapping[str, Any] = field(default_factory=dict)
    say: str = ""
    undo: tuple[ToolCall, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether what was asked for has happened, as far as anybody can tell."""
        return self.status == "done"


async def _nothing_to_halt(_: Occasion, _turn: str, _at: float) -> ToolResult | None:
    return None


@dataclass(frozen=True, slots=True)
class Tool:
    """Something the assistant can do.

    Attributes:
        name: as the model and the record know it; for the home the name of the intent.
        description: one or two sentences for the model.
        schema: JSON Schema of the arguments, an object.
        run: does it, with arguments that fit the schema. Bounded by `timeout_s`; may raise
            anything, which ends up as a failed result.
        effect: "read" may run while it is uncertain that somebody has finished speaking.
        timeout_s: seconds after which it counts as failed.
        cost: of one call, in the same unit as a turn's budget: about the seconds it takes.
        confirm: a question to ask first, "" for none; given arguments that fit the schema.
        plan: what a call would do now, as a text that is the same while that is: a yes counts for
            no other. "" where the arguments say it all. Given arguments that fit the schema.
        happened: whether the call's effect can be seen now, for a call that a crash cut short;
            None when nobody can tell.
        halt: stops what the tool still does, and takes it back, if that is the last thing that was
            done; None if not. Given the occasion of the undo, and of what could be undone else
            the turn and when it was done, in seconds of the loop's clock.
        offered: whether the model may choose it; False for what only sentences reach.
        idempotent: done twice is the same as done once, so that a call which a crash cut short
            may run again when `happened` says that its effect is not there.
    """

    name: str
    description: str
    schema: Mapping[str, Any]
    run: Callable[[Mapping[str, Any], Occasion], Awaitable[ToolResult]]
    effect: Literal["read", "write"] = "write"
    timeout_s: float = 5.0
    cost: float = 1.0
    confirm: Callable[[Mapping[str, Any], Occasion], str] = lambda _arguments, _occasion: ""
    plan: Callable[[Mapping[str, Any], Occasion], str] = lambda _arguments, _occasion: ""
    happened: Callable[[Mapping[str, Any]], bool | None] = lambda _arguments: None
    halt: Callable[[Occasion, str, float], Awaitable[ToolResult | None]] = _nothing_to_halt
    offered: bool = True
    idempotent: bool = False
