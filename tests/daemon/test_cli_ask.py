"""`auricle ask`, where it asks back at a terminal."""

import asyncio
import os
import pty
from collections.abc import Iterator
from typing import TextIO

import pytest

from daemon.cli.ask import typed_line


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """What somebody types into, and what it comes out of."""
    keyboard, screen = pty.openpty()
    with os.fdopen(screen) as stdin:
        yield keyboard, stdin
    os.close(keyboard)


@pytest.mark.parametrize(("keys", "line"), [(b"yes\n", "yes"), (b"\n", ""), (b"\x04", "")])
def test_a_typed_line_is_taken_and_nothing_ends_it(
    terminal: tuple[int, TextIO], keys: bytes, line: str
) -> None:
    keyboard, stdin = terminal
    os.write(keyboard, keys)
    assert asyncio.run(typed_line(stdin)) == line


def test_whoever_types_nothing_can_leave(terminal: tuple[int, TextIO]) -> None:
    async def leave() -> None:
        async with asyncio.timeout(0.05):
            await typed_line(terminal[1])

    with pytest.raises(TimeoutError):
        asyncio.run(leave())
