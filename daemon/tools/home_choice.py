"""Asking which of several things is meant."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from daemon.tools.confirmation import spoken_name
from daemon.tools.targets import Several
from daemon.tools.tool import ToolResult
from sensors.entities import Entity

_CHOICES: Final = 5
"""Things that are read out; nobody remembers more."""


def which(several: Several, given: Mapping[str, Any]) -> ToolResult:
    """Ask which of several things is meant.

    Returns:
        "choices" in its value: "label" as people call it, "entity", and "arguments" with which
        the same tool does it.
    """
    candidates = several.candidates[:_CHOICES]
    labels = _labels(candidates)
    choices = [
        {"label": label, "entity": entity.id, "arguments": {**given, "name": entity.id}}
        for label, entity in zip(labels, candidates, strict=True)
    ]
    value = {"error": several.error, "choices": choices}
    asked = f"{', '.join(labels[:-1])} or {labels[-1]}"
    return ToolResult("ask", value, say=f"Which one: {asked}?")


def _labels(candidates: Sequence[Entity]) -> list[str]:
    """As few words as tell them apart: the name, its room, what it is."""
    names = [spoken_name(entity) for entity in candidates]
    labels = [
        f"{name} in {_room(entity)}" if names.count(name) > 1 and entity.area else name
        for name, entity in zip(names, candidates, strict=True)
    ]
    return [
        f"{label}, {entity.domain.replace('_', ' ')}" if labels.count(label) > 1 else label
        for label, entity in zip(labels, candidates, strict=True)
    ]


def _room(entity: Entity) -> str:
    return spoken_name(Entity(entity.area, entity.area, "area"))
