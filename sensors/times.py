"""When something was measured, if the payload says so believably; and how long ago, in words."""

from collections.abc import Mapping
from datetime import datetime

KEYS = ("timestamp", "time", "ts", "datetime", "last_seen")
"""Where payloads carry their time, most trustworthy first."""

_AHEAD = 300.0
"""Seconds that a sensor's clock may run ahead of ours."""

_OLDEST = 2 * 365 * 86_400.0
"""Seconds; anything older is a clock that was never set."""

_MILLISECONDS = 1e11
"""As seconds this is the year 5138, as milliseconds 1973."""

_STEPS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def stated(fields: Mapping[str, object], received_at: float) -> float | None:
    """The time in a payload: ISO 8601 (without offset: local time), Unix seconds or milliseconds.

    Returns:
        Unix seconds, None when the payload has none that is sane.
    """
    for key in KEYS:
        moment = _moment(fields.get(key))
        if moment is not None and received_at - _OLDEST <= moment <= received_at + _AHEAD:
            return min(moment, received_at)
    return None


def ago(seconds: float) -> str:
    """An age as people say it: "just now", "3 minutes ago"."""
    if seconds < 60:
        return "just now"
    size, name = next(step for step in _STEPS if seconds >= step[0])
    count = int(seconds // size)
    return f"{count} {name}{'s' if count > 1 else ''} ago"


def _moment(raw: object) -> float | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, float):
        return raw / 1000 if raw > _MILLISECONDS else raw
    if not isinstance(raw, str) or len(raw) > 40:
        return None
    try:
        return datetime.fromisoformat(raw.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
