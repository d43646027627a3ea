"""How a tool of the home acts: plan, ask if it must be asked, command, tell what was observed.

A planner turns arguments into a `Plan`. All that acts goes through `Actions.tool`, so that nothing
reaches a device without its question, its observed outcome and its way back.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from daemon.tools.confirmation import Policy
from daemon.tools.home_choice import which
from daemon.tools.home_names import described
from daemon.tools.restoring import RESTORE, inverse
from daemon.tools.states import ENOUGH, records, shows
from daemon.tools.targets import HouseView, NoTarget, Several, TargetError
from daemon.tools.tool import Occasion, Status, Tool, ToolResult
from daemon.tools.typed import Arguments, WrongArguments
from models.ports import ToolCall
from sensors.entities import Command, Entity, EntityState

_UNDERWAY: Final = frozenset({"unanswered", "sent"})
"""Outcomes of which nobody knows yet: the device is silent, or has no state to tell."""

_UNDONE: Final = 150
"""Commands that can be taken back together."""

_AT_ONCE: Final = 50
"""States that one call of an undo restores: its arguments are bounded."""

_LONGEST: Final = 160
"""Characters of a reason or a name: a stranger may have made it."""


class Observed(Protocol):
    """What came of a command; `sensors.control.Outcome` is one."""

    @property
    def command(self) -> Command:
        """What was commanded."""

    @property
    def status(self) -> str:
        """Whether "confirmed", "unanswered", "sent", "contradicted", "unavailable", ..."""

    @property
    def state(self) -> EntityState:
        """As observed afterwards."""

    @property
    def why(self) -> str:
        """In words, "" where the status says it all."""


class Performer(Protocol):
    """What gives commands and watches what comes of them; `sensors.control.Control` is one."""

    async def perform(self, commands: Sequence[Command]) -> Sequence[Observed]:
        """Give the commands at once; one outcome each, in their order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a call amounts to.

    Attributes:
        commands: at least one.
        everywhere: neither a single thing nor a room was meant.
        slots: what the response needs besides the call's own slots, by name.
    """

    commands: tuple[Command, ...]
    everywhere: bool = False
    slots: Mapping[str, Any] | None = None


Planner = Callable[..., Plan]
"""Takes a tool's arguments by name; may raise TargetError. Has no effect."""


class Actions:
    """Makes tools that act on the house."""

    def __init__(
        self, house: HouseView, control: Performer, policy: Policy, now: Callable[[], float]
    ) -> None:
        self.house = house
        self.control = control
        self.policy = policy
        self.now = now

    def tool(
        self,
        planner: Planner,
        *,
        name: str,
        timeout_s: float = 8.0,
        cost: float = 1.0,
        offered: bool = False,
        idempotent: bool = True,
    ) -> Tool:
        """Make a tool; the planner's docstring describes it to the model."""
        action = _Action(self, planner)
        return Tool(
            name=name,
            description=" ".join((planner.__doc__ or "").split()),
            schema=action.arguments.schema,
            run=action.run,
            timeout_s=timeout_s,
            cost=cost,
            confirm=action.confirm,
            plan=action.plan,
            happened=action.happened,
            offered=offered,
            idempotent=idempotent,
        )


