"""What words on a command line may be, besides paths."""

import argparse


def text(word: str) -> str:
    """A text for people; bytes that are not UTF-8 arrive as lone surrogates and become U+FFFD."""
    return word.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def count(word: str) -> int:
    """A positive number of things.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not (word.isascii() and word.isdigit() and 0 < int(word) < 2**31):
        raise argparse.ArgumentTypeError(f"{word!r} is not a positive whole number")
    return int(word)
