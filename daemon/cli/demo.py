"""`auricle demo`: a recorded question through the whole real path, without any hardware."""

import argparse
import asyncio
import os
import time
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

from daemon import assembly, paths
from daemon.cli.show import console, turn_view
from daemon.config import Config, Key
from daemon.service import serve
from daemon.soundcard import check_output, open_microphone
from memory.records import Turn
from memory.store import Store
from sensors.events import Reading

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
    """The demonstration needs no broker; it brings its own sensor reading."""
    return {("mqtt", "enabled"): False}


def run(options: argparse.Namespace, config: Config) -> int:
    """Play the question, print the turn, leave the answer as a WAV."""
    with (
        resources.as_file(resources.files("daemon").joinpath("data", _QUESTION)) as recorded,
        TemporaryDirectory(prefix="auricle-demo-") as state,
    ):
        # A memory of its own: a demonstration must not leave anything behind in the owner's.
        os.environ["STATE_DIRECTORY"] = state
        turn = asyncio.run(_demonstrate(options.input or recorded, options.output, config))
    if turn is None:
        console.print("No words were understood in that recording.")
        return 1
    console.print(turn_view(turn))
    console.print(f"The answer is in {options.output}, aligned with the question.")
    return 0


async def _demonstrate(question: Path, output: Path, config: Config) -> Turn | None:
    source = open_microphone(question, config.settings.audio)
    check_output(output, config.settings.audio, source)
    reading = Reading(
        "EcoBee/temperature", "EcoBee", "temperature", 21.5, "°C", time.time(), "demo"
    )
    async with Store.open(paths.store()) as store:
        await store.house.save([reading])
    console.print(f"Suppose that a sensor has just said: EcoBee, temperature {reading.value} °C.")
    console.print(f"Loading models; then {question.name} is played at the pace it was spoken ...\n")
    await serve(assembly.workshop(config), source, output)
    async with Store.open(paths.store()) as store:
        turns = await store.journal.last(1)
    return turns[0] if turns else None
