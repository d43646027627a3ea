"""`auricle bench`: what is measured on this machine, and the plain pipeline in the same run."""

import argparse
import asyncio
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module, metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol, cast

from rich.markup import escape

from daemon import assembly
from daemon.assembly import Workshop
from daemon.bench import plot, report
from daemon.bench.bench import Bench, Figures
from daemon.bench.house import NO_BROKER, house
from daemon.bench.material import BUNDLED, MaterialError, read
from daemon.bench.playing import load, machine
from daemon.bench.variants import VariantError, check, variant
from daemon.cli.show import console
from daemon.cli.words import count
from daemon.config import Config, Key
from daemon.errors import UsageError

MEASUREMENTS: Final = {
    "latency": "how long a person waits, stage by stage, and beside the plain pipeline",
    "endings": "people cut off in a pause, and how long the end of a sentence is waited for",
    "barge-in": "how soon it is silent when somebody speaks, and what lets it go on",
    "echo": "its own voice taken for somebody's",
    "wake": "wake words heard and missed, and what else wakes it",
    "noise": "what reaches the mind when nobody speaks",
    "contention": "turns and sound while something else wants the processor",
}
"""By their modules in `daemon.bench`, in the order in which they are made."""

_ROLES: Final = ("ear", "mind", "mouth", "vad", "embedder")


class Measurement(Protocol):
    """A module of `daemon.bench`."""

    def measure(self, bench: Bench) -> Figures:
        """Measure; the figures may hold "bars": name, bar, measured, met."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument(
        "--recordings", type=Path, metavar="DIR", help="WAV, FLAC or OGG files instead of ours"
    )
    parser.add_argument(
        "--only", type=_names, metavar="NAME[,NAME]", default=list(MEASUREMENTS),
        help="; ".join(f"{name}: {what}" for name, what in MEASUREMENTS.items()),
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=Path("auricle-bench"), metavar="FOLDER",
        help="for bench.json and bench.png (default: auricle-bench)",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="just enough to see that it works")
    parser.add_argument(
        "--questions", type=count, default=24, metavar="N", help="recordings at the most (24)"
    )
    parser.add_argument(
        "--repeat", type=count, default=1, metavar="N", help="play each so often (1)"
    )
    parser.add_argument(
        "--variant", action="append", default=[], metavar="NAME:SECTION.KEY=VALUE[,...]",
        help="measure the latency with other settings too, and compare; may be given again",
    )  # fmt: skip


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """Measure, show and write down; 1 when a measurement could not be made."""
    with _prepared(options, config) as bench:
        told = _measured(bench, options.only)
    told["bars"] = report.judged(told)
    report.show(told, console)
    if plot.available():
        plot.draw(told, options.out)
    else:
        console.print(escape(plot.HOW))
    written = report.written(told, options.out)
    console.print(f"Everything is in {escape(str(written))}.")
    for name, why in told["failed"].items():
        console.print(f"[red]{name} could not be measured[/]: {escape(why)}")
    return 1 if told["failed"] else 0


@contextmanager
def _prepared(options: argparse.Namespace, config: Config) -> Iterator[Bench]:
    """Recordings, models, folders and the home, or what is wrong with them."""
    try:
        variants = [variant(text) for text in options.variant]
        items = read(options.recordings or BUNDLED)
        options.out.mkdir(parents=True, exist_ok=True)
    except (MaterialError, VariantError) as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise UsageError(f"{options.out}: cannot be made: {error.strerror}") from error
    for one in variants:
        check(one, options.config)
    shop = assembly.workshop(config)
    asyncio.run(_there(shop))
    with TemporaryDirectory(prefix="auricle-bench-") as folder, house(Path(folder)) as home:
        if home is None:
            console.print(NO_BROKER)
        yield Bench(
            items=items,
            bundled=options.recordings is None,
            shop=shop,
            folder=Path(folder),
            environment=home or {"AURICLE_MQTT__ENABLED": "false"},
            home=home is not None,
            config=options.config,
            quick=options.quick,
            questions=options.questions,
            repeat=options.repeat,
            variants=variants,
            tell=lambda text: console.print(f"  {escape(text)}"),
        )


async def _there(shop: Workshop) -> None:
    """Find missing models now and not after the first minutes."""
    for role in _ROLES:
        await shop.folder(role)


def _measured(bench: Bench, names: Sequence[str]) -> Figures:
    told: Figures = {
        "command": " ".join(["auricle", *sys.argv[1:]]),
        "version": metadata.version("auricle"),
        **machine(),
        "load": load(),
        "material": _material(bench),
        "failed": {},
    }
    for name in names:
        console.print(f"[bold]{name}[/]: {MEASUREMENTS[name]} ...")
        module = cast("Measurement", import_module(f"daemon.bench.{name.replace('-', '_')}"))
        try:
            told[name] = module.measure(bench)
        except Exception as error:  # noqa: BLE001 - a task border: the others' figures must not be lost
            traceback.print_exc()
            told["failed"][name] = f"{type(error).__name__}: {error}"
    return told


def _material(bench: Bench) -> Figures:
    sets: dict[str, Any] = {}
    for item in bench.items:
        kinds = sets.setdefault(item.source, {})
        kinds[item.kind] = kinds.get(item.kind, 0) + 1
    return {"bundled": bench.bundled, "home": bench.home, "sets": sets}


def _names(text: str) -> list[str]:
    """Measurements that are named, in our order.

    Raises:
        ArgumentTypeError: one of them does not exist.
    """
    wanted = text.split(",")
    for name in wanted:
        if name not in MEASUREMENTS:
            known = ", ".join(MEASUREMENTS)
            raise argparse.ArgumentTypeError(f"{name!r} is none of: {known}")
    return [name for name in MEASUREMENTS if name in wanted]
