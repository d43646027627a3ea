"""What is said about routines: proposed, done with its cause, given up."""

from collections.abc import Mapping
from typing import Final

from daemon.tools.tool import Status
from memory.routines import Routine
from sensors.entities import Entity

_DONE: Final = {
    "on": ("turned on", "turn on"),
    "off": ("turned off", "turn off"),
    "open": ("opened", "open"),
    "closed": ("closed", "close"),
    "locked": ("locked", "lock"),
}
"""States that a routine may bring about, as what is done and as doing it."""


_NOT_DONE: Final[Mapping[Status, str]] = {
    "sent": "it has not answered",
    "ask": "somebody must be asked first",
    "failed": "it did not work",
}


def proposal(routine: Routine, entity: Entity) -> str:
    """The question, asked once."""
    done, _ = _DONE[str(routine.value)]
    return (
        f"I have noticed something. {_days(routine).capitalize()}, the {entity.name} is usually"
        f" {done} at about {moment(routine.at_s)}. Shall I do that from now on?"
    )


def done(routine: Routine, entity: Entity, status: Status) -> str:
    """What came of it and why it was to be done."""
    why = f"because you usually do so {_days(routine)} at about {moment(routine.at_s)}"
    did, do = _DONE[str(routine.value)]
    if status != "done":
        return f"I wanted to {do} the {entity.name}, {why}, but {_NOT_DONE[status]}."
    return f"I {did} the {entity.name}, {why}. Say undo that if you don't want it."


def given_up(routine: Routine, entity: Entity) -> str:
    """That it will not be done any more."""
    _, do = _DONE[str(routine.value)]
    return f"You took that back again, so I won't {do} the {entity.name} by myself any more."


def moment(at_s: float) -> str:
    """A time of day to five minutes, "6:40 AM"."""
    minutes = round(at_s / 300) * 5 % (24 * 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour % 12 or 12}:{minute:02} {'AM' if hour < 12 else 'PM'}"


def _days(routine: Routine) -> str:
    return {"every day": "every day", "workdays": "on workdays"}.get(routine.days, "on weekends")
