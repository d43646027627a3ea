"""The report: one JSON for machines, tables for people, and whether the bars were met."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from daemon.bench.bench import Figures

FILE: Final = "bench.json"

_MISSING: Final = "-"

_DAEMON: Final = ("kv_share", "records", "ready_s", "resident_mb", "core_share", "late_frames")
"""Figures of the daemon that are of no group."""

_OTHERWISE: Final = frozenset({"latency", "material", "failed"})
"""Parts of the report that no plain table shows."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that was promised.

    Attributes:
        name: of the figure.
        path: keys that lead to it in the report; alternatives in the order in which they count.
        most: that it may be.
        unit: of both.
    """

    name: str
    paths: Sequence[str]
    most: float
    unit: str = "ms"


def _wait(name: str, group: str, percentile: str, most: float) -> Bar:
    paths = [f"latency/groups/{one}/first_audio_ms/{percentile}" for one in _either(group)]
    return Bar(name, paths, most)


def _ratio(name: str, group: str, most: float) -> Bar:
    return Bar(name, [f"latency/groups/{one}/serial/ratio/p50" for one in _either(group)], most, "")


def _either(group: str) -> Sequence[str]:
    """Recorded speech counts; what nobody spoke only where there is nothing else."""
    return (group, f"{group}, synthetic")


BARS: Final = (
    _wait("device command, first audio p50", "command", "p50", 500),
    _wait("device command, first audio p95", "command", "p95", 900),
    _wait("open question, first audio p50", "question", "p50", 1000),
    _wait("open question, first audio p95", "question", "p95", 1600),
    _ratio("device command against the plain pipeline", "command", 0.25),
    _ratio("open question against the plain pipeline", "question", 0.45),
    Bar("barge-in, speech to silence p95", ["barge-in/stop_ms/p95"], 250),
    Bar("answers spoken on after barge-in", ["barge-in/spoken_on"], 0, ""),
    Bar("frames that the ear lost", ["latency/late_frames"], 0, ""),
)
"""What README promises on two quiet x86 cores; other measurements bring their own as "bars"."""


def judged(report: Mapping[str, Any]) -> list[Figures]:
    """Every bar with what was measured; "met" is None where nothing was."""
    lines = [_line(bar, report) for bar in BARS]
    for name, figures in report.items():
        if isinstance(figures, dict):
            lines += [{"unit": "", "figure": name, **one} for one in figures.get("bars", ())]
    return lines


def _line(bar: Bar, report: Mapping[str, Any]) -> Figures:
    found = ((path, _at(report, path)) for path in bar.paths)
    path, measured = next((one for one in found if one[1] is not None), ("", None))
    met = None if measured is None else measured <= bar.most
    return {
        "name": bar.name, "bar": bar.most, "measured": measured, "unit": bar.unit, "met": met,
        "figure": path,
    }  # fmt: skip


def _at(report: Mapping[str, Any], path: str) -> float | None:
    found: Any = report
    for key in path.split("/"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, int | float) else None


def written(report: Mapping[str, Any], folder: Path) -> Path:
    """The report as a file."""
    path = folder / FILE
    text = json.dumps(report, indent=1, ensure_ascii=False, default=str)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def show(report: Mapping[str, Any], console: Console) -> None:
    """The report for a person."""
    for table in _tables(report):
        console.print(table)
        console.print()


def _tables(report: Mapping[str, Any]) -> Iterator[Table]:
    latency = report.get("latency", {})
    for name, figures in latency.get("groups", {}).items():
        if figures["first_audio_ms"]["n"]:
            yield _group(name, figures)
    if latency.get("variants"):
        yield _variants(latency["variants"])
    for name, figures in report.items():
        if isinstance(figures, dict) and name not in _OTHERWISE:
            yield _plain(name, figures)
    if "answers" in latency:
        machine = {name: latency.get(name) for name in _DAEMON}
        yield _plain("recordings", {**latency["answers"], **machine})
    yield _bars(report["bars"])


def _group(name: str, figures: Mapping[str, Any]) -> Table:
    first = figures["first_audio_ms"]
    table = _table(f"{name}: first audio after the acoustic end of {first['n']} recordings, ms")
    for column in ("", "p50", "p95", "p99"):
        table.add_column(column, justify="right" if column else "left")
    _row(table, "[bold]Auricle, by the sound files[/]", first)
    _row(table, "Auricle, by its own record", figures["by_the_record_ms"])
    if figures["first_sound_ms"] != first:
        _row(table, 'first sound of any kind ("One moment.")', figures["first_sound_ms"])
    for stage, spread in figures["stages_ms"].items():
        _row(table, f"  {stage}", spread)
    for key, title in (
        ("serial", "plain pipeline"), ("serial_with_grammar", "plain pipeline with our grammar"),
    ):  # fmt: skip
        table.add_section()
        _row(table, f"[bold]{title}[/]", figures[key]["first_audio_ms"])
        for stage, spread in figures[key]["stages_ms"].items():
            _row(table, f"  {stage}", spread)
        _row(table, "  [bold]ratio[/]", figures[key]["ratio"], "{:.2f}".format)
    return table


def _variants(variants: Mapping[str, Any]) -> Table:
    table = _table("other settings: first audio, ms")
    for column in ("settings", "group", "n", "p50", "p95", "longer by"):
        table.add_column(column, justify="right" if column not in ("settings", "group") else "left")
    for name, variant in variants.items():
        for group, figures in variant["groups"].items():
            first = figures["first_audio_ms"]
            waits = [_number(first.get(share)) for share in ("p50", "p95")]
            longer = _signed(figures["longer_by_ms"])
            table.add_row(name, group, str(first["n"]), *waits, longer)
    return table


def _plain(name: str, figures: Mapping[str, Any]) -> Table:
    """Whatever a measurement says that is a number, a text, or percentiles."""
    table = _table(name)
    table.add_column()
    table.add_column(justify="right")
    for key, value in _flat(figures):
        table.add_row(key, value)
    return table


def _flat(figures: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in figures.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name} ")
        elif isinstance(value, bool | str):
            yield name, str(value)
        elif isinstance(value, int | float):
            yield name, _number(value)


def _bars(bars: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("bars")
    for column in ("", "at most", "measured", ""):
        table.add_column(column, justify="right" if column else "left")
    verdicts = {True: "[green]met[/]", False: "[red]not met[/]"}
    for bar in (one for one in bars if one["met"] is not None):
        name = bar["name"] + (" (synthetic speech)" if "synthetic" in bar["figure"] else "")
        shown = [f"{_number(bar[key])} {bar['unit']}".strip() for key in ("bar", "measured")]
        table.add_row(name, *shown, verdicts[bar["met"]])
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold")


def _row(
    table: Table,
    name: str,
    spread: Mapping[str, float],
    shown: Callable[[float], str] | None = None,
) -> None:
    shares = [spread.get(share) for share in ("p50", "p95", "p99")]
    form = shown or _number
    table.add_row(name, *(_MISSING if value is None else form(value) for value in shares))


def _number(value: object) -> str:
    if not isinstance(value, int | float):
        return _MISSING if value is None else str(value)
    return f"{value:,.0f}" if abs(value) >= 20 or value == int(value) else f"{value:.3g}"


def _signed(value: float | None) -> str:
    return _MISSING if value is None else f"{value:+,.0f}"
