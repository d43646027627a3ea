"""Of the ways in which something was heard, the one that means something."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from audio.frames import Utterance
from daemon.intents.intent import Intent
from daemon.intents.recogniser import Recogniser
from models.ports import Enough, Transcriber, Transcript


class Doubting(Transcriber, Protocol):
    """An ear that looks closer at what it is not certain of, and asks first whether it should."""

    async def transcribe(
        self, utterance: Utterance, vocabulary: Sequence[str], *, enough: Enough = ...
    ) -> Transcript:
        """Transcribe; `enough` tells which words need no closer look, on any thread."""


class Rescoring:
    """A Transcriber that knows what can be said to the house.

    It prefers words that are understood to words that are a little likelier and mean nothing:
    "Which doors are locked?" to "Which stores are locked?"
    """

    def __init__(self, transcriber: Doubting, recogniser: Recogniser, area: str) -> None:
        """Join an ear and what it may hear.

        Args:
            transcriber: tells what else it may have been.
            recogniser: understands sentences.
            area: where this computer stands, "" when nobody said.
        """
        self._transcriber = transcriber
        self._recogniser = recogniser
        self._area = area

    async def transcribe(self, utterance: Utterance, vocabulary: Sequence[str]) -> Transcript:
        """Transcribe as the ear does, and choose; what is understood needs no closer look.

        Raises:
            EngineFailed: the ear gave up.
        """
        heard = await self._transcriber.transcribe(utterance, vocabulary, enough=self._understood)
        if not heard.others or not heard.text:
            return heard
        text = self._recogniser.likeliest((heard.text, *heard.others), area=self._area)
        return replace(heard, text=text)

    async def sketch(self, utterance: Utterance, vocabulary: Sequence[str]) -> Transcript:
        """Sketch as the ear does: half a sentence means nothing yet.

        Raises:
            EngineFailed: the ear gave up.
        """
        return await self._transcriber.sketch(utterance, vocabulary)

    def _understood(self, text: str, confidence: float) -> bool:
        """Whether it means something word by word, and would be done without asking.

        Of 54 commands with such words none was heard better at a closer look, and one worse.
        """
        meant = self._recogniser.recognise(text, area=self._area, confidence=confidence)
        parts = meant if isinstance(meant, tuple) else (meant,)
        return all(isinstance(one, Intent) and one.score == 1.0 for one in parts)
