"""`auricle config`: every setting, its value and where it came from."""

import argparse
from itertools import groupby

from rich.markup import escape
from rich.table import Table

from daemon.assembly import workshop
from daemon.cli.show import console
from daemon.cli.words import text
from daemon.config import Config, Key


def arguments(_: argparse.ArgumentParser) -> None:
    """There are none."""


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(_: argparse.Namespace, config: Config) -> int:
    """Print all settings; secrets are never settings, only the files that hold them are."""
    # Whether a model exists is known only there; what is printed here should be what works.
    workshop(config)
    if console.is_terminal:
        console.print(_table(config))
    else:
        print(_toml(config))
    return 0


def _table(config: Config) -> Table:
    table = Table(box=None)
    for heading in ("key", "value", "from", "meaning"):
        table.add_column(heading, overflow="fold")
    for key, value, origin, meaning in config.rows():
        style = "" if origin == "default" else "bold"
        table.add_row(escape(key), escape(value), escape(origin), escape(meaning), style=style)
    return table


def _toml(config: Config) -> str:
    """A configuration file with these settings; where each one came from is its comment."""
    rows = [(*key.split("."), value, origin) for key, value, origin, _ in config.rows()]
    return "\n\n".join(
        "\n".join(
            [
                f"[{section}]",
                *(f"{key} = {value}  # {text(origin)}" for _, key, value, origin in settings),
            ]
        )
        for section, settings in groupby(rows, key=lambda row: row[0])
    )
