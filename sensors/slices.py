"""Long work in pieces, between which the loop may turn to what cannot wait: the ear, the mouth."""

from collections.abc import Generator, Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

SLICE: Final = 200
"""Things at a time: readings take some 30 microseconds each, a block of sound comes every 32 ms."""


def sliced(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in order, `SLICE` at a time."""
    return (items[start : start + SLICE] for start in range(0, len(items), SLICE))


def exhausted(work: Generator[None, None, R]) -> R:
    """What work with pauses comes to, without any."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: R = end.value
            return result
