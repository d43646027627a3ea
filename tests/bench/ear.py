"""How well, how fast and how honestly the ear hears, beside faster-whisper as it comes.

    python -m tests.bench.ear --model DIR --silero FILE.onnx [--eval DIR] [--out FILE.json]

Times are of decoding alone, at two threads if nothing else is said. Word error rates compare texts
in lower case, without punctuation, with numbers written out. "Invented" are the sounds without
speech that came out as words: whole, as if a voice detector had taken all of them for speech, and
only what the real detector lets through.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from faster_whisper import WhisperModel

from audio.endpointer import Patience
from audio.frames import Utterance
from models.ports import Transcript
from models.whisper import WhisperEar
from models.whisper_decoder import Decoder
from models.whisper_window import WINDOW
from tests.bench.ear_vad import Bench as Detection
from tests.bench.scoring import milliseconds, plain, word_error_rate
from tests.bench.speech_sets import HOME, Clip, foreign, joined, noises, orders, speech

THREADS = 2
Hear = Callable[[Clip], Awaitable[Transcript]]


class Baseline:
    """`WhisperModel.transcribe` with its defaults, at the ear's precision and threads.

    By default it detects the language and retries at higher temperatures; both cost it time.
    """

    def __init__(self, folder: Path) -> None:
        self._model = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=THREADS
        )

    async def __call__(self, clip: Clip) -> Transcript:
        segments, _ = self._model.transcribe(clip.pcm.astype("float32") / 32768)
        text = " ".join(segment.text.strip() for segment in segments)
        return Transcript(text, 1.0, "en")


def heard_by(ear: WhisperEar, vocabulary: Sequence[str]) -> Hear:
    """The product's ear; the whole clip counts as voiced."""

    async def hear(clip: Clip) -> Transcript:
        samples = len(clip.pcm)
        return await ear.transcribe(Utterance(clip.pcm, 0, samples, samples), vocabulary)

    return hear


async def on_speech(hear: Hear, clips: Sequence[Clip]) -> dict[str, Any]:
    """Word error rate, time, and what was wrongly refused."""
    pairs, seconds, refused = [], [], {}
    for clip in clips:
        start = time.perf_counter()
        transcript = await hear(clip)
        seconds.append(time.perf_counter() - start)
        pairs.append((clip.text, transcript.text))
        if not transcript.text:
            refused[clip.name] = transcript.rejected
    return {
        "clips": len(clips),
        "wer": word_error_rate(pairs),
        "ms": milliseconds(seconds),
        "refused": refused,
    }


async def on_noise(hear: Hear, clips: Sequence[Clip]) -> dict[str, Any]:
    """Which sounds came out as words."""
    invented, seconds = {}, []
    for clip in clips:
        start = time.perf_counter()
        transcript = await hear(clip)
        seconds.append(time.perf_counter() - start)
        if plain(transcript.text):
            invented[clip.name] = transcript.text[:60]
    return {
        "clips": len(clips),
        "invented": len(invented),
        "ms": milliseconds(seconds),
        "texts": invented,
    }


async def on_detected(ear: WhisperEar, detection: Detection, clips: Sequence[Clip]) -> Any:
    """Which sounds came out as words behind the real voice detector."""
    passed, invented = 0, {}
    for clip in clips:
        for utterance in detection.utterances(clip.pcm):
            passed += 1
            transcript = await ear.transcribe(utterance, HOME)
            if plain(transcript.text):
                invented[clip.name] = transcript.text[:60]
    return {
        "clips": len(clips),
        "utterances": passed,
        "invented": len(invented),
        "texts": invented,
    }


async def on_orders(hear: Hear, folder: Path) -> float:
    """Share of the slot values' words that were heard, in orders whose full text is not known."""
    found = total = 0
    for clip, values in orders(folder):
        said = plain((await hear(clip)).text)
        wanted = [word for value in values for word in plain(value)]
        found += sum(word in said for word in wanted)
        total += len(wanted)
    return round(found / total, 3)


