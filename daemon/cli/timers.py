"""`auricle timers`: timers, alarms and reminders."""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from daemon import paths
from daemon.cli.show import console
from daemon.cli.words import text
from daemon.config import Config, Key
from daemon.errors import UsageError
from daemon.timers.local import SYSTEM
from daemon.timers.speech import left, speech
from daemon.timers.when import Unclear, parse
from daemon.tools.appointments import CANCEL
from daemon.tools.timing import timing_tools
from daemon.tools.tool import Occasion, ToolResult
from memory.store import Store
from memory.timers import Timer

_SHORT: Final = 6
"""Characters at the end of an id that are shown; ids of the same second begin alike."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.set_defaults(what="list", words="", name="", remind="", id="")
    parser.add_argument("--json", action="store_true", help="a list of timers")
    commands = parser.add_subparsers(dest="what", metavar="WHAT")
    commands.add_parser("list", help="what is set (the default)")
    add = commands.add_parser("add", help="set a timer, an alarm or a reminder")
    add.add_argument(
        "words", type=text, metavar="WHEN", help='"in ten minutes" is a timer, "at 7 am" an alarm'
    )
    add.add_argument("--name", type=text, default="", help="what to call it")
    add.add_argument("--remind", type=text, default="", metavar="TEXT", help="of what to remind")
    cancel = commands.add_parser("cancel", help="cancel one")
    cancel.add_argument("id", type=text, metavar="ID", help="as shown, or the end of it")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, _: Config) -> int:
    """Print what is set, or change it; a running daemon notices within seconds."""
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    async with Store.open(paths.store()) as store:
        timers = await store.timers.active()
        if options.what not in ("add", "cancel"):
            _show(timers, as_json=options.json)
            return 0
        tools = timing_tools(store.timers, lambda: None, now=time.time)
        by_name = {tool.name: tool for tool in tools}
        name, given = _added(options) if options.what == "add" else _cancelled(options.id, timers)
        # Whoever types has no turn, and asks nobody to repeat it after a crash.
        result = await by_name[name].run(given, Occasion("", "intent"))
        if result.ok and not result.say and not options.json:
            _show(await store.timers.active(), as_json=False)
        return _told(result, as_json=options.json)


def _added(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """The call that sets what was asked for."""
    if options.remind:
        return "AuricleSetReminder", {"what": options.remind, "when": options.words}
    if (length := _length(options.words)) > 0:
        return "HassStartTimer", {"seconds": length, "name": options.name}
    return "AuricleSetAlarm", {"when": options.words, "name": options.name}


def _length(words: str) -> float:
    """Seconds, when the words are a length of time."""
    try:
        return parse(words, time.time(), SYSTEM).length
    except Unclear:
        # The tool says why.
        return 0.0


def _cancelled(word: str, timers: Sequence[Timer]) -> tuple[str, dict[str, Any]]:
    """The call that cancels the one whose id ends with a word.

    Raises:
        UsageError: there is none, or more than one.
    """
    found = [timer for timer in timers if timer.id.endswith(word)]
    if len(found) != 1:
        number = "more than one timer whose id ends with" if found else "no timer"
        raise UsageError(f"there is {number} {word!r}; `auricle timers` shows them")
    return CANCEL[found[0].kind], {"id": found[0].id}


def _told(result: ToolResult, *, as_json: bool) -> int:
    """Say what came of a call."""
    if as_json:
        print(json.dumps({"status": result.status, **result.value}, ensure_ascii=False))
    elif result.say:
        console.print(result.say, markup=False)
    return 0 if result.ok else 1


def _show(timers: Sequence[Timer], *, as_json: bool) -> None:
    now = time.time()
    if as_json:
        told = [{**asdict(timer), "left": left(timer, now)} for timer in timers]
        print(json.dumps(told, ensure_ascii=False))
    elif timers:
        console.print(_table(timers, now))
    else:
        console.print("No timers, alarms or reminders are set.")


def _table(timers: Sequence[Timer], now: float) -> Table:
    words = speech("en", SYSTEM)
    table = Table("id", "what", "when", "left", "", box=None)
    for timer in timers:
        state = "" if timer.state == "running" else timer.state
        what = escape(words.called(timer, now))
        rest = words.length(left(timer, now)) if timer.state != "fired" else ""
        table.add_row(timer.id[-_SHORT:], what, words.when(timer, now), rest, state)
    return table
