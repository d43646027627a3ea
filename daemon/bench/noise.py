"""What reaches the mind when nobody speaks: noises and music through the daemon's ear.

Nothing waits for real time: each recording goes frame after frame through the detector, and what
that takes for speech through the transcriber, which knows the names of a home. Each is heard as it
was recorded, 20 dB quieter, 20 dB louder and clipped, and with a gain of zero. A text that comes
out would have been answered. What is sung is told apart, by "sung" in its folder's name: to a
detector of voices it is speech.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from audio.detector import Detector
from audio.endpointer import Endpointer
from audio.frames import FRAME, RATE, AudioFrame, Pcm, SpeechGrew, Utterance
from audio.gate import Gate
from audio.silero import Silero
from daemon.bench.bench import Bench, Figures
from daemon.bench.material import BUNDLED, Item, chosen
from daemon.bench.playing import load
from models.ports import Transcriber
from models.whisper import WhisperEar

LEVELS: Final[Mapping[str, float]] = {
    "as recorded": 1.0,
    "20 dB quieter": 0.1,
    "clipped": 10.0,
    "gain of zero": 0.0,
}
"""Factors of the amplitude."""

_AROUND: Final = np.zeros(RATE, np.int16)
"""Silence around each recording: 1 s, in which what was heard last comes to its end."""

_SKETCHED: Final = 4
"""Of so many sketches that the daemon could make, one is made."""

_ENOUGH_MIN: Final = 30.0
"""Minutes of noise and music that are worth a verdict."""

_QUICK: Final = 3
"""Recordings that show that it works."""

_SUNG: Final = "sung"


@dataclass(slots=True)
class Tally:
    """What was made of some sound.

    Attributes:
        seconds: of it.
        utterances: that the detector took for speech.
        texts: that came out as words.
        refused: utterances that did not, by the reason; "" where nothing was written.
        sketches: that were made while an utterance went on.
        shown: those of them that would have shown words.
    """

    seconds: float = 0.0
    utterances: int = 0
    texts: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    sketches: int = 0
    shown: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Both."""
        return Tally(
            self.seconds + other.seconds,
            self.utterances + other.utterances,
            [*self.texts, *other.texts],
            self.refused + other.refused,
            self.sketches + other.sketches,
            self.shown + other.shown,
        )

    def figures(self) -> Figures:
        """As JSON."""
        hours = self.seconds / 3600
        return {
            "minutes": round(self.seconds / 60, 1),
            "utterances": self.utterances,
            "texts": len(self.texts),
            "texts_per_hour": round(len(self.texts) / hours, 2) if hours else None,
            "refused": dict(self.refused),
            "sketches": self.sketches,
            "sketches_with_words": self.shown,
        }


class Listener:
    """The way from sound to words, as the daemon has it."""

    def __init__(self, detector: Detector, ear: Transcriber, names: Sequence[str]) -> None:
        """Join the parts; `names` are those of a home."""
        self._detector = detector
        self._ear = ear
        self._names = names

    async def hear(self, pcm: Pcm) -> Tally:
        """Listen to a recording with silence around it, mono int16 at RATE."""
        tally = Tally(len(pcm) / RATE)
        growths = 0
        for event in self._events(np.concatenate((_AROUND, pcm, _AROUND))):
            if isinstance(event, SpeechGrew):
                growths += 1
                if growths % _SKETCHED == 1:
                    sketch = await self._ear.sketch(event.utterance, self._names)
                    tally.sketches += 1
                    tally.shown += bool(sketch.text)
            elif isinstance(event, Utterance):
                growths = 0
                await self._transcribe(event, tally)
        return tally

    def _events(self, sound: Pcm) -> Iterator[object]:
        self._detector.reset()
        for start in range(0, len(sound) - FRAME + 1, FRAME):
            yield from self._detector.hear(AudioFrame(sound[start : start + FRAME], start))

    async def _transcribe(self, utterance: Utterance, tally: Tally) -> None:
        transcript = await self._ear.transcribe(utterance, self._names)
        tally.utterances += 1
        if transcript.text:
            tally.texts.append(transcript.text)
        else:
            tally.refused[transcript.rejected] += 1


def measure(bench: Bench) -> Figures:
    """Make noise."""
    return asyncio.run(_measured(bench))


async def _measured(bench: Bench) -> Figures:
    items = [item for item in bench.items if item.kind == "noise"]
    items = chosen(items, _QUICK) if bench.quick else items
    shop = bench.shop
    ear = await WhisperEar.load(await shop.folder("ear"), threads=shop.plan.ear_threads)
    try:
        silero = Silero(await shop.weights("vad"))
        listener = Listener(Detector(Gate(), silero, Endpointer()), ear, _names())
        heard = [(item, await _at_all_levels(listener, bench.sound(item))) for item in items]
    finally:
        ear.close()
    return figures(heard)


async def _at_all_levels(listener: Listener, pcm: Pcm) -> dict[str, Tally]:
    return {name: await listener.hear(_scaled(pcm, gain)) for name, gain in LEVELS.items()}


def _scaled(pcm: Pcm, gain: float) -> Pcm:
    louder: Pcm = np.clip(pcm * np.float32(gain), -32768, 32767).astype(np.int16)
    return louder


def figures(heard: Sequence[tuple[Item, Mapping[str, Tally]]]) -> Figures:
    """What came of recordings at all levels, as JSON."""
    sung = [one for one in heard if _SUNG in one[0].source]
    plain = [one for one in heard if _SUNG not in one[0].source]
    levels = _by_level(plain)
    recorded = levels["as recorded"]
    enough = recorded["minutes"] >= _ENOUGH_MIN
    bar = {
        "name": "texts from noise and music as they were recorded",
        "bar": 0,
        "measured": recorded["texts"],
        "met": recorded["texts"] == 0 if enough else None,
    }
    sources = dict.fromkeys(item.source for item, _ in heard)
    return {
        "load": load(),
        "recordings": len(plain),
        "levels": levels,
        "sung": _by_level(sung) if sung else None,
        "sources": {
            source: _by_level([one for one in heard if one[0].source == source])
            for source in sources
        },
        "passed": [
            {"file": item.name, "level": level, "texts": tally.texts}
            for item, tallies in heard
            for level, tally in tallies.items()
            if tally.texts
        ],
        "bars": [bar],
    }


def _by_level(heard: Sequence[tuple[Item, Mapping[str, Tally]]]) -> dict[str, Figures]:
    return {
        level: sum((tallies[level] for _, tallies in heard), Tally()).figures() for level in LEVELS
    }


def _names() -> list[str]:
    """Rooms and devices of the home that answers the bench's commands."""
    told: list[dict[str, Any]] = json.loads((BUNDLED / "household.json").read_text("utf-8"))
    names = [one[key] for key in ("area", "name") for one in told if one.get(key)]
    return list(dict.fromkeys(names))
