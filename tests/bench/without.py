"""The daemon with one technique switched off, so that its gain can be measured.

    python -m tests.bench.without TECHNIQUE COMMAND ...

Runs `auricle COMMAND ...` in this process after taking one part away: `scripts/bench ablation`
plays the same recordings to each of them. None of these switches exists in the product.
"""

import sys
from collections.abc import Callable
from typing import Any

from audio.frames import SpeechGrew, SpeechPaused
from daemon import __main__ as auricle
from daemon import listening
from daemon.ahead import Ahead
from daemon.conversation import Conversation
from daemon.hearing import Hearing
from daemon.judging import Judging
from daemon.turn import Turns
from models.phrase_cache import PhraseCache


def _patch(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)


def _nothing() -> None:
    """Everything as it is."""


def _speculation() -> None:
    def ahead(self: Turns, asked: str, session: str, prepare: Any) -> Ahead | None:
        return None

    _patch(Turns, "ahead", ahead)


def _reading_ahead() -> None:
    async def unread(self: Conversation, utterance: Any, begun: str) -> None:
        return

    _patch(Conversation, "_read_ahead", unread)


def _sketches() -> None:
    _ignore(SpeechGrew)


def _early_decode() -> None:
    """Words only once the end is certain: then a pause is weighed by its sound alone."""
    begin = Hearing.begin

    def late(self: Hearing, utterance: Any, ahead: Any = None) -> None:
        if ahead is None:
            begin(self, utterance)

    _patch(Hearing, "begin", late)
    _ignore(SpeechPaused)
    _fixed_silence(700.0)


def _smart_turn() -> None:
    async def nobody(self: Judging, utterance: Any) -> float | None:
        return None

    _patch(Judging, "probability", nobody)


def _meaning() -> None:
    """A pause of 700 ms is the end, whatever was said."""
    _patch(listening, "patience", lambda _, __: lambda ___, ____: 700.0)


def _phrases() -> None:
    async def unprepared(self: PhraseCache, clause: str) -> None:
        return

    _patch(PhraseCache, "prepare", unprepared)
    _patch(PhraseCache, "_found", lambda _, __: None)


def _ignore(kind: type) -> None:
    on = Conversation._on

    async def deaf_to(self: Conversation, event: Any, ear: Any, group: Any) -> None:
        if not isinstance(event, kind):
            await on(self, event, ear, group)

    _patch(Conversation, "_on", deaf_to)


def _fixed_silence(milliseconds: float) -> None:
    _patch(listening, "_UNSETTLED_MS", milliseconds)


TECHNIQUES: dict[str, Callable[[], None]] = {
    "nothing": _nothing,
    "speculation": _speculation,
    "sketches": _sketches,
    "reading-ahead": _reading_ahead,
    "early-decode": _early_decode,
    "smart-turn": _smart_turn,
    "meaning": _meaning,
    "phrases": _phrases,
}

if __name__ == "__main__":
    TECHNIQUES[sys.argv[1]]()
    sys.exit(auricle.main(sys.argv[2:]))
