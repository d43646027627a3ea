"""What is left of a long conversation: what people told, word for word, and what they asked.

Extracted, not written by the model: a model small enough for this machine invents a part of every
summary, and what it invents here would be told as what was said.
"""

from collections.abc import Callable, Sequence

from daemon.prompt import shortened
from daemon.speech_acts import is_statement
from memory.records import Turn

_TOLD, _ASKED = "You told me: ", "You asked: "
_REMARK_TOKENS = 40
"""What is kept of one remark: a monologue must not crowd out the others."""


def summarise(before: str, turns: Sequence[Turn], budget: int, count: Callable[[str], int]) -> str:
    """One line per remark, oldest first. Old questions go first, what was told goes last.

    Args:
        before: an earlier summary of the same session, "" when there is none.
        turns: what is to be added, oldest first.
        budget: tokens that the whole may have.
        count: tokens of a text.
    """
    lines = before.splitlines()
    for turn in turns:
        kind = _TOLD if is_statement(turn.asked) else _ASKED
        lines.append(kind + shortened(turn.asked, _REMARK_TOKENS, count))
    costs = {line: count(line) for line in lines}
    while lines and sum(costs[line] for line in lines) > budget:
        questions = [line for line in lines if line.startswith(_ASKED)]
        lines.remove(questions[0] if questions else lines[0])
    return "\n".join(lines)
