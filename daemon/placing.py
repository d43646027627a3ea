"""Which room is meant by a sentence that names none."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from daemon.intents.intent import Intent
from daemon.pending import Option

_ROOMS: Final = 8
"""Rooms that are offered when nobody knows which one is meant; more are asked for by name."""

Rooms = Callable[[Intent], Sequence[str]]
"""Names of the rooms that have what an intent is about."""


def placed(option: Option, rooms: Rooms) -> list[Option]:
    """An option in each of the rooms that it may be meant for; at least one.

    One that names its place stays as it is, and so does one of a house that has it in no room.
    """
    if not option.unplaced:
        return [option]
    call = option.call
    found = [
        Option(room, replace(call, arguments={**call.arguments, "area": room}), option.response)
        for room in rooms(Intent(call.name, call.arguments))
    ]
    return found or [replace(option, unplaced=False)]


def where(rooms: Sequence[str]) -> str:
    """Ask for a room."""
    if not 1 < len(rooms) <= _ROOMS:
        return "In which room?"
    return f"In which room: {', '.join(rooms[:-1])} or {rooms[-1]}?"
