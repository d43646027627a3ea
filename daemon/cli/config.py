"""`auricle config`: every setting, its value and where it came from."""

import argparse

from rich.markup import escape
from rich.table import Table

from daemon.cli.show import console
from daemon.config import Config, Key


def arguments(_: argparse.ArgumentParser) -> None:
    """There are none."""


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(_: argparse.Namespace, config: Config) -> int:
    """Print all settings; secrets are never settings, only the files that hold them are."""
    table = Table("key", "value", "from", "meaning", box=None)
    for key, value, origin, meaning in config.rows():
        style = "" if origin == "default" else "bold"
        table.add_row(escape(key), escape(value), escape(origin), escape(meaning), style=style)
    console.print(table)
    return 0
