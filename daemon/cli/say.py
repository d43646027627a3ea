"""`auricle say`: the mouth alone."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from daemon import assembly
from daemon.clauses import Clauses
from daemon.cli.words import text
from daemon.config import Config, Key
from daemon.errors import UsageError
from daemon.mouth import Mouth
from daemon.soundcard import Output, check_output, open_speaker
from models.spoken import Spoken


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument("text", type=text, help="what to say")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.wav", help="instead of aloud")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """Speak."""
    if not Spoken()(options.text):
        raise UsageError("there is nothing to pronounce")
    output: Output = options.output or "speaker"
    check_output(output, config.settings.audio)
    asyncio.run(_say(options.text, output, config))
    return 0


async def _say(words: str, output: Output, config: Config) -> None:
    async with (
        assembly.mouth(assembly.workshop(config)) as voice,
        open_speaker(output, voice.rate, config.settings.audio) as speaker,
    ):
        await Mouth(voice, speaker).speak(_clauses(words))


async def _clauses(words: str) -> AsyncIterator[str]:
    cut = Clauses()
    for clause in [*cut.feed(words), *cut.finish()]:
        yield clause
