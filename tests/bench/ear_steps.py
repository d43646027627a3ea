"""What the time of a spoken command goes into, and what a closer look at it costs.

    python -m tests.bench.ear_steps --model DIR [--eval DIR] [--threads N] [--every N] [--out FILE]

"always closer" looks again at whatever is not certain, "if not understood" only at what the grammar
does not understand as it is; "features of silence, too" computes the spectrum of the silence that
fills the window. Each recording goes through all ways before the next one is taken, so that they
share the machine's load. Processor time tells more than wall-clock time on a busy machine.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from audio.frames import RATE, Utterance
from daemon.intents.recogniser import Recogniser
from daemon.intents.rescoring import Rescoring
from models.whisper import BEAMS, WhisperEar
from models.whisper_decoder import Decoder
from models.whisper_window import WINDOW
from tests.bench.scoring import milliseconds, word_error_rate
from tests.bench.speech_sets import HOME, Clip, orders, speech
from tests.bench.spoken import small_house


class Times:
    """Wall-clock and processor time of named steps."""

    def __init__(self) -> None:
        self._wall: dict[str, list[float]] = {}
        self._processor: dict[str, list[float]] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self._processor.setdefault(name, []).append(time.process_time() - processor)
        self._wall.setdefault(name, []).append(time.perf_counter() - wall)

    def report(self) -> dict[str, Any]:
        return {
            "wall_ms": {name: milliseconds(took) for name, took in self._wall.items()},
            "processor_ms": {name: milliseconds(took) for name, took in self._processor.items()},
        }


def decoded(decoder: Decoder, clip: Clip, took: Times) -> None:
    """The steps of the network, one by one."""
    with took("features of silence, too"):
        decoder._features(np.pad(clip.pcm, (0, WINDOW * RATE - len(clip.pcm))), WINDOW)
    with took("features"):
        decoder._features(clip.pcm, WINDOW)
    with took("encode, features included"):
        encoded = decoder.encode(clip.pcm)
    for names, told in (((), "no names"), (HOME, "names")):
        with took(f"greedy, {told}"):
            decoder.generate(encoded, clip.seconds, names)
    with took("closer look"):
        decoder.generate(encoded, clip.seconds, HOME, beams=BEAMS)


async def measured(folder: Path, model: Path, threads: int, every: int) -> dict[str, Any]:
    """All steps over commands of one home, and over orders that it does not understand."""
    ear = await WhisperEar.load(model, threads=threads)
    room = folder / "speech_ohf_speech_to_phrase"
    ears = Rescoring(ear, Recogniser(small_house(room).home), "Kitchen")
    decoder = Decoder(model, threads, "en")
    report: dict[str, Any] = {"threads": threads}
    sets = {
        "home commands": speech(folder)["home commands"],
        "orders": [clip for clip, _ in orders(folder)],
    }
    try:
        await ear.warm()
        for name, clips in sets.items():
            took, always, doubted = Times(), [], []
            for clip in clips[::every]:
                decoded(decoder, clip, took)
                utterance = Utterance(clip.pcm, 0, len(clip.pcm), len(clip.pcm))
                with took("transcribe, always closer"):
                    always.append((clip.text, (await ear.transcribe(utterance, HOME)).text))
                with took("transcribe, closer if not understood"):
                    doubted.append((clip.text, (await ears.transcribe(utterance, HOME)).text))
                with took("sketch"):
                    await ear.sketch(utterance, HOME)
            report[name] = {"clips": len(always), **took.report(), "load": os.getloadavg()}
            if name == "home commands":
                both = (word_error_rate(always), word_error_rate(doubted))
                report[name]["word_error_rate"] = dict(
                    zip(("always", "doubted"), both, strict=True)
                )
    finally:
        ear.close()
    return report


def main() -> None:
    """Measure and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    report = asyncio.run(measured(options.eval, options.model, options.threads, options.every))
    text = json.dumps(report, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
