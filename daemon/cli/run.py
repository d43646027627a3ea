"""`auricle run`: the daemon."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import cast

from daemon import assembly
from daemon.config import Config, Key
from daemon.listening import check, mode
from daemon.service import serve
from daemon.soundcard import Input, Output, Source, check_output, open_microphone
from daemon.terminal import Terminal


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument(
        "--input",
        default="mic",
        metavar="mic|FILE.wav",
        help="listen to the microphone (default) or to a recording at the pace it was spoken",
    )
    parser.add_argument(
        "--output",
        default="speaker",
        metavar="speaker|FILE.wav|null",
        help="speak aloud (default), into a file aligned with the input, or not at all",
    )
    parser.add_argument(
        "--wake",
        action="store_true",
        help="a recording must wake us, too, as its words would in a room",
    )
    parser.add_argument("--once", action="store_true", help="leave after the first answer")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """Serve until the recording is over or a signal comes."""
    try:
        asyncio.run(_run(options, config))
    except asyncio.CancelledError:
        # A signal said stop, and everything has been closed in order.
        return 0
    return 0


async def _run(options: argparse.Namespace, config: Config) -> None:
    check(config.settings.listening)
    source = open_microphone(_named(options.input, "mic"), config.settings.audio)
    output = cast("Output", _named(options.output, "speaker", "null"))
    check_output(output, config.settings.audio, source)
    # On a terminal somebody looks on; anywhere else what people say is not written down.
    onlooker = _terminal(source, config, wake=options.wake) if sys.stdout.isatty() else None
    shop, wake = assembly.workshop(config), options.wake
    await serve(shop, source, output, once=options.once, wake=wake, onlooker=onlooker)


def _terminal(source: Source, config: Config, *, wake: bool) -> Terminal:
    heard = config.settings.listening
    waits = mode(heard, source, wake=wake) == "wake"
    return Terminal([one.phrase for one in heard.wake] if waits else [])


def _named(text: str, *names: str) -> Input:
    """One of the names, otherwise a path."""
    return cast("Input", text) if text in names else Path(text)
