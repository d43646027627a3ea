"""The tool that runs a workflow."""

import uuid
from collections.abc import Mapping
from typing import Any

from daemon.tools.tool import Occasion, Tool, ToolResult
from daemon.workflows.asking import planned
from daemon.workflows.definition import RUN
from daemon.workflows.workflows import Workflows

_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"workflow": {"type": "string", "maxLength": 40, "description": "its name"}},
    "required": ["workflow"],
    "additionalProperties": False,
}


def workflow_tool(workflows: Workflows) -> Tool:
    """AuricleRunWorkflow {workflow}: name or phrase of one that was loaded."""

    def confirm(arguments: Mapping[str, Any], occasion: Occasion) -> str:
        workflow = workflows.named(str(arguments["workflow"]))
        if workflow is None:
            return ""
        if not (asking := workflows.asking(workflow, occasion)):
            return ""
        questions = " ".join(one.question for one in asking)
        return f"{workflow.name.capitalize()} asks this: {questions} Shall I go on?"

    def plan(arguments: Mapping[str, Any], occasion: Occasion) -> str:
        workflow = workflows.named(str(arguments["workflow"]))
        if workflow is None:
            return ""
        return planned(workflow, workflows.asking(workflow, occasion))

    async def run(arguments: Mapping[str, Any], occasion: Occasion) -> ToolResult:
        workflow = workflows.named(str(arguments["workflow"]))
        if workflow is None:
            names = ", ".join(one.name for one in workflows.all)
            return ToolResult("failed", {"error": "no_workflow"}, f"I know these: {names}.")
        key = occasion.key or uuid.uuid4().hex
        return await workflows.run(workflow, occasion, key)

    return Tool(
        name=RUN,
        description="Run one of the home's routines by its name, such as good night.",
        schema=_SCHEMA,
        run=run,
        timeout_s=12.0,
        cost=4.0,
        confirm=confirm,
        plan=plan,
        halt=workflows.halt,
    )
