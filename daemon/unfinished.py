"""Half a sentence: it is asked for its other half once, and the halves are one question."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from daemon.backchannel import is_stop
from daemon.speech_acts import is_dismissal
from models.ports import Transcript

_TOGETHER_S: Final = 12.0
"""Seconds after half a sentence in which what follows is taken for its other half."""

_GO_ON: Final[Mapping[str, str]] = {"en": "Go on."}
"""What is said to somebody who has stopped in the middle, by language."""


class Unfinished:
    """Remembers the first half. Belongs to the loop."""

    def __init__(
        self,
        is_half: Callable[[str], bool],
        language: str = "en",
        *,
        follows: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Remember nothing yet.

        Args:
            is_half: whether words want to be gone on with.
            follows: whether words are a whole sentence of the grammar.
            language: in which is spoken; in one without a nudge nobody is nudged.
        """
        self._is_half = is_half
        self._follows = follows
        self._nudge = _GO_ON.get(language)
        self._half = ""
        self._until = 0.0

    def joined(self, transcript: Transcript) -> Transcript:
        """What was heard, behind the half that waits for it. Nothing is changed by asking.

        Whoever says something else instead, or wants nothing any more, is taken at their word.
        """
        text = transcript.text
        if not text or not self._waits() or is_stop(text) or is_dismissal(text):
            return transcript
        whole = f"{self._half} {text}"
        if self._follows(text) and not self._follows(whole):
            return transcript
        return replace(transcript, text=whole, others=())

    def answer(self, asked: str) -> str | None:
        """What to say to the words of a turn: a nudge, once, to half a sentence; else None."""
        nudged = self._waits()
        self._half = ""
        if self._nudge is None or nudged or not self._is_half(asked):
            return None
        self._half = asked.rstrip(" .,;:-\u2026")
        self._until = _now() + _TOGETHER_S
        return self._nudge

    def _waits(self) -> bool:
        return bool(self._half) and _now() <= self._until


def _now() -> float:
    return asyncio.get_running_loop().time()
