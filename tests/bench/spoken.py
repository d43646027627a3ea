"""Spoken commands from sound to what would be done: `scripts/bench spoken`.

    python -m tests.bench.spoken --eval DIR --models DIR --cache DIR [--only ha|room|oov]

Sound goes through the daemon's own detector and ear, which is given the names of the house in
which it is said, and what comes of it through the fast path.

ha      Home Assistant's test sentences, spoken by Piper, with silence around them
room    recorded commands of one home, in a room
oov     what must cause nothing in that home: other speech, foreign speech, noises

right          intent and slots are equal to the label's; names and texts without regard to case
wrong action   an effecting intent that is not the right one, or is it with other slots
asked          it is asked back; counts as neither

Made speech differs from one synthesis to the next; --cache keeps it.
"""

import argparse
import asyncio
import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from audio.detector import Detector
from audio.endpointer import Endpointer
from audio.frames import FRAME, RATE, AudioFrame, Pcm, Utterance
from audio.gate import Gate
from audio.resampling import Resampler, to_floats, to_int16
from audio.silero import Silero
from audio.wav import read_wav
from audio.wav_writer import WavWriter
from daemon.intents.intent import Understood, Unsure
from daemon.intents.recogniser import Recogniser
from daemon.intents.rescoring import Rescoring
from daemon.intents.vocabulary import vocabulary
from models import hardware
from models.piper import PiperMouth
from models.plan import plan
from models.providers import Sessions
from models.whisper import WhisperEar
from tests.bench.ear_vad import decoded
from tests.bench.intents import House, acts, brief, is_right
from tests.bench.scoring import errors, milliseconds, plain, word_error_rate

LEAD_S, TRAIL_S = 0.3, 1.0
"""Silence around made speech."""

ROOM: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "activate Mood Lighting": ("HassTurnOn", {"name": "Mood Lighting", "domain": "scene"}),
    "add apples to my Shopping List": (
        "HassListAddItem", {"name": "Shopping List", "item": "apples"},
    ),
    "cancel all timers": ("HassCancelAllTimers", {}),
    "is the Front Door locked": (
        "HassGetState", {"name": "Front Door", "domain": "lock", "state": "locked"},
    ),
    "lock the Front Door": ("HassTurnOn", {"name": "Front Door"}),
    "nevermind": ("HassNevermind", {}),
    "resume timer": ("HassUnpauseTimer", {}),
    "resume": ("HassMediaUnpause", {"area": "Kitchen"}),
    "run Party Time": ("HassTurnOn", {"name": "Party Time", "domain": "script"}),
    "set Kitchen lights to green": ("HassLightSet", {"area": "Kitchen", "color": "green"}),
    "set a timer for 5 minutes": ("HassStartTimer", {"minutes": 5}),
    "turn on Standing Light": ("HassTurnOn", {"name": "Standing Light"}),
    "what's the temperature of the EcoBee": ("HassClimateGetTemperature", {"name": "EcoBee"}),
    "what's the weather like in New York": ("HassGetWeather", {"name": "New York"}),
    "what's the weather": ("HassGetWeather", {}),
}  # fmt: skip
"""What the recorded commands ask for."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was heard of one sound and what it was taken for."""

    name: str
    texts: Sequence[str]
    confidence: float
    meant: Sequence[Understood | None]
    seconds: float
    utterances: int

    @property
    def acts(self) -> bool:
        return any(map(acts, self.meant))

    @property
    def asks(self) -> bool:
        return any(isinstance(one, Unsure) for one in self.meant)


