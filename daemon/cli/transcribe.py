"""`auricle transcribe`: the ear alone."""

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from audio.detector import Detector
from audio.endpointer import Endpointer, Patience
from audio.frames import FRAME, RATE, AudioFrame, Pcm, Utterance
from audio.gate import Gate
from audio.ports import WavError
from audio.silero import Silero
from audio.wav import read_wav
from daemon import assembly, paths
from daemon.cli.words import text
from daemon.config import Config, Key
from daemon.errors import UsageError
from memory.store import Store
from models.ports import Transcript
from sensors.house import House
from sensors.registry import Registry
from sensors.telling import Telling


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare options."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.wav")
    parser.add_argument("--json", action="store_true", help="a list of objects")


def flags(_: argparse.Namespace) -> dict[Key, object]:
    """No option overrides a setting."""
    return {}


def run(options: argparse.Namespace, config: Config) -> int:
    """Transcribe each file, utterance by utterance, as the daemon would hear it."""
    try:
        recordings = [read_wav(path).pcm for path in options.files]
    except WavError as error:
        raise UsageError(str(error)) from error
    asyncio.run(_transcribe(options, recordings, config))
    return 0


async def _transcribe(
    options: argparse.Namespace, recordings: Sequence[Pcm], config: Config
) -> None:
    shop = assembly.workshop(config)
    silero = await asyncio.to_thread(Silero, await shop.weights("vad"))
    patience = Patience()
    names = [*config.settings.conversation.vocabulary, *await _names()]
    records = []
    async with assembly.ear(shop) as ear:
        for path, pcm in zip(options.files, recordings, strict=True):
            detector = Detector(Gate(), silero, Endpointer(patience))
            said = _utterances(pcm, detector)
            heard = [await ear.transcribe(utterance, names) for utterance in said]
            records.append(_record(path, heard))
            if not options.json:
                print(f"{text(str(path))}: {records[-1]['text'] or '(no words)'}")
    if options.json:
        print(json.dumps(records, ensure_ascii=False))


async def _names() -> Sequence[str]:
    """What the things of this house are called."""
    house = House()
    async with Store.open(paths.store()) as store:
        house.load(await store.house.load())
        registry = Registry(house)
        registry.load(await store.entities.load())
    return Telling(house, registry).names()


def _utterances(pcm: Pcm, detector: Detector) -> list[Utterance]:
    """What the daemon would take for utterances, with silence behind the recording."""
    padded = np.concatenate([pcm, np.zeros(2 * RATE, dtype=np.int16)])
    frames = (AudioFrame(padded[at : at + FRAME], at) for at in range(0, len(padded), FRAME))
    return [
        event for frame in frames for event in detector.hear(frame) if isinstance(event, Utterance)
    ]


def _record(path: Path, heard: Sequence[Transcript]) -> dict[str, Any]:
    words = [transcript for transcript in heard if transcript.text]
    return {
        "file": text(str(path)),
        "text": " ".join(transcript.text for transcript in words),
        "confidence": min((transcript.confidence for transcript in words), default=0.0),
        "rejected": [transcript.rejected for transcript in heard if transcript.rejected],
    }
