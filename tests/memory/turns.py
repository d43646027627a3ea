"""Turns and readings as tests need them."""

from memory.ids import new_id
from memory.records import Turn

NOW = 1_800_000_000.0


def a_turn(session: str = "s", at: float = NOW, asked: str = "", heard: str = "") -> Turn:
    return Turn(new_id(at), session, at, "text", asked=asked, heard=heard)
