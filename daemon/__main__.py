"""Entry point of `auricle` and of `python -m daemon`: arguments in, exit code out."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Protocol, cast

# Before anything loads numpy: a spectrogram is a millisecond of work, and OpenBLAS's threads spin
# for the cores that the networks need (measured: 1 ms with one thread, 4 to 44 ms with two).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from daemon import config
from daemon.config import Config, ConfigError
from daemon.errors import EXPECTED, UsageError, cause
from daemon.logs import set_up

OK, FAILED, USAGE, BAD_CONFIG, INTERRUPTED = 0, 1, 2, 78, 130
"""Exit codes; 78 is EX_CONFIG of sysexits.h."""

COMMANDS = {
    "run": "listen and answer: the daemon",
    "ask": "ask one question in writing",
    "demo": "play a recorded question through everything and show where the time went",
    "transcribe": "what the ear makes of recordings",
    "say": "speak a text",
    "turns": "what was heard and said, and where the time went",
    "home": "what the sensors say",
    "timers": "timers, alarms and reminders",
    "memory": "search, list and explain what is remembered",
    "audit": "what was asked of the tools, and whether that record is whole",
    "models": "list, pull and verify model weights",
    "doctor": "check this machine and this installation",
    "config": "every setting, its value and where it came from",
    "bench": "measure waits, interruptions and errors on this machine, and a plain pipeline beside",
}


class Command(Protocol):
    """A module of `daemon.cli`."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare options."""

    def flags(self, options: argparse.Namespace) -> dict[config.Key, object]:
        """Options that override settings."""

    def run(self, options: argparse.Namespace, config: Config) -> int:
        """Do it; returns the exit code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options, command = _parse(words)
    try:
        settings = config.load(options.config, flags=command.flags(options))
        set_up(settings.settings.log.level, settings.settings.log.format)
        code = command.run(options, settings)
        # Otherwise a reader who has left is noticed only after the last word here.
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output (head, less) has left; nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:  # noqa: BLE001 - process border: known errors end in one line
        return _exit_code(cause(error))
    return code


def _exit_code(error: BaseException) -> int:
    """Tell a person what went wrong; a defect keeps its traceback."""
    for kind, code in ((ConfigError, BAD_CONFIG), (UsageError, USAGE), (EXPECTED, FAILED)):
        if isinstance(error, kind):
            print(f"auricle: {error}", file=sys.stderr)
            return code
    raise error


def _parse(words: list[str]) -> tuple[argparse.Namespace, Command]:
    parser = argparse.ArgumentParser(
        prog="auricle", description=metadata.metadata("auricle")["Summary"]
    )
    parser.add_argument("--version", action="version", version=metadata.version("auricle"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    called = next((word for word in words if not word.startswith("-")), "")
    chosen: Command | None = None
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary)
        sub.add_argument("--config", type=Path, metavar="F", help="read F instead of /etc/auricle")
        if name == called:
            chosen = cast("Command", import_module(f"daemon.cli.{name}"))
            chosen.arguments(sub)
    options = parser.parse_args(words)
    return options, cast("Command", chosen)


if __name__ == "__main__":
    sys.exit(main())
