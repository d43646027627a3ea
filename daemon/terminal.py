"""A person who watches in a terminal: what is being said, what was answered, a key to speak."""

import asyncio
import shutil
import sys
from collections.abc import Sequence

from daemon.controls import Controls
from daemon.hearing import Partial
from memory.records import Turn

_CLEAR = "\r\x1b[K"
"""Back to the beginning of the line, and nothing behind it (ECMA-48, EL)."""


class Terminal:
    """An `Onlooker` on standard output. Return, pressed, counts as a wake word.

    Args:
        phrases: names of wake words that must be said first, e.g. "okay_nabu"; none if none must.
    """

    def __init__(self, phrases: Sequence[str] = ()) -> None:
        self._phrases = [f'"{phrase.replace("_", " ")}"' for phrase in phrases]

    def attach(self, controls: Controls) -> None:
        """Say how to speak to it, and listen for the key, if somebody can press it."""
        if self._phrases:
            print(f"Say {' or '.join(self._phrases)}, and then what you want.", flush=True)
        if not sys.stdin.isatty():
            return
        loop = asyncio.get_running_loop()

        def pressed() -> None:
            if sys.stdin.readline():
                controls.call()
            else:
                loop.remove_reader(sys.stdin)  # The terminal has gone.

        loop.add_reader(sys.stdin, pressed)
        print("Or press Return, and speak.", flush=True)

    def overheard(self, words: Partial) -> None:
        """Show the end of it, in the line that the finished words will take."""
        text = " ".join(f"{words.stable} {words.unstable}".split())
        room = max(10, shutil.get_terminal_size().columns - len(_YOU) - 5)
        print(f"{_CLEAR}{_YOU}{text[-room:]} ...", end="", flush=True)

    def finished(self, turn: Turn) -> None:
        """Show what became of it."""
        print(f"{_CLEAR}{_YOU}{turn.asked}\nauricle: {turn.heard}", flush=True)


_YOU = "    you: "
