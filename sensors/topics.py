"""MQTT topic filters: which are valid, and what a topic's wildcards stand for."""

from collections.abc import Iterable

_MAX = 65_535
"""Bytes of a filter; MQTT v5, 1.5.4."""


def is_valid_filter(pattern: str) -> bool:
    """Whether a broker accepts the filter (MQTT v5, 4.7.1)."""
    levels = pattern.split("/")
    if not pattern or "\0" in pattern or len(pattern.encode("utf-8", "replace")) > _MAX:
        return False
    if any(wild in level and level != wild for level in levels for wild in "+#"):
        return False
    return "#" not in levels[:-1]


def captured(pattern: str, topic: str) -> list[str] | None:
    """The levels of the topic that the wildcards matched; None if the filter does not match.

    A filter without wildcards captures the whole topic.
    """
    wanted, levels = pattern.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return None  # MQTT v5, 4.7.2: a broker's own topics are never matched by a wildcard
    wild: list[str] = []
    for index, part in enumerate(wanted):
        if part == "#":
            return wild + levels[index:] or levels
        if index >= len(levels) or part not in ("+", levels[index]):
            return None
        if part == "+":
            wild.append(levels[index])
    if len(levels) != len(wanted):
        return None
    return wild or levels


def covers(pattern: str, other: str) -> bool:
    """Whether every topic that the other filter matches is matched by the pattern."""
    wide, narrow = pattern.split("/"), other.split("/")
    if narrow[0].startswith("$") and wide[0] in ("+", "#"):
        return False
    for index, part in enumerate(wide):
        if part == "#":
            return True
        if index >= len(narrow) or narrow[index] == "#" or part not in ("+", narrow[index]):
            return False
    return len(wide) == len(narrow)


def without_overlap(filters: Iterable[str]) -> tuple[str, ...]:
    """The filters that no other covers: MQTT v5 sends a message once for each that matches it."""
    kept: list[str] = []
    for pattern in dict.fromkeys(filters):
        if not any(covers(wider, pattern) for wider in kept):
            kept = [narrower for narrower in kept if not covers(pattern, narrower)]
            kept.append(pattern)
    return tuple(kept)
