"""Asking which of several things is meant."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from daemon.tools.sayings import Sayings
from daemon.tools.targets import Several
from daemon.tools.tool import ToolResult
from sensors.entities import Entity

_CHOICES: Final = 5
"""Things that are read out; nobody remembers more."""


def which(several: Several, given: Mapping[str, Any], language: str) -> ToolResult:
    """Ask which of several things is meant.

    Args:
        several: things.
        given: arguments of the call.
        language: to ask in, ISO 639-1.

    Returns:
        "choices" in its value: "label" as people call it, "entity", and "arguments" with which
        the same tool does it.
    """
    sayings = Sayings(language)
    candidates = several.candidates[:_CHOICES]
    labels = _labels(candidates, sayings)
    choices = [
        {"label": label, "entity": entity.id, "arguments": {**given, "name": entity.id}}
        for label, entity in zip(labels, candidates, strict=True)
    ]
    value = {"error": several.error, "choices": choices}
    things = sayings.listed(labels, "or", _CHOICES)
    return ToolResult("ask", value, say=sayings.say("which", things=things))


def _labels(candidates: Sequence[Entity], sayings: Sayings) -> list[str]:
    """As few words as tell them apart: the name, its room, what it is."""
    names = [sayings.name(entity) for entity in candidates]
    rooms = [sayings.name(Entity(entity.area, entity.area, "area")) for entity in candidates]
    labels = [
        sayings.say("in_area", name=name, area=room)
        if names.count(name) > 1 and entity.area
        else name
        for name, room, entity in zip(names, rooms, candidates, strict=True)
    ]
    return [
        f"{label}, {entity.domain.replace('_', ' ')}" if labels.count(label) > 1 else label
        for label, entity in zip(labels, candidates, strict=True)
    ]
