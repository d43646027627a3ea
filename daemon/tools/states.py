"""States of entities as tools tell them: words, records, and whether they can be relied on."""

import math
from collections.abc import Sequence
from typing import Any, Final

from sensors.entities import Command, Entity, EntityState
from sensors.events import Value
from sensors.expectation import expected

ENOUGH: Final = 60
"""Records in one list of a result: nobody listens to more, and what is kept is bounded."""

_FEW: Final = 8
"""Records that are told with all their attributes."""

_ATTRIBUTES: Final = 16
"""Attributes of one record: a payload may hold any number."""

_LONGEST: Final = 120
"""Characters of a state that are passed on: a payload's text is a stranger's."""


def word(value: Value | None) -> str:
    """A state as Home Assistant writes it: "on", "off", "21.5", "locked"; "" when unknown."""
    match value:
        case None:
            return ""
        case bool():
            return "on" if value else "off"
        case float() if math.isfinite(value) and value == int(value):
            return str(int(value))
        case _:
            return str(value)[:_LONGEST]


def is_state(state: EntityState, wanted: str) -> bool:
    """Whether an entity is in a state, as far as is known."""
    return word(state.value).casefold() == wanted.casefold()


def is_certain(state: EntityState) -> bool:
    """Whether what is known of an entity may be told as what is."""
    return state.value is not None and state.available and not state.stale


def shows(entity: Entity, command: Command, state: EntityState) -> bool | None:
    """Whether a command's effect can be seen in a state; None when that cannot be told."""
    wanted = expected(entity, command)
    if not is_certain(state) or state.late:
        return None
    known = {"": state.value, **state.attributes}
    verdicts = {
        name: expectation.verdict(value, None)
        for name, expectation in wanted.items()
        if (value := known.get(name)) is not None
    }
    met = {name for name, verdict in verdicts.items() if verdict == "met"}
    if met and (met == set(wanted) or any(wanted[name].enough for name in met)):
        return True
    return False if "contrary" in verdicts.values() else None


def records(known: Sequence[tuple[Entity, EntityState]], now: float) -> list[dict[str, Any]]:
    """What is observed of entities, as JSON, of `ENOUGH` at the most; many without attributes."""
    few = len(known) <= _FEW
    return [record(entity, state, now, full=few) for entity, state in known[:ENOUGH]]


def record(entity: Entity, state: EntityState, now: float, *, full: bool = True) -> dict[str, Any]:
    """What is observed of an entity, as JSON.

    Returns:
        "entity", "name", "domain", "device_class", "area", "state", "unit", "attributes", and how
        far it can be relied on: "available", "stale", "known" (anything was ever heard) and "age",
        seconds since it was measured, None when nobody knows.
    """
    dated = state.value is not None and state.at > 0 and not state.late
    attributes = list(state.attributes.items())[:_ATTRIBUTES] if full else []
    return {
        "entity": entity.id,
        "name": entity.name[:_LONGEST],
        "domain": entity.domain,
        "device_class": entity.device_class,
        "area": entity.area,
        "state": word(state.value),
        "unit": entity.unit,
        "attributes": {name[:_LONGEST]: _plain(value) for name, value in attributes},
        "available": state.available,
        "stale": state.stale,
        "known": state.value is not None,
        "age": round(max(0.0, now - state.at), 1) if dated else None,
    }


def _plain(value: Value) -> Value | None:
    if isinstance(value, str):
        return value[:_LONGEST]
    return value if isinstance(value, bool) or math.isfinite(value) else None
