"""`auricle home`: what the sensors say."""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

from daemon import paths
from daemon.cli.show import ago, console
from daemon.config import Config, Key
from memory.store import Store
from sensors.events import Reading
from sensors.house import House
from sensors.wording import measured


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument("--json", action="store_true", help="a list of readings")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """Print the last known state of the house."""
    house = House(stale_after=config.settings.mqtt.stale_s)
    house.load(asyncio.run(_read()))
    now = time.time()
    rows = [(reading, house.is_stale(reading, now)) for reading in house.latest()]
    if options.json:
        told = [{**asdict(reading), "stale": stale} for reading, stale in rows]
        print(json.dumps(told, ensure_ascii=False))
    elif rows:
        console.print(_table(rows))
    else:
        nothing = "No sensor has been heard yet; [mqtt] in the configuration names the broker."
        console.print(nothing, markup=False)
    return 0


def _table(rows: Sequence[tuple[Reading, bool]]) -> Table:
    table = Table("thing", "quantity", "value", "since", "", box=None)
    for reading, stale in rows:
        note = "[yellow]old[/]" if stale else ""
        name, quantity, value = map(escape, (reading.name, reading.quantity, measured(reading)))
        table.add_row(name, quantity, value, ago(reading.at), note)
    return table


async def _read() -> list[Reading]:
    async with Store.open(paths.store()) as store:
        return await store.house.load()
