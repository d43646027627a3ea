"""`auricle say`: the mouth alone."""

import argparse
import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from audio.loudspeaker import Loudspeaker
from audio.playback import WavSpeaker
from audio.ports import Speaker
from audio.timeline import Timeline
from daemon import assembly
from daemon.clauses import Clauses
from daemon.config import Config, Key
from daemon.errors import UsageError
from daemon.mouth import Mouth


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument("text", help="what to say")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE.wav", help="instead of aloud")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """Speak."""
    if not options.text.strip():
        raise UsageError("there is nothing to say")
    asyncio.run(_say(options.text, options.output, config))
    return 0
