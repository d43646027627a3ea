"""Numbers out of many numbers."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any, Final

import numpy as np

_PERCENTILES: Final = (50, 95, 99)


def spread(values: Iterable[float | None]) -> dict[str, float]:
    """How many values there are, and their percentiles; None is no value."""
    there = [value for value in values if value is not None]
    if not there:
        return {"n": 0}
    figures = {f"p{share}": round(float(np.percentile(there, share)), 1) for share in _PERCENTILES}
    return {"n": len(there), **figures}


def middle(values: Iterable[float | None]) -> float | None:
    """The median of what there is, to three digits."""
    there = [value for value in values if value is not None]
    return round(median(there), 3) if there else None


def share(part: float, whole: float) -> float | None:
    """A part of a whole, to three digits; None of nothing."""
    return round(part / whole, 3) if whole else None


def lengths(turns: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Percentiles of every figure in the turns' `latency_ms`, in milliseconds."""
    names = dict.fromkeys(name for turn in turns for name in turn["latency_ms"])
    return {name: spread(turn["latency_ms"].get(name) for turn in turns) for name in names}


def waterfall(turns: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Median start and end of every step in the turns' traces, ms after the acoustic end.

    A step that a turn took several times lasts from its first start to its last end.
    """
    steps: dict[str, list[tuple[float, float]]] = {}
    for turn in turns:
        own: dict[str, tuple[float, float]] = {}
        for step in turn["trace"]:
            start, end = own.get(step["name"], (step["start"], step["end"]))
            own[step["name"]] = min(start, step["start"]), max(end, step["end"])
        for name, both in own.items():
            steps.setdefault(name, []).append(both)
    return {
        name: {
            "n": len(both),
            "start": round(median(start for start, _ in both), 1),
            "end": round(median(end for _, end in both), 1),
        }
        for name, both in sorted(steps.items(), key=lambda one: median(s for s, _ in one[1]))
    }


def others(turns: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Percentiles of the other numbers in the turns' records, one level deep.

    What a record says of working ahead is told as it comes, whatever it is called.
    """
    values: dict[str, list[float]] = {}
    for turn in turns:
        for name, value in turn.items():
            if name in _TOLD_OTHERWISE:
                continue
            inner = value.items() if isinstance(value, Mapping) else [("", value)]
            for key, number in inner:
                if isinstance(number, int | float):
                    values.setdefault(f"{name} {key}".strip(), []).append(float(number))
    return {name: spread(numbers) for name, numbers in values.items()}


_TOLD_OTHERWISE: Final = frozenset(
    {"started_at", "latency_ms", "kv_reused", "prompt_tokens", "interrupted"}
)
"""Numbers of a record with figures of their own."""
