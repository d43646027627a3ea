"""What a run would ask in its middle, asked before it begins: nobody is there later to answer."""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

from daemon.tools.tool import Occasion, Tool
from daemon.workflows.definition import Workflow


@dataclass(frozen=True, slots=True)
class Asking:
    """A step of which a run asks before it begins.

    Attributes:
        step: its id.
        question: what is asked.
        plan: what it would do, see `daemon.tools.tool.Tool`; a yes counts for that alone.
    """

    step: str
    question: str
    plan: str


def asking(workflow: Workflow, tools: Sequence[Tool], occasion: Occasion) -> list[Asking]:
    """The steps that would have to be confirmed, as far as that is known before."""
    named = {tool.name: tool for tool in tools}
    occasion = replace(occasion, cause="workflow")
    known = [
        (step, named[step.tool])
        for step in workflow.steps
        if step.tool in named and "{{" not in str(step.arguments)
    ]
    return [
        Asking(step.id, question, tool.plan(step.arguments, occasion))
        for step, tool in known
        if (question := tool.confirm(step.arguments, occasion))
    ]


def planned(workflow: Workflow, asked: Sequence[Asking]) -> str:
    """What a yes to these questions is a yes to; see `daemon.tools.tool.Tool.plan`."""
    told = [workflow.model_dump(), [astuple(one) for one in asked]]
    return json.dumps(told, sort_keys=True) if asked else ""
