"""How a run ended, as somebody would say it: what was done, what failed, what was taken back."""

from collections.abc import Sequence

from daemon.workflows.definition import Workflow
from daemon.workflows.engine import Ending


def told(workflow: Workflow, ending: Ending) -> str:
    """For whoever waits for it."""
    name = workflow.name.capitalize()
    if ending.state == "done":
        said = " ".join(ending.said) or f"{name} is done."
        if not ending.unanswered:
            return said
        return f"{said} But I had no answer about {_listed(ending.unanswered)}."
    why = ending.why.rstrip(".") or f"{_plain(ending.failed)} did not work"
    back = f" I took back {_listed(ending.undone)}." if ending.undone else " Nothing was changed."
    if ending.stuck:
        back += f" I could not take back {_listed(ending.stuck)}."
        back = back.replace(" Nothing was changed.", "")
    return f"{name} was not completed: {why}.{back}"


def interrupted(workflow: Workflow, ending: Ending) -> str:
    """For everybody, after the run was interrupted by a restart and brought to its end."""
    name = workflow.name.capitalize()
    if ending.state == "done":
        return f"{name} was interrupted by a restart. I have finished it now."
    if not (ending.undone or ending.stuck):
        return f"{name} was interrupted by a restart and has been given up."
    back = f" I took back {_listed(ending.undone)}." if ending.undone else ""
    stuck = f" I could not take back {_listed(ending.stuck)}." if ending.stuck else ""
    return f"{name} was interrupted by a restart and could not be finished.{back}{stuck}"


def _listed(steps: Sequence[str]) -> str:
    names = [_plain(step) for step in steps]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _plain(step: str) -> str:
    return f"the {step.replace('_', ' ')}"