def decoded_with(
    decoder: Decoder, clips: Sequence[Clip], window: int, beams: int, names: Sequence[str]
) -> dict[str, Any]:
    """Unguarded decoding in one window, in seconds."""
    pairs, encode, generate = [], [], []
    for clip in clips:
        start = time.perf_counter()
        encoded = decoder.encode(clip.pcm, window)
        between = time.perf_counter()
        decode = decoder.generate(encoded, clip.seconds, names, beams=beams)
        encode.append(between - start)
        generate.append(time.perf_counter() - between)
        pairs.append((clip.text, decode.text))
    return {
        "wer": word_error_rate(pairs),
        "encode_ms": milliseconds(encode),
        "generate_ms": milliseconds(generate),
    }


def curve(decoder: Decoder, sets: dict[str, list[Clip]]) -> dict[str, Any]:
    """Word error rate and time over windows, by set and by length of the speech."""
    material = {
        "home commands, vocabulary": (sets["home commands"], HOME),
        "home commands": (sets["home commands"], ()),
        "clean, under 3 s": ([c for c in sets["asterisk"] if c.seconds < 3], ()),
        "clean, 4-7 s": (list(joined(sets["asterisk"], 7)), ()),
        "clean, 8-11 s": (list(joined(sets["asterisk"], 11)), ()),
        "clean, 11-14 s": (list(joined(sets["asterisk"], 14)), ()),
    }
    return {
        name: {
            f"{seconds} s": decoded_with(decoder, clips, seconds, 1, names)
            for seconds in (8, 10, 12, 15, 20, 30)
            if max(clip.seconds for clip in clips) < seconds
        }
        for name, (clips, names) in material.items()
    }


def choices(model: Path, decoder: Decoder, sets: dict[str, list[Clip]]) -> dict[str, Any]:
    """Beams and threads."""
    material = [*sets["home commands"], *sets["pocketsphinx"], *sets["asterisk"]]
    short = [clip for clip in material if clip.seconds < 4]
    single = Decoder(model, 1, "en")
    return {
        "beams": {str(b): decoded_with(decoder, short, WINDOW, b, HOME) for b in (1, 2, 5)},
        "threads": {
            "1": decoded_with(single, short, WINDOW, 1, HOME),
            "2": decoded_with(decoder, short, WINDOW, 1, HOME),
        },
    }


async def by_way(
    folder: Path, ear: WhisperEar, baseline: Baseline
) -> AsyncIterator[tuple[str, Any]]:
    """The ear with and without vocabulary, and faster-whisper as it comes, over all sounds."""
    sets, silent = speech(folder), noises(folder)
    ways: dict[str, Hear] = {
        "ear, vocabulary": heard_by(ear, HOME),
        "ear": heard_by(ear, ()),
        "faster-whisper defaults": baseline,
    }
    unknown = {c.name: str(await ways["ear, vocabulary"](c)) for c in foreign(folder)}
    yield "out of vocabulary", unknown
    for way, hear in ways.items():
        yield (
            way,
            {
                "speech": {name: await on_speech(hear, clips) for name, clips in sets.items()},
                "orders, slot words heard": await on_orders(hear, folder),
                "noise": {name: await on_noise(hear, clips) for name, clips in silent.items()},
                "load average": os.getloadavg(),
            },
        )


async def measured(folder: Path, model: Path, silero: Path) -> AsyncIterator[tuple[str, Any]]:
    """One part of the report after the other."""
    ear = await WhisperEar.load(model, threads=THREADS)
    await ear.warm()
    try:
        detection = Detection(folder, silero, Patience())
        detected = {n: await on_detected(ear, detection, c) for n, c in noises(folder).items()}
        yield "noise behind the voice detector", detected
        decoder, sets = Decoder(model, THREADS, "en"), speech(folder)
        yield "windows", curve(decoder, sets)
        yield "choices", choices(model, decoder, sets)
        async for part in by_way(folder, ear, Baseline(model)):
            yield part
    finally:
        ear.close()


async def write(arguments: argparse.Namespace) -> None:
    """Write the report anew after every part: a run takes a quarter of an hour."""
    report: dict[str, Any] = {}
    async for name, part in measured(arguments.eval, arguments.model, arguments.silero):
        report[name] = part
        print(name, json.dumps(part, ensure_ascii=False), flush=True)
        text = json.dumps(report, indent=1, ensure_ascii=False)
        arguments.out.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Measure and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--silero", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("tests/bench/results/ear.json"))
    asyncio.run(write(parser.parse_args()))


if __name__ == "__main__":
    main()
