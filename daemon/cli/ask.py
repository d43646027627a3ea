"""`auricle ask`: one typed turn, the same path without ear and mouth."""

import argparse
import asyncio
import json
import sys
import time

from daemon import assembly
from daemon.brain import brain
from daemon.cli.words import text
from daemon.config import Config, Key
from daemon.errors import UsageError
from daemon.stopwatch import Stopwatch
from daemon.turn import Exchange
from memory.records import Turn
from models.ports import Transcript


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument("text", type=text, help="the question")
    parser.add_argument("--json", action="store_true", help="print the turn record")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """Answer, clause by clause, as the mouth would get it."""
    if not options.text.strip():
        raise UsageError("there is no question")
    turn = asyncio.run(_ask(options, config))
    if options.json:
        print(json.dumps(turn.to_json(), ensure_ascii=False))
    if turn.error:
        print(f"auricle: {turn.error}", file=sys.stderr)
        return 1
    return 0


async def _ask(options: argparse.Namespace, config: Config) -> Turn:
    loop = asyncio.get_running_loop()
    async with brain(assembly.workshop(config)) as thinking:
        turn = await thinking.sessions.begin("text", time.time())
        exchange = Exchange(
            turn,
            Stopwatch(loop.time(), loop.time),
            _typed(options.text.strip()),
            say=None if options.json else _print,
        )
        await thinking.turns.take(exchange)
        if not await thinking.knowledge.flush():
            turn.error = turn.error or "this turn could not be written down"
    if not options.json:
        print()
    return turn


async def _typed(question: str) -> Transcript:
    """Words that need no decoding."""
    return Transcript(question, 1.0, "en")


def _print(clause: str) -> None:
    print(clause, end=" ", flush=True)
