"""Where a spoken answer ends, whatever pieces it comes in."""

from collections.abc import Generator, Iterable
from typing import Final

_STOPS: Final = ("\n\n", "```", "<|im_")
"""Text at which a spoken answer is over: a second paragraph, code, or the template leaking."""


def until_stop(pieces: Iterable[str]) -> Generator[str, None, None]:
    """Pass pieces on up to the first stop text, which may be spread over several pieces."""
    held = ""
    for piece in pieces:
        held += piece
        cut = min((at for stop in _STOPS if (at := held.find(stop)) >= 0), default=-1)
        if cut >= 0:
            yield held[:cut]
            return
        keep = max((_overlap(held, stop) for stop in _STOPS), default=0)
        if ready := held[: len(held) - keep]:
            yield ready
        held = held[len(held) - keep :]
    if held:
        yield held


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that begins `stop`."""
    return next((n for n in range(min(len(text), len(stop)), 0, -1) if text.endswith(stop[:n])), 0)
