"""`auricle ask`: one typed turn, the same path without ear and mouth."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TextIO

from daemon import assembly
from daemon.announcements import Announcements
from daemon.brain import Brain, brain
from daemon.broker import edge
from daemon.cli.words import text
from daemon.config import Config, Key
from daemon.controls import Controls
from daemon.errors import UsageError
from daemon.exchange import Exchange
from daemon.household import Outlets
from daemon.stopwatch import Stopwatch
from daemon.visiting import visiting
from memory.records import Turn
from models.ports import Transcript
from sensors.entities import Publication
from sensors.events import SensorError
from sensors.mqtt import MqttEdge


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
    mqtt = config.settings.mqtt
    broker = edge(mqtt, guest=True) if mqtt.enabled else None
    outlets = Outlets(Announcements(), Controls())
    async with AsyncExitStack() as stack:
        thinking = await stack.enter_async_context(
            brain(assembly.workshop(config), broker, outlets, guest=True)
        )
        await stack.enter_async_context(visiting(thinking.household, broker))
        await stack.enter_async_context(_aloud(outlets.announcements, broker, mqtt.client_id))
        say = None if options.json else _print
        turn = await _take(thinking, options.text.strip(), say)
        while thinking.household.acting.asks and say is not None and sys.stdin.isatty():
            print("\n> ", end="", flush=True)
            if not (answer := await typed_line(sys.stdin)):
                break
            turn = await _take(thinking, answer, say)
    if not options.json:
        print()
    return turn


async def typed_line(terminal: TextIO) -> str:
    """What is typed next, "" when it is nothing or the end.

    Waits on the loop: a thread that reads could not be left before somebody presses enter.
    """
    loop, typed = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(terminal, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(terminal)
    return terminal.readline().strip()


async def _take(thinking: Brain, question: str, say: Callable[[str], None] | None) -> Turn:
    loop = asyncio.get_running_loop()
    turn = await thinking.sessions.begin("text", time.time())
    clock = Stopwatch(loop.time(), loop.time)
    await thinking.turns.take(Exchange(turn, clock, _typed(question), say=say))
    if not await thinking.knowledge.flush():
        turn.error = turn.error or "this turn could not be written down"
    return turn


@asynccontextmanager
async def _aloud(
    announcements: Announcements, broker: MqttEdge | None, client_id: str
) -> AsyncIterator[None]:
    """Print what would be announced, and let the daemon say it: there is no loudspeaker here."""

    async def announce() -> None:
        while True:
            waiting = await announcements.next()
            text = waiting.announcement.text
            print(f"[{text}]", file=sys.stderr)
            if broker is not None:
                with suppress(SensorError):
                    await broker.publish([Publication(f"auricle/{client_id}/say", text)])
            announcements.leave(waiting, heard=True)

    task = asyncio.create_task(announce(), name="announce")
    try:
        yield
        await announcements.done()
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _typed(question: str) -> Transcript:
    """Words that need no decoding."""
    return Transcript(question, 1.0, "en")


def _print(clause: str) -> None:
    print(clause, end=" ", flush=True)
