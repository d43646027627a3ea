"""`auricle home`: what there is in the home, and how it is."""

import argparse
import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.table import Table

from daemon import paths
from daemon.cli.show import ago, console
from daemon.config import Config, Key
from memory.store import Store
from sensors.entities import Entity, EntityState
from sensors.events import Reading
from sensors.house import House
from sensors.owner_file import load
from sensors.registry import Registry
from sensors.wording import measured


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument(
        "--json", action="store_true", help="a list of readings, each with its entity"
    )


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """Print the last known state of the house."""
    house = House(stale_after=config.settings.mqtt.stale_s)
    registry = Registry(house)
    path = config.beside(config.settings.home.file)
    if path.exists():
        registry.correct(load(path))
    asyncio.run(_read(house, registry))
    if options.json:
        print(json.dumps(list(_told(house, registry)), ensure_ascii=False))
    elif entities := registry.entities():
        console.print(_table(house, registry, entities))
    else:
        nothing = "No device has been heard yet; [mqtt] in the configuration names the broker."
        console.print(nothing, markup=False)
    return 0


def _told(house: House, registry: Registry) -> Iterator[dict[str, Any]]:
    """Every reading with what it belongs to; then entities of which nothing was heard yet."""
    now = time.time()
    heard = {reading.entity: reading for reading in house.latest()}
    of = {entity.key(): entity for entity in registry.entities()}
    sources = {entity.source: entity for entity in registry.entities()}
    for key, reading in heard.items():
        entity = of.get(key) or sources.get(key.rpartition("/")[0])
        told = {**asdict(reading), "stale": house.is_stale(reading, now)}
        yield told | (_described(entity, registry.state(entity.id)) if entity else {})
    for key, entity in of.items():
        if key not in heard:
            named = {"entity": key, "name": entity.name, "value": None, "unit": entity.unit}
            yield named | _described(entity, registry.state(entity.id))


def _described(entity: Entity, state: EntityState) -> dict[str, Any]:
    return {
        "id": entity.id,
        "domain": entity.domain,
        "device_class": entity.device_class,
        "area": entity.area,
        "floor": entity.floor,
        "aliases": list(entity.aliases),
        "protocol": entity.protocol,
        "state": state.value,
        "available": state.available,
    }


def _table(house: House, registry: Registry, entities: Sequence[Entity]) -> Table:
    table = Table("thing", "room", "is", "since", "", "id", box=None)
    for entity in entities:
        state = registry.state(entity.id)
        reading = house.reading(entity.key())
        known = escape(_said(reading, state)) if reading else "[dim]nothing heard yet[/]"
        note = "" if state.available else "[red]away[/]"
        note = note or ("[yellow]old[/]" if state.stale else "")
        when = ago(state.at) if reading else ""
        named = f"[dim]{escape(entity.id)}[/]"
        table.add_row(escape(entity.name), escape(entity.area), known, when, note, named)
    return table


def _said(reading: Reading, state: EntityState) -> str:
    """The state as the registry has it, in words and units of its reading."""
    return state.value if isinstance(state.value, str) else measured(reading)


async def _read(house: House, registry: Registry) -> None:
    async with Store.open(paths.store()) as store:
        house.load(await store.house.load())
        registry.load(await store.entities.load())