@dataclass(slots=True)
class Result:
    """Tells how many of a set were right."""

    count: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, wanted: str, said: Said, item: Mapping[str, Any]) -> None:
        """Judge one command."""
        text = " ".join(said.texts)
        right = any(is_right(one, item) for one in said.meant)
        wrong = any(acts(one) and not is_right(one, item) for one in said.meant)
        kind = "wrong" if wrong else "right" if right else "asked" if said.asks else "missed"
        self.count[kind] += 1
        self.count["split"] += said.utterances > 1
        self.count["misheard"] += bool(errors(plain(wanted), plain(text)))
        self.pairs.append((wanted, text))
        self.seconds.append(said.seconds)
        if kind != "right":
            meant = " / ".join(map(brief, said.meant)) or "nothing"
            line = f"{wanted!r} heard {text!r} ({said.confidence:.2f}) -> {meant}"
            {"wrong": self.wrong, "asked": self.asked, "missed": self.missed}[kind].append(line)

    def report(self) -> dict[str, Any]:
        """Percentages, and everything that was not right."""
        total = len(self.pairs)
        percent = {
            f"{kind}_percent": round(100 * self.count[kind] / total, 2)
            for kind in ("right", "wrong", "asked", "missed")
        }
        return {
            "sentences": total,
            **percent,
            "word_error_rate": word_error_rate(self.pairs),
            "misheard": self.count["misheard"],
            "in_several_utterances": self.count["split"],
            "transcribe_ms": milliseconds(self.seconds),
            "wrong_actions": self.wrong,
            "asked": self.asked,
            "missed": self.missed,
            "load": os.getloadavg(),
        }


class Listener:
    """The daemon's way from sound to what is meant."""

    def __init__(self, silero: Path, ear: WhisperEar) -> None:
        self._judge = Silero(silero)
        self._ear = ear

    def utterances(self, pcm: Pcm) -> Iterator[Utterance]:
        """The utterances of a sound that is followed by silence."""
        detector = Detector(Gate(), self._judge, Endpointer())
        sound = np.concatenate((pcm, np.zeros(int(TRAIL_S * RATE), np.int16)))
        for start in range(0, len(sound) - FRAME + 1, FRAME):
            for event in detector.hear(AudioFrame(sound[start : start + FRAME], start)):
                if isinstance(event, Utterance):
                    yield event

    async def hear(
        self, name: str, pcm: Pcm, names: Sequence[str], ears: Recogniser, area: str
    ) -> Said:
        """What is heard in a house whose names are known, and what it means there."""
        texts, meant, confidence, seconds, count = [], [], 1.0, 0.0, 0
        ear = Rescoring(self._ear, ears, area)
        for utterance in self.utterances(pcm):
            count += 1
            began = time.perf_counter()
            transcript = await ear.transcribe(utterance, names)
            seconds += time.perf_counter() - began
            if transcript.text:
                texts.append(transcript.text)
                confidence = min(confidence, transcript.confidence)
                meant.append(
                    ears.recognise(transcript.text, area=area, confidence=transcript.confidence)
                )
        return Said(name, texts, confidence, meant, seconds, count)


async def spoken(mouth: PiperMouth, text: str, folder: Path) -> Pcm:
    """A sentence as Piper says it, at the ear's rate; made once."""
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.wav"
    if not path.is_file():
        pcm = np.concatenate([frame.pcm async for frame in mouth.say(text)])
        way = Resampler(mouth.rate, RATE)
        sound = np.concatenate((way.feed(to_floats(pcm)), way.finish()))
        writer = WavWriter(path.with_suffix(".part"), RATE)
        writer.write(to_int16(sound))
        writer.close()
        path.with_suffix(".part").rename(path)
    return np.concatenate((np.zeros(int(LEAD_S * RATE), np.int16), read_wav(path).pcm))


async def examined(
    folder: Path, listener: Listener, mouth: PiperMouth, cache: Path, every: int
) -> dict[str, Any]:
    """Home Assistant's own test sentences, spoken."""
    fixtures = yaml.safe_load((folder / "fixtures_en.yaml").read_text("utf-8"))
    lines = (folder / "tests_en_dev.jsonl").read_text("utf-8").splitlines()
    usual, ears, result = House(fixtures), Recogniser(), Result()
    for item in map(json.loads, lines[::every]):
        house = House(fixtures, item["entities"]) if item.get("entities") else usual
        ears.know(house.home)
        pcm = await spoken(mouth, item["sentence"], cache)
        area = (item["context"] or {}).get("area", "")
        names = vocabulary(house.home)
        said = await listener.hear(item["sentence"], pcm, names, ears, area)
        result.add(item["sentence"], said, item)
    return result.report()