class _Action:
    """What is behind one tool."""

    def __init__(self, actions: Actions, planner: Planner) -> None:
        self.arguments = Arguments(planner)
        self._planner = planner
        self._house = actions.house
        self._control = actions.control
        self._policy = actions.policy
        self._now = actions.now

    def confirm(self, given: Mapping[str, Any], occasion: Occasion) -> str:
        """See `Tool`."""
        try:
            return self._question(self._planned(given, occasion), occasion)
        except (TargetError, WrongArguments):
            return ""

    def plan(self, given: Mapping[str, Any], occasion: Occasion) -> str:
        """See `Tool`: each command with the thing that it is for."""
        try:
            return self._text(self._planned(given, occasion))
        except (TargetError, WrongArguments):
            return ""

    def happened(self, given: Mapping[str, Any]) -> bool | None:
        """See `Tool`."""
        try:
            plan = self._planned(given, Occasion("", "workflow"))
        except (TargetError, WrongArguments):
            return None
        shown = [
            shows(self._entity(command), command, self._house.state(command.entity))
            for command in plan.commands
        ]
        return False if False in shown else None if None in shown else True

    async def run(self, given: Mapping[str, Any], occasion: Occasion) -> ToolResult:
        """See `Tool`."""
        try:
            plan = self._planned(given, occasion)
        except NoTarget as none:
            return ToolResult("failed", {"error": none.error, **none.details})
        except Several as several:
            return which(several, given, occasion.language)
        except WrongArguments as wrong:
            return ToolResult("failed", {"error": "wrong_arguments", "why": str(wrong)})
        # Again, since the house may not be what it was when the question was looked for.
        question = self._question(plan, occasion)
        if question and not (occasion.confirmed and occasion.plan in ("", self._text(plan))):
            return ToolResult("ask", say=question)
        return await self._perform(plan)

    def _planned(self, given: Mapping[str, Any], occasion: Occasion) -> Plan:
        meant = described(self._house, given, self.arguments.schema)
        return self._planner(**self.arguments.bound(meant, occasion))

    def _question(self, plan: Plan, occasion: Occasion) -> str:
        wanted = [
            (entity, command)
            for command in plan.commands
            if (entity := self._house.get(command.entity)) is not None
        ]
        return self._policy.question(wanted, everywhere=plan.everywhere, language=occasion.language)

    def _text(self, plan: Plan) -> str:
        commands = [
            [one.entity, self._entity(one).name, one.service, dict(one.arguments)]
            for one in plan.commands
        ]
        return json.dumps(sorted(commands, key=repr), sort_keys=True)

    async def _perform(self, plan: Plan) -> ToolResult:
        before = {command.entity: self._house.state(command.entity) for command in plan.commands}
        outcomes = await self._control.perform(plan.commands)
        now = self._now()
        told = [(self._entity(outcome.command), outcome) for outcome in outcomes]
        good = [(entity, outcome) for entity, outcome in told if _is_underway(outcome)]
        bad = [(entity, outcome) for entity, outcome in told if not _is_underway(outcome)]
        value: dict[str, Any] = {
            "matched": records([(entity, outcome.state) for entity, outcome in good], now),
            "unmatched": records([(entity, outcome.state) for entity, outcome in bad], now),
            "outcomes": [_told(entity, outcome) for entity, outcome in told[:ENOUGH]],
            "counted": {"matched": len(good), "unmatched": len(bad)},
        }
        if plan.slots and good:
            value["slots"] = plan.slots
        back = [
            taken
            for entity, outcome in reversed(good)
            if (taken := inverse(entity, outcome.command, before[entity.id]))
        ]
        return ToolResult(_status(outcomes), value, undo=_undo(back))

    def _entity(self, command: Command) -> Entity:
        known = self._house.get(command.entity)
        return known or Entity(command.entity, command.entity, command.entity.partition(".")[0])


def _is_underway(outcome: Observed) -> bool:
    return outcome.status == "confirmed" or outcome.status in _UNDERWAY


def _status(outcomes: Sequence[Observed]) -> Status:
    if all(outcome.status == "confirmed" for outcome in outcomes):
        return "done"
    return "sent" if all(map(_is_underway, outcomes)) else "failed"


def _told(entity: Entity, outcome: Observed) -> dict[str, str]:
    told = {"entity": entity.id, "name": entity.name[:_LONGEST], "service": outcome.command.service}
    return told | {"status": outcome.status, "why": outcome.why[:_LONGEST]}


def _undo(commands: Sequence[Command]) -> tuple[ToolCall, ...]:
    # Half an undo would be worse than none, and what is kept of a call is bounded.
    if len(commands) > _UNDONE:
        return ()
    states = [
        {"entity": one.entity, "service": one.service, "arguments": dict(one.arguments)}
        for one in commands
    ]
    calls = range(0, len(states), _AT_ONCE)
    return tuple(ToolCall(RESTORE, {"states": states[n : n + _AT_ONCE]}) for n in calls)
