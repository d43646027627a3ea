"""Whether what came of a recording was what it asked for, where somebody wrote that down."""

import re
from typing import Final

from daemon.bench.pairing import Answered

_WORD: Final = re.compile(r"[a-z0-9]+")


def rightly_heard(answered: Answered) -> bool:
    """Whether every word was understood as it was said; case and punctuation do not count."""
    return _words(str(answered.turn.get("asked", ""))) == _words(answered.item.text)


def right(answered: Answered) -> bool:
    """Whether the tool that was wanted did what was asked, or the answer holds what it must."""
    item, turn = answered.item, answered.turn
    if item.tool:
        return any(one["name"] == item.tool and one["ok"] for one in turn.get("tools", ()))
    return item.answer in str(turn.get("answered", "")).lower()


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("'", ""))
