"""How a run ended, as somebody would say it: what was done, what failed, what was taken back."""

from collections.abc import Sequence

from daemon.workflows.definition import Workflow
from daemon.workflows.engine import Ending
from daemon.workflows.naming import listed, plain


def told(workflow: Workflow, ending: Ending) -> str:
    """For whoever waits for it."""
    name = workflow.name.capitalize()
    if ending.state == "done":
        said = " ".join(ending.said) or f"{name} is done."
        if ending.unanswered:
            said += f" But I had no answer about {listed(ending.unanswered)}."
        return f"{said}{_doubts(ending.doubtful)}"
    if not ending.failed:
        back = f"{_back(ending)}{_doubts(ending.doubtful)}"
        return f"{name} was stopped.{back or ' Nothing was changed.'}"
    why = ending.why.rstrip(".") or f"{plain(ending.failed)} did not work"
    # That of the step that failed is the reason, and told as that.
    doubts = _doubts([step for step in ending.doubtful if step != ending.failed])
    back = f"{_back(ending)}{doubts}" or " Nothing was changed." * (not ending.doubtful)
    return f"{name} was not completed: {why}.{back}"


def interrupted(workflow: Workflow, ending: Ending) -> str:
    """For everybody, after the run was interrupted by a restart and brought to its end."""
    name = workflow.name.capitalize()
    doubts = _doubts(ending.doubtful)
    if ending.state == "done":
        return f"{name} was interrupted by a restart. I have finished it now.{doubts}"
    if not (back := f"{_back(ending)}{doubts}"):
        return f"{name} was interrupted by a restart and has been given up."
    return f"{name} was interrupted by a restart and could not be finished.{back}"


def _back(ending: Ending) -> str:
    """What was taken back, and what was not; "" when nothing had happened."""
    back = f" I took back {listed(ending.undone)}." if ending.undone else ""
    if ending.unheard:
        back += f" I sent {listed(ending.unheard)} back, but had no answer."
    stuck = f" I could not take back {listed(ending.stuck)}." if ending.stuck else ""
    kept = f" I left {listed(ending.kept)} as it is now." if ending.kept else ""
    return f"{back}{stuck}{kept}"


def _doubts(steps: Sequence[str]) -> str:
    return f" I do not know whether {listed(steps)} happened." if steps else ""
