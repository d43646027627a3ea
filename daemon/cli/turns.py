"""`auricle turns`: the journal."""

import argparse
import asyncio
import json

from daemon import paths
from daemon.cli.show import console, turn_view
from daemon.cli.words import count
from daemon.config import Config, Key
from memory.hours import HOUR
from memory.records import Turn
from memory.store import Store
from memory.wakes import Wakefulness


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument("--last", type=count, default=5, metavar="N", help="how many (default: 5)")
    parser.add_argument("--json", action="store_true", help="a list of turn records")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, _: Config) -> int:
    """Print the last turns, oldest first."""
    turns, wakes = asyncio.run(_read(options.last))
    if options.json:
        print(json.dumps([turn.to_json() for turn in turns], ensure_ascii=False))
        return 0
    for turn in turns:
        console.print(turn_view(turn))
    if not turns:
        console.print('No turns yet. Say something, or try: auricle ask "What can you do?"')
    if wakes.listened_s:
        console.print(_told(wakes), style="dim")
    return 0


async def _read(limit: int) -> tuple[list[Turn], Wakefulness]:
    async with Store.open(paths.store()) as store:
        return await store.journal.last(limit), await store.wakes.since()


def _told(wakes: Wakefulness) -> str:
    return (
        f"Wake words: {wakes.woken} heard in {wakes.listened_s / HOUR:.1f} h of listening, "
        f"{wakes.unanswered} of them followed by no words: about "
        f"{wakes.false_accepts_per_hour:.2f} false wakes an hour. {wakes.missed} near misses."
    )
