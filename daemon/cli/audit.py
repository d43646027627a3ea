"""`auricle audit`: what was asked of the tools, and whether that record is as it was written."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

from daemon import paths
from daemon.cli.show import ago, console
from daemon.cli.words import count, text
from daemon.config import Config, Key
from memory.audit import Entry
from memory.chain import Verdict
from memory.store import Store

_SHOWN = 80
"""Characters of arguments and results in the table; --json has all of them."""

_OUTCOME = {"done": "green", "sent": "yellow", "failed": "red"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument(
        "--last", type=count, default=20, metavar="N", help="how many (default: 20)"
    )
    parser.add_argument("--json", action="store_true", help="a list of entries")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    summary = "check that nothing was changed, left out or moved"
    verify = actions.add_parser("verify", help=summary, description=summary)
    verify.add_argument(
        "--noted",
        type=text,
        default="",
        metavar="HEAD",
        help="a head that an earlier check printed: everything up to it must still be there",
    )
    summary = "accept what a tool of an MCP server now says of itself"
    agree = actions.add_parser("agree", help=summary, description=summary)
    agree.add_argument("tool", type=text, metavar="SERVER.TOOL")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, _: Config) -> int:
    """Show the trail, or check it."""
    match options.action:
        case "verify":
            return _verified(asyncio.run(_verify(options.noted)))
        case "agree":
            return _agreed(options.tool, agreed=asyncio.run(_agree(options.tool)))
    entries = asyncio.run(_read(options.last))
    if options.json:
        print(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False))
    elif entries:
        console.print(_table(entries))
    else:
        console.print("Nothing has been asked of any tool yet.")
    return 0


def _verified(verdict: Verdict) -> int:
    if verdict.broken:
        print(f"auricle: entry {verdict.broken} {verdict.why}", file=sys.stderr)
        return 1
    erased = f", {verdict.erased} with erased contents" if verdict.erased else ""
    head = f"; head {verdict.head}" if verdict.head else ""
    print(f"{verdict.entries} entries{erased}: nothing was changed{head}")
    return 0


def _agreed(tool: str, *, agreed: bool) -> int:
    if not agreed:
        print(f"auricle: no tool {tool} waits to be agreed to", file=sys.stderr)
        return 1
    print(f"{tool} is offered again within a minute, if its server still says the same")
    return 0


def _table(entries: Sequence[Entry]) -> Table:
    table = Table("no", "when", "what", "tool", "cause", "", box=None)
    for entry in entries:
        style = _OUTCOME.get(entry.status, "")
        what = f"[{style}]{entry.status}[/]" if style else entry.kind
        table.add_row(
            str(entry.seq), ago(entry.at), what, escape(entry.tool), entry.cause, _contents(entry)
        )
    return table


def _contents(entry: Entry) -> str:
    if entry.payload is None:
        return f"of {len(entry.of)} entries" if entry.of else "[dim]none[/]"
    line = json.dumps(entry.payload, ensure_ascii=False)
    return escape(line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…")


async def _read(limit: int) -> list[Entry]:
    async with Store.open(paths.store()) as store:
        return await store.audit.last(limit)


async def _verify(noted: str) -> Verdict:
    async with Store.open(paths.store()) as store:
        return await store.audit.verify(noted)


async def _agree(tool: str) -> bool:
    async with Store.open(paths.store()) as store:
        return await store.pins.agree(tool)
