"""`auricle doctor`: is everything here that the daemon needs, and does it work?"""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from importlib import metadata

from rich.markup import escape
from rich.table import Table

from audio.portaudio import devices
from audio.ports import AudioError
from daemon import assembly, broker, paths
from daemon.assembly import Workshop
from daemon.cli.show import ago, console
from daemon.config import Config, ConfigError, Key
from daemon.settings import Mqtt
from memory.records import MemoryFailed
from memory.store import Store
from models import plan
from models.ports import ModelError
from sensors.events import BrokerLost, BrokerRefused

ROOMS = ("audio", "daemon", "memory", "models", "sensors", "sync")
"""Our top-level packages; another distribution with one of these names would hide it."""

Row = tuple[str, str, str]
"""Name, verdict ("ok", "note" or "wrong"), finding."""

_STYLE = {"ok": "green", "note": "yellow", "wrong": "red"}
_ENGINES = {
    "embedder": assembly.embedder,
    "mouth": assembly.mouth,
    "ear": assembly.ear,
    "mind": assembly.mind,
}
_BROKER_S = 3.0
"""Seconds that the broker is given to answer."""


def arguments(_: argparse.ArgumentParser) -> None:
    """There are none."""


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """Its findings are its report; what the parts would log is in them."""
    return {("log", "level"): "error"}


def run(_: argparse.Namespace, config: Config) -> int:
    """Print findings; 1 if something is wrong."""
    shop = assembly.workshop(config)
    rows = asyncio.run(_examine(shop))
    table = Table(box=None, show_header=False)
    for name, verdict, finding in rows:
        table.add_row(escape(name), f"[{_STYLE[verdict]}]{verdict}[/]", escape(finding))
    console.print(table)
    return int(any(verdict == "wrong" for _, verdict, _ in rows))


async def _examine(shop: Workshop) -> list[Row]:
    engines = [row async for row in _engines(shop)]
    rows: list[Row] = [("auricle", "ok", metadata.version("auricle")), *name_clashes()]
    rows += [
        (name, "ok", value)
        for name, value in plan.rows(shop.hardware, shop.plan, shop.sessions.opened)
    ]
    return [*rows, *engines, *_sound(), await _store(), await _broker(shop.config.settings.mqtt)]


def name_clashes() -> Iterator[Row]:
    """Other installed distributions that own one of our package names."""
    owners = metadata.packages_distributions()
    for room in ROOMS:
        for other in sorted(set(owners.get(room, ())) - {"auricle"}):
            yield (room, "wrong", f"the distribution {other} owns this package name; remove it")


async def _engines(shop: Workshop) -> AsyncIterator[Row]:
    for role, opened in _ENGINES.items():
        began = time.perf_counter()
        try:
            async with opened(shop):
                took = time.perf_counter() - began
                yield role, "ok", f"{shop.model(role).id}: loaded and run in {took:.1f} s"
        except ModelError as error:
            yield role, "wrong", str(error)


def _sound() -> Iterator[Row]:
    try:
        found = devices()
    except AudioError as error:
        yield "sound", "note", str(error)
        return
    for direction in ("input", "output"):
        names = [device.name for device in found if device.can(direction)]
        what = "microphone" if direction == "input" else "loudspeaker"
        if names:
            yield what, "ok", ", ".join(names)
        else:
            yield what, "note", f"none; `auricle run --{direction} FILE.wav` works without"


async def _store() -> Row:
    try:
        path = paths.store()
        async with Store.open(path) as store:
            turns = await store.journal.last(1)
    except MemoryFailed as error:
        return "store", "wrong", str(error)
    last = f"last turn {ago(turns[0].started_at)}" if turns else "no turns yet"
    return "store", "ok", f"{path}, {last}"


async def _broker(mqtt: Mqtt) -> Row:
    if not mqtt.enabled:
        return "MQTT", "note", "switched off in the configuration"
    where = f"{mqtt.host}:{mqtt.port}"
    try:
        await broker.knock(mqtt, _BROKER_S)
    except ConfigError as error:
        return "MQTT", "wrong", str(error)
    except BrokerRefused as error:
        return "MQTT", "wrong", f"{where} refused: {error}"
    except (BrokerLost, TimeoutError) as error:
        why = str(error) or "no answer"
        return "MQTT", "note", f"{where}: {why}; sensors stay silent until it is back"
    return "MQTT", "ok", f"{where} lets us in"
