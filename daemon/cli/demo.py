"""`auricle demo`: a recorded question through the whole real path, without any hardware."""

import argparse
import asyncio
from importlib import resources
from pathlib import Path

from daemon import assembly, paths
from daemon.cli.show import console, turn_view
from daemon.config import Config, Key
from daemon.service import serve
from daemon.soundcard import open_microphone
from memory.records import Turn
from memory.store import Store

_QUESTION = "demo.wav"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument(
        "--input",
        type=Path,
        metavar="FILE.wav",
        help="your own question instead of the recorded one",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("auricle-demo.wav"),
        metavar="FILE.wav",
        help="where the spoken answer goes (default: auricle-demo.wav)",
    )


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """Play the question, print the turn, leave the answer as a WAV."""
    with resources.as_file(resources.files("daemon").joinpath("data", _QUESTION)) as recorded:
        turn = asyncio.run(_demonstrate(options.input or recorded, options.output, config))
    if turn is None:
        console.print("No words were understood in that recording.")
        return 1
    console.print(turn_view(turn))
    console.print(f"The answer, aligned with the question, is in {options.output}")
    return 0


async def _demonstrate(question: Path, output: Path, config: Config) -> Turn | None:
    before = await _last()
    source = open_microphone(question, config.settings.audio)
    console.print(f"Loading models, then playing {question.name} at the pace it was spoken ...")
    await serve(assembly.workshop(config), source, output, once=False)
    after = await _last()
    return after if after != before else None


async def _last() -> Turn | None:
    async with Store.open(paths.store()) as store:
        turns = await store.journal.last(1)
    return turns[0] if turns else None
