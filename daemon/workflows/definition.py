"""What a workflow file says, checked before anything runs.

A file is TOML:

    name = "good night"
    description = "Lights off, doors locked."
    phrases = ["time for bed"]              # besides its name

    [[steps]]
    id = "lights"
    tool = "HassTurnOff"
    arguments = { domain = "light" }
    compensate = "undo"                     # by what the tool says takes it back

    [[steps]]
    id = "doors"
    after = []                              # at once, beside "lights"; else after the one above
    when = "home.lock"                      # an expression; the step is skipped when it is false
    tool = "HassTurnOn"
    arguments = { domain = "lock" }
    compensate = { tool = "HassTurnOff", arguments = { domain = "lock" } }

    [[steps]]
    id = "bye"
    say = "Good night. {{ steps.doors.say }}"

`{{ ... }}` in arguments and in `say` may refer to `asked` (what was said), `area`, `now`, `home`
(how many things of each domain there are) and to earlier steps: `steps.doors.status`, `.say` and
`.value`.
"""

import tomllib
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from daemon.workflows.expressions import Expression, ExpressionFailed, expressions_in

RUN: Final = "AuricleRunWorkflow"
"""Name of the tool that runs a workflow."""

_MOST_STEPS: Final = 50
_LARGEST: Final = 64 * 1024
"""Bytes of a file; people write them by hand."""

_NAME = r"[a-z0-9][a-z0-9 _'-]{0,39}"


class WorkflowRefused(Exception):
    """A workflow file cannot be used; the text names the file and what is wrong in it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ToolUse(_Part):
    """A call of a tool."""

    tool: str = Field(min_length=1)
    arguments: dict[str, Any] = Field(default_factory=dict)


Compensation = Literal["undo", "nothing"] | ToolUse
"""undo: the calls that the tool itself names. nothing: it cannot or need not be taken back."""


class Step(_Part):
    """One step: a tool, or something to say."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    tool: str = ""
    arguments: dict[str, Any] = Field(default_factory=dict)
    say: str = ""
    when: str = ""
    after: list[str] | None = None
    compensate: Compensation | None = None
    because: str = ""
    """Why nothing takes it back."""
    on_failure: Literal["roll back", "go on"] = "roll back"

    @model_validator(mode="after")
    def _one_thing(self) -> "Step":
        if bool(self.tool) == bool(self.say):
            raise ValueError("needs either tool or say")
        if self.compensate == "nothing" and not self.because:
            raise ValueError('compensate = "nothing" needs because = "..."')
        if self.say and (self.arguments or self.compensate):
            raise ValueError("say has neither arguments nor compensate")
        return self


class Workflow(_Part):
    """Steps that belong together."""

    name: Annotated[str, Field(pattern=f"^{_NAME}$")]
    description: str = ""
    phrases: list[Annotated[str, Field(pattern=f"^{_NAME}$")]] = Field(default_factory=list)
    steps: Annotated[list[Step], Field(min_length=1, max_length=_MOST_STEPS)]

    @model_validator(mode="after")
    def _ordered(self) -> "Workflow":
        ids = [step.id for step in self.steps]
        if twice := {one for one in ids if ids.count(one) > 1}:
            raise ValueError(f"two steps are called {min(twice)!r}")
        for step in self.steps:
            for other in step.after or ():
                if other not in ids:
                    raise ValueError(f"step {step.id!r} comes after {other!r}, which is no step")
        try:
            order = tuple(TopologicalSorter(self.needs()).static_order())
        except CycleError as error:
            raise ValueError(f"steps wait for each other: {' -> '.join(error.args[1])}") from None
        _check_references(self, order)
        return self

    def needs(self) -> dict[str, tuple[str, ...]]:
        """For each step those that must be over before it begins."""
        before = ""
        needs: dict[str, tuple[str, ...]] = {}
        for step in self.steps:
            needs[step.id] = (
                tuple(step.after) if step.after is not None else (before,) * bool(before)
            )
            before = step.id
        return needs


def load(path: Path) -> Workflow:
    """Read a file.

    Raises:
        WorkflowRefused: it cannot be read, or what it says makes no sense.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise WorkflowRefused(f"{path}: larger than {_LARGEST // 1024} KiB")
        return Workflow.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise WorkflowRefused(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkflowRefused(f"{path}: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise WorkflowRefused(f"{path}: nested too deeply") from error
    except ValidationError as error:
        raise WorkflowRefused(f"{path}: {_told(error)}") from error


def check_tools(workflow: Workflow, effects: Mapping[str, str]) -> None:
    """Refuse what only the tools that exist can tell.

    Args:
        workflow: as it was read.
        effects: "read" or "write" by the name of each tool.

    Raises:
        WorkflowRefused: a tool is unknown, or a step with an effect has no compensation.
    """
    for step in workflow.steps:
        named = [step.tool] if step.tool else []
        if isinstance(step.compensate, ToolUse):
            named.append(step.compensate.tool)
        for tool in named:
            if tool == RUN:
                # It could run itself, and what it did could not be taken back.
                raise WorkflowRefused(f"{workflow.name}: step {step.id}: runs another workflow")
            if tool not in effects:
                raise WorkflowRefused(
                    f"{workflow.name}: step {step.id}: no tool is called {tool!r}"
                )
        if step.tool and effects[step.tool] == "write" and step.compensate is None:
            raise WorkflowRefused(
                f"{workflow.name}: step {step.id}: has an effect and needs compensate: a tool that"
                ' takes it back, "undo", or "nothing" with because'
            )


def _check_references(workflow: Workflow, order: Iterable[str]) -> None:
    """Every expression must make sense, and refer only to steps that are over by then."""
    needs, steps = workflow.needs(), {step.id: step for step in workflow.steps}
    earlier: dict[str, set[str]] = {}
    for one in order:
        earlier[one] = set(needs[one]).union(*(earlier[other] for other in needs[one]))
        step = steps[one]
        try:
            used = frozenset(Expression(step.when).steps if step.when else ())
            used = used.union(*(expressions_in(text) for text in _texts(step)))
        except ExpressionFailed as error:
            raise ValueError(f"step {one!r}: {error}") from None
        if missing := used - earlier[one]:
            raise ValueError(f"step {one!r} refers to {min(missing)!r}, which is not over by then")


def _texts(step: Step) -> Iterable[str]:
    yield step.say
    yield from _strings(step.arguments)
    if isinstance(step.compensate, ToolUse):
        yield from _strings(step.compensate.arguments)


def _strings(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    what = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
