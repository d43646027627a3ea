"""`auricle models`: weights on disk."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from rich.markdown import Markdown
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from daemon.assembly import Workshop, workshop
from daemon.cli.show import console
from daemon.config import Config, Key
from daemon.errors import UsageError
from models.catalogue import CatalogueError
from models.store import ModelStore


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    commands.add_parser("list", help="every model, its licence and whether it is here")
    card = commands.add_parser("card", help="what a model is, where it comes from, its limits")
    card.add_argument("name")
    pull = commands.add_parser("pull", help="bring models; by default those that are configured")
    verify = commands.add_parser("verify", help="hash every file again")
    for command in (pull, verify):
        command.add_argument("names", nargs="*", metavar="NAME")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """List, show, pull or verify."""
    shop = workshop(config)
    if options.what == "list":
        _list(shop)
        return 0
    try:
        for name in [options.name] if options.what == "card" else options.names:
            shop.store.catalogue.model(name)
    except CatalogueError as error:
        raise UsageError(str(error)) from error
    if options.what == "card":
        console.print(Markdown(shop.store.catalogue.model(options.name).card))
        return 0
    names = options.names or [model.id for model in shop.models()]
    if options.what == "pull":
        asyncio.run(_pull(shop.store, names))
        return 0
    return _verify(shop.store, names)


def _list(shop: Workshop) -> None:
    needed = {model.id for model in shop.models()}
    table = Table("", "name", "role", "MB", "memory", "licence", "state", box=None)
    for model in shop.store.catalogue.models:
        table.add_row(
            "*" if model.id in needed else "",
            model.id,
            model.role,
            f"{model.size / 1e6:,.0f}",
            f"{model.memory_mb:,} MB",
            model.licence,
            shop.store.state(model.id),
        )
    console.print(table)
    console.print("* used by this configuration; `auricle models card NAME` tells more")


async def _pull(store: ModelStore, names: Sequence[str]) -> None:
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        for name in names:
            task = progress.add_task(name, total=store.catalogue.model(name).size)

            def show(done: int, total: int, _: str, task: int = task) -> None:
                progress.update(task, completed=done, total=total)  # type: ignore[arg-type]

            await store.ensure(name, show)


def _verify(store: ModelStore, names: Sequence[str]) -> int:
    wrong = 0
    for name in names:
        for check in store.verify(name):
            verdict = "ok" if check.ok else ("WRONG" if check.got else "MISSING")
            wrong += not check.ok
            print(f"{verdict:8} {name}/{check.file.name}")
    if wrong:
        print("auricle: `auricle models pull` brings what is wrong or missing", file=sys.stderr)
    return 1 if wrong else 0