async def recorded(folder: Path, listener: Listener, every: int) -> dict[str, Any]:
    """Commands that were recorded in a room."""
    house, result = small_house(folder), Result()
    ears, names = Recogniser(house.home), vocabulary(house.home)
    for path in sorted((folder / "en").glob("*.wav"))[::every]:
        said = await listener.hear(path.stem, decoded(path), names, ears, "Kitchen")
        intent, slots = ROOM[path.stem]
        result.add(path.stem, said, {"intent": intent, "slots": dict(slots)})
    return result.report()


def other_sounds(folder: Path) -> dict[str, list[Path]]:
    """Recordings by what they are."""
    recordings = folder / "speech_ohf_speech_to_phrase"
    return {
        "out of vocabulary": [*recordings.glob("*/oov_*.wav"), recordings / "background_noise.wav"],
        "French commands": [p for p in recordings.glob("fr/*.wav") if "oov" not in p.name],
        "noises": list(folder.glob("nonspeech_esc10/*/*.ogg")),
        "announcements": list(folder.glob("speech_asterisk_en_16k/**/*.flac")),
        "read aloud": list(folder.glob("speech_pocketsphinx_testdata/**/*.wav")),
    }


async def unrelated(folder: Path, listener: Listener, every: int) -> dict[str, Any]:
    """Sounds that are no command of the home: what is done all the same."""
    home = small_house(folder / "speech_ohf_speech_to_phrase").home
    ears, names = Recogniser(home), vocabulary(home)
    report: dict[str, Any] = {}
    for kind, paths in other_sounds(folder).items():
        heard = [
            await listener.hear(path.stem, decoded(path), names, ears, "Kitchen")
            for path in sorted(paths)[::every]
        ]
        report[kind] = {
            "sounds": len(heard),
            "with_words": sum(bool(one.texts) for one in heard),
            "acted_on": [told(one) for one in heard if one.acts],
            "asked": [told(one) for one in heard if one.asks],
            "answered": [
                told(one) for one in heard if any(one.meant) and not (one.acts or one.asks)
            ],
            "load": os.getloadavg(),
        }
    return report


def told(said: Said) -> str:
    meant = " / ".join(map(brief, said.meant))
    return f"{said.name}: {' / '.join(said.texts)} ({said.confidence:.2f}) -> {meant}"


def small_house(recordings: Path) -> House:
    fixtures = yaml.safe_load((recordings / "truth/fixtures_en.yaml").read_text("utf-8"))
    return House(fixtures["fixtures"])


async def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """The parts that are wanted."""
    chosen, only, folder = plan(hardware.probe()), arguments.only, arguments.eval
    models: Path = arguments.models
    voice = models / "piper-en-us-joe/en_US-joe-medium.onnx"
    ear = await WhisperEar.load(models / "whisper-base", threads=chosen.ear_threads)
    mouth = await PiperMouth.load(voice, Sessions(chosen.providers), chosen.mouth_threads)
    listener = Listener(models / "silero-vad/silero_vad.onnx", ear)
    report: dict[str, Any] = {"command": "scripts/bench spoken --eval DIR"}
    try:
        await ear.warm()
        if only in (None, "room"):
            recordings = folder / "speech_ohf_speech_to_phrase"
            report["room"] = await recorded(recordings, listener, arguments.every)
        if only in (None, "oov"):
            report["oov"] = await unrelated(folder, listener, arguments.every)
        if only in (None, "ha"):
            texts = folder / "text_ha_intents_tests"
            cache = arguments.cache / "piper"
            report["ha"] = await examined(texts, listener, mouth, cache, arguments.every)
    finally:
        ear.close()
        mouth.close()
    return report


def main() -> None:
    """Measure and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--models", type=Path, default=Path.home() / ".cache/auricle/models")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--only", choices=("ha", "room", "oov"))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    (arguments.cache / "piper").mkdir(parents=True, exist_ok=True)
    text = json.dumps(asyncio.run(measured(arguments)), indent=1, ensure_ascii=False)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
