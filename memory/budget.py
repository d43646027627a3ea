"""What fits into a prompt: passages and history within a number of tokens."""

from collections.abc import Callable, Sequence

from memory.records import Passage, Turn

Count = Callable[[str], int]
"""Tokens of a text; `LanguageModel.count`."""


def fit_passages(passages: Sequence[Passage], budget: int, count: Count) -> list[Passage]:
    """Take passages, best first, as long as they fit.

    One that is too long is left out without keeping out shorter ones behind it.

    Args:
        passages: best first.
        budget: tokens.
        count: tokens of a text.
    """
    taken = []
    for passage in passages:
        cost = count(passage.text)
        if cost <= budget:
            taken.append(passage)
            budget -= cost
    return taken


def split_history(
    turns: Sequence[Turn], budget: int, keep: int, count: Count
) -> tuple[list[Turn], list[Turn]]:
    """Split a history into turns to be summarised and turns to be told word for word.

    Nothing is cut off until the whole is over `budget`; then as much is cut off as brings the
    rest down to `keep`. Cutting rarely and much, rather than one turn every time, keeps the
    start of the prompt the same from turn to turn, and with it the language model's cache.

    Args:
        turns: oldest first.
        budget: tokens that the history may have.
        keep: tokens that are left after a cut, well below `budget`.
        count: tokens of a text.
    """
    costs = [count(turn.asked) + count(turn.heard) for turn in turns]
    total = sum(costs)
    if total <= budget:
        return [], list(turns)
    cut = 0
    while total > keep:
        total -= costs[cut]
        cut += 1
    return list(turns[:cut]), list(turns[cut:])
