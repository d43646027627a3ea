"""The report as a picture: where the time goes, and how long each recording was waited for."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FILE: Final = "bench.png"

HOW: Final = (
    "no picture was drawn: matplotlib is not installed; add it with the extra: auricle[bench]"
)

_OURS, _THEIRS, _KINDER = "#2a7f5f", "#b5533c", "#d9a441"

_STAGES: Final = ("endpoint", "transcribe", "think", "speak")


def available() -> bool:
    """Whether pictures can be drawn: matplotlib is an extra."""
    return find_spec("matplotlib") is not None


def draw(report: Mapping[str, Any], folder: Path) -> Path | None:
    """Draw what the report says of waits; None where it says nothing of them."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

    groups: Mapping[str, Any] = report.get("latency", {}).get("groups", {})
    groups = {name: one for name, one in groups.items() if one["waits_ms"]}
    if not groups:
        return None
    figure = Figure(figsize=(12, 3.6 * len(groups)), layout="constrained")
    axes = figure.subplots(len(groups), 2, squeeze=False)
    for (left, right), (name, group) in zip(axes, groups.items(), strict=True):
        _waterfall(left, name, group)
        _waits(right, name, group)
    figure.suptitle(f"auricle {report['version']}, {report['processor']}")
    path = folder / FILE
    figure.savefig(path, dpi=120)
    return path


def _waterfall(axes: "Axes", name: str, group: Mapping[str, Any]) -> None:
    """Median start and end of every step, ours above the plain pipeline's."""
    rows = [(step, one["start"], one["end"], _OURS) for step, one in group["waterfall_ms"].items()]
    at = 0.0
    for stage in _STAGES:
        length = group["serial"]["stages_ms"][stage]["p50"]
        rows.append((f"plain: {stage}", at, at + length, _THEIRS))
        at += length
    names = [row[0] for row in rows]
    for row, (_, start, end, colour) in enumerate(rows):
        axes.barh(row, max(end - start, 1), left=start, color=colour)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_title(f"{name}: median steps")
    axes.set_xlabel("ms after the acoustic end of speech")


def _waits(axes: "Axes", name: str, group: Mapping[str, Any]) -> None:
    """Share of the recordings that were answered within a time."""
    for waits, label, colour in (
        (group["waits_ms"], "Auricle", _OURS),
        (group["serial_with_grammar"]["waits_ms"], "plain pipeline with our grammar", _KINDER),
        (group["serial"]["waits_ms"], "plain pipeline", _THEIRS),
    ):
        _steps(axes, waits, label, colour)
    axes.set_title(f"{name}: first audio")
    axes.set_xlabel("ms after the acoustic end of speech")
    axes.set_ylabel("share of recordings")
    axes.set_xlim(left=0)
    axes.legend(loc="lower right")


def _steps(axes: "Axes", waits: Sequence[float], label: str, colour: str) -> None:
    ordered = sorted(waits)
    shares = [(n + 1) / len(ordered) for n in range(len(ordered))]
    axes.step([ordered[0], *ordered], [0.0, *shares], where="post", label=label, color=colour)
