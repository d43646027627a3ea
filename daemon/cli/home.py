"""`auricle home`: what the sensors say."""

import argparse
import asyncio
import json
import time
from dataclasses import asdict

from rich.table import Table

from daemon import paths
from daemon.cli.show import ago, console
from daemon.config import Config, Key
from memory.store import Store
from sensors.events import Reading
from sensors.house import House


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument("--json", action="store_true", help="readings, one a line")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """Print the last known state of the house."""
    house = House(stale_after=config.settings.mqtt.stale_s)
    house.load(asyncio.run(_read()))
    now = time.time()
    table = Table("thing", "quantity", "value", "since", "", box=None)
    for reading in house.latest():
        stale = house.is_stale(reading, now)
        if options.json:
            print(json.dumps({**asdict(reading), "stale": stale}, ensure_ascii=False))
        else:
            value = f"{reading.value} {reading.unit}".strip()
            note = "[yellow]old[/]" if stale else ""
            table.add_row(reading.name, reading.quantity, value, ago(reading.at), note)
    if not options.json and table.row_count:
        console.print(table)
    elif not options.json:
        console.print("No sensor has been heard yet; [mqtt] in the configuration names the broker.")
    return 0


async def _read() -> list[Reading]:
    async with Store.open(paths.store()) as store:
        return await store.house.load()
