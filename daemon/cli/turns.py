"""`auricle turns`: the journal."""

import argparse
import asyncio
import json

from daemon import paths
from daemon.cli.show import console, turn_view
from daemon.cli.words import count
from daemon.config import Config, Key
from memory.records import Turn
from memory.store import Store


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument("--last", type=count, default=5, metavar="N", help="how many (default: 5)")
    parser.add_argument("--json", action="store_true", help="a list of turn records")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, _: Config) -> int:
    """Print the last turns, oldest first."""
    turns = asyncio.run(_read(options.last))
    if options.json:
        print(json.dumps([turn.to_json() for turn in turns], ensure_ascii=False))
        return 0
    for turn in turns:
        console.print(turn_view(turn))
    if not turns:
        console.print('No turns yet. Say something, or try: auricle ask "What can you do?"')
    return 0


async def _read(limit: int) -> list[Turn]:
    async with Store.open(paths.store()) as store:
        return await store.journal.last(limit)
