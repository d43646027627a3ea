"""A person who watches in a terminal: what is being said, what was answered, a key to speak."""

import asyncio
import shutil
import sys

from daemon.controls import Controls
from daemon.hearing import Partial
from memory.records import Turn

_CLEAR = "\r\x1b[K"
"""Back to the beginning of the line, and nothing behind it (ECMA-48, EL)."""


class Terminal:
    """An `Onlooker` on standard output. Return, pressed, counts as a wake word."""

    def attach(self, controls: Controls) -> None:
        """Listen for the key, if somebody can press it."""
        if not sys.stdin.isatty():
            return
        loop = asyncio.get_running_loop()

        def pressed() -> None:
            if sys.stdin.readline():
                controls.call()
            else:
                loop.remove_reader(sys.stdin)  # The terminal has gone.

        loop.add_reader(sys.stdin, pressed)
        print("Return speaks to it as a wake word does.", flush=True)

    def overheard(self, words: Partial) -> None:
        """Show the end of it, in the line that the finished words will take."""
        text = f"{words.stable} {words.unstable}".strip()
        room = max(10, shutil.get_terminal_size().columns - len(_YOU) - 5)
        print(f"{_CLEAR}{_YOU}{text[-room:]} ...", end="", flush=True)

    def finished(self, turn: Turn) -> None:
        """Show what became of it."""
        print(f"{_CLEAR}{_YOU}{turn.asked}\nauricle: {turn.heard}", flush=True)


_YOU = "    you: "
