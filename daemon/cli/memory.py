"""`auricle memory`: search, list and explain what is remembered."""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict

from daemon import paths
from daemon.assembly import embedder, workshop
from daemon.cli.show import ago, console
from daemon.cli.words import count, text
from daemon.config import Config, Key
from daemon.errors import UsageError
from memory.records import Passage
from memory.store import Store


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    search = commands.add_parser("search", help="what a question would bring up")
    search.add_argument("question", type=text)
    listing = commands.add_parser("list", help="the newest passages")
    why = commands.add_parser("why", help="where a passage comes from and which turns used it")
    why.add_argument("id", type=int)
    for command in (search, listing):
        command.add_argument("--last", type=count, default=20, metavar="N", help="how many")
    for command in (search, listing, why):
        command.add_argument("--json", action="store_true")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """Print passages."""
    if options.what == "why":
        return asyncio.run(_why(options.id, as_json=options.json))
    passages = asyncio.run(_find(options, config))
    _print(passages, as_json=options.json)
    if not passages and not options.json:
        about = " about that" if options.what == "search" else " yet"
        console.print(f"Nothing is remembered{about}.")
    return 0


async def _find(options: argparse.Namespace, config: Config) -> list[Passage]:
    async with AsyncExitStack() as stack:
        if options.what == "list":
            store = await stack.enter_async_context(Store.open(paths.store()))
            return await store.passages.newest(options.last)
        engine = await stack.enter_async_context(embedder(workshop(config)))
        store = await stack.enter_async_context(Store.open(paths.store(), engine))
        return await store.passages.recall(options.question, limit=options.last, now=time.time())


async def _why(passage_id: int, *, as_json: bool) -> int:
    async with Store.open(paths.store()) as store:
        found = await store.passages.why(passage_id)
    if found is None:
        raise UsageError(f"there is no passage {passage_id}; `auricle memory list` shows them")
    passage, turns = found
    if as_json:
        used = [{"turn": turn.id, "asked": turn.asked, "heard": turn.heard} for turn in turns]
        print(json.dumps({**asdict(passage), "used": used}, ensure_ascii=False))
        return 0
    _print([passage], as_json=False)
    for turn in turns:
        console.print(f"  used {ago(turn.started_at)}: {turn.asked} -> {turn.heard}", markup=False)
    return 0


def _print(passages: Sequence[Passage], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(passage) for passage in passages], ensure_ascii=False))
        return
    for passage in passages:
        line = f"{passage.id:>6}  {ago(passage.at)}  {passage.text}  ({passage.origin})"
        console.print(line, markup=False)
