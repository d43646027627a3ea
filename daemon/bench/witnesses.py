"""The daemon's engines, asked about one pause after the other."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

import numpy as np
from faster_whisper import WhisperModel

from audio.frames import RATE, Pcm, Utterance
from audio.silero import Silero
from audio.smart_turn import SmartTurn
from daemon.bench.bench import Bench
from daemon.bench.material import BUNDLED
from daemon.bench.pauses import Word
from daemon.intents.intent import Unsure
from daemon.intents.names import Home
from daemon.intents.recogniser import Recogniser
from daemon.intents.vocabulary import vocabulary
from models.whisper import WhisperEar
from sensors.areas import Area
from sensors.entities import Entity

_LANGUAGE: Final = "en"

_AREA: Final = "Kitchen"
"""Where it is spoken."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of the words before a pause.

    Attributes:
        words: transcript.
        probability: of completeness, by the sound.
        understood: whether the grammar understands the words.
        decode_ms: milliseconds that the transcript took.
        judge_ms: milliseconds that the judgement took.
    """

    words: str
    probability: float
    understood: bool
    decode_ms: float
    judge_ms: float


@dataclass(slots=True)
class Witnesses:
    """Remembers what it was asked: pauses of different length follow the same words.

    Attributes:
        silero: judges windows.
        judge: of turns.
        ear: writes down.
        aligner: the same model, for the places of words.
        recogniser: of the home that answers the bench's commands.
        names: of that home.
    """

    silero: Silero
    judge: SmartTurn
    ear: WhisperEar
    aligner: WhisperModel
    recogniser: Recogniser
    names: Sequence[str]
    _heard: dict[bytes, Told] = field(default_factory=dict)

    @classmethod
    async def load(cls, bench: Bench) -> Self:
        """Load the engines as the daemon would.

        Raises:
            ModelError: one is missing; says which command brings it.
        """
        shop = bench.shop
        folder = await shop.folder("ear")
        threads = shop.plan.ear_threads
        home = _home()
        return cls(
            Silero(await shop.weights("vad")),
            SmartTurn(await shop.weights("turn")),
            await WhisperEar.load(folder, threads=threads, language=_LANGUAGE),
            WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads),
            Recogniser(home, _LANGUAGE),
            vocabulary(home),
        )

    def close(self) -> None:
        """End the ear's thread."""
        self.ear.close()

    def words(self, pcm: Pcm) -> list[Word]:
        """The words of a whole recording, by the ear's own alignment."""
        segments, _ = self.aligner.transcribe(
            pcm.astype(np.float32) / 32768,
            language=_LANGUAGE,
            beam_size=1,
            word_timestamps=True,
        )
        return [
            Word(word.word, round(word.start * RATE), round(word.end * RATE))
            for segment in segments
            for word in segment.words
        ]

    async def ask(self, utterance: Utterance) -> Told:
        """What is known of an utterance; the same sound is asked about once."""
        key = sha256(utterance.pcm.tobytes()).digest()
        if key not in self._heard:
            self._heard[key] = await self._asked(utterance)
        return self._heard[key]

    async def _asked(self, utterance: Utterance) -> Told:
        begun = time.perf_counter()
        heard = await self.ear.transcribe(utterance, self.names)
        decoded = time.perf_counter()
        probability = await asyncio.to_thread(self.judge.probability, utterance.pcm)
        judged = time.perf_counter()
        meant = self.recogniser.recognise(heard.text, area=_AREA) if heard.text else None
        return Told(
            words=heard.text,
            probability=probability,
            understood=meant is not None and not isinstance(meant, Unsure),
            decode_ms=1000 * (decoded - begun),
            judge_ms=1000 * (judged - decoded),
        )


def _home() -> Home:
    """The home that answers the bench's commands."""
    told = json.loads((BUNDLED / "household.json").read_text(encoding="utf-8"))
    entities = [
        Entity(
            f"{one['domain']}.{one['name'].lower().replace(' ', '_')}",
            one["name"],
            one["domain"],
            area=one.get("area", ""),
        )
        for one in told
    ]
    areas = dict.fromkeys(entity.area for entity in entities if entity.area)
    return Home(entities, [Area(name) for name in areas])
