"""What the ear makes of recorded speech and noise: utterances, endpoint error, price.

    python -m tests.bench.ear_vad --silero FILE.onnx [--eval DIR] [--out FILE] [--start-ms N ...]

Speech should give exactly one utterance with all of the speech inside; noises should give none.
The true end of speech is known exactly only where it was made: clean recordings, cut at the last
sample that is louder than 40 dB below their peak, laid over room noise at 15 dB.
"""

import argparse
import json
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from audio.detector import Detector
from audio.endpointer import Endpointer, Event, Patience
from audio.frames import FRAME, RATE, AudioFrame, Pcm, SpeechPaused, Utterance
from audio.gate import Gate
from audio.silero import Silero

SPEECH = {
    "home commands, room": "speech_ohf_speech_to_phrase/en/*.wav",
    "clean reading and digits": "speech_pocketsphinx_testdata/**/*.wav",
    "coffee orders, many people": "speech_coffee_commands/**/*.wav",
    "studio prompts": "speech_asterisk_en_16k/**/*.flac",
}
NOISE = ("nonspeech_esc10/*/*.ogg", "speech_ohf_speech_to_phrase/background_noise.wav")
TAIL = np.zeros(3 * RATE // 2, dtype=np.int16)


def decoded(path: Path) -> Pcm:
    """Read a recording of any format as mono int16 at RATE."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as container:
        pieces = [p for f in container.decode(audio=0) for p in resampler.resample(f)]
    pieces += resampler.resample(None)
    return np.concatenate([piece.to_ndarray().ravel() for piece in pieces]).astype(np.int16)


def loud_edges(pcm: Pcm, below_peak_db: float) -> tuple[int, int]:
    """First and last 10 ms that are louder than so many decibels under the loudest 10 ms."""
    hop = RATE // 100
    power = np.mean(pcm[: len(pcm) // hop * hop].reshape(-1, hop).astype(float) ** 2, axis=1)
    loud = np.flatnonzero(power > power.max() * 10 ** (-below_peak_db / 10))
    return int(loud[0]) * hop, (int(loud[-1]) + 1) * hop


class Bench:
    """Runs a fresh detector over recordings."""

    def __init__(self, folder: Path, silero: Path, patience: Patience) -> None:
        self.folder = folder
        self.judge = Silero(silero)
        self.patience = patience

    def events(self, pcm: Pcm) -> Iterator[Event]:
        """Everything that is reported about a recording followed by silence."""
        detector = Detector(Gate(), self.judge, Endpointer(self.patience))
        sound = np.concatenate((pcm, TAIL))
        for start in range(0, len(sound) - FRAME + 1, FRAME):
            yield from detector.hear(AudioFrame(sound[start : start + FRAME], start))

    def utterances(self, pcm: Pcm) -> list[Utterance]:
        """The utterances of a recording."""
        return [event for event in self.events(pcm) if isinstance(event, Utterance)]

    def speech(self, pattern: str) -> dict[str, Any]:
        """How many recordings of a set give exactly one utterance, and how many none."""
        found = {p.name: self.utterances(decoded(p)) for p in sorted(self.folder.glob(pattern))}
        waits = [u.decided - u.ended for us in found.values() for u in us]
        return {
            "recordings": len(found),
            "exactly_one": sum(len(us) == 1 for us in found.values()),
            "none": sorted(name for name, us in found.items() if not us),
            "several": {name: len(us) for name, us in found.items() if len(us) > 1},
            "wait_ms": spread(waits),
        }

    def noise(self) -> dict[str, Any]:
        """Which noises are taken for speech."""
        paths = [path for pattern in NOISE for path in sorted(self.folder.glob(pattern))]
        found = {path.name: self.utterances(decoded(path)) for path in paths}
        return {
            "clips": len(found),
            "triggered": {
                name: [f"{u.seconds:.2f} s, voiced {u.voiced:.2f}" for u in us]
                for name, us in found.items()
                if us
            },
        }

    def ends(self, snr_db: float = 15.0) -> dict[str, Any]:
        """Error of `ended` against ends that are known because they were made."""
        room = decoded(self.folder / NOISE[1])
        errors, cut, paused = [], 0, []
        for path in sorted(self.folder.glob(SPEECH["studio prompts"])):
            clean = decoded(path)
            first, last = loud_edges(clean, 40)
            made = laid_over(clean[first:last], room, snr_db)
            begin, end = RATE, RATE + last - first
            events = list(self.events(made))
            whole = [e for e in events if isinstance(e, Utterance)]
            if not whole:
                continue
            errors.append(whole[-1].ended - end)
            cut += whole[0].start > begin or whole[-1].start + len(whole[-1].pcm) < end
            paused += [
                e.utterance.decided - end
                for e in events
                if isinstance(e, SpeechPaused) and e.utterance.decided > end
            ][:1]
        return {
            "utterances": len(errors),
            "speech_outside": cut,
            "ended_minus_true_ms": spread(errors),
            "pause_after_true_end_ms": spread(paused),
        }

    def price(self, pcm: Pcm) -> float:
        """Share of one core, in percent, that listening to a sound takes in real time."""
        sound = np.tile(pcm, 60 * RATE // len(pcm) + 1)[: 60 * RATE]
        detector = Detector(Gate(), self.judge, Endpointer(self.patience))
        before = time.process_time()
        for start in range(0, len(sound) - FRAME + 1, FRAME):
            detector.hear(AudioFrame(sound[start : start + FRAME], start))
        return round(100 * (time.process_time() - before) * RATE / len(sound), 2)


def laid_over(speech: Pcm, room: Pcm, snr_db: float) -> Pcm:
    """A second of room noise, speech over noise, a second of noise."""
    noise = np.tile(room, 2 + len(speech) // len(room))[: len(speech) + 2 * RATE].astype(float)
    noise /= np.sqrt(np.mean(noise**2))
    level = np.sqrt(np.mean(speech.astype(float) ** 2)) / 10 ** (snr_db / 20)
    made = noise * level
    made[RATE : RATE + len(speech)] += speech
    pcm: Pcm = np.clip(made, -32768, 32767).astype(np.int16)
    return pcm


def spread(samples: Iterable[int]) -> dict[str, float]:
    """Percentiles of sample counts, in milliseconds."""
    values = np.array(list(samples), dtype=float) * 1000 / RATE
    if not len(values):
        return {}
    return {f"p{q}": round(float(np.percentile(values, q)), 1) for q in (0, 10, 50, 90, 100)}


def measured(bench: Bench) -> dict[str, Any]:
    """Everything, as one JSON object."""
    steady = (np.random.default_rng(0).standard_normal(RATE) * 800).astype(np.int16)
    return {
        "patience": {name: getattr(bench.patience, name) for name in Patience.__slots__},
        "speech": {name: bench.speech(pattern) for name, pattern in SPEECH.items()},
        "noise": bench.noise(),
        "ends": bench.ends(),
        "percent_of_one_core": {
            "silence": bench.price(np.zeros(RATE, dtype=np.int16)),
            "steady noise": bench.price(steady),
            "room noise": bench.price(decoded(bench.folder / NOISE[1])),
        },
        "load_average": os.getloadavg(),
    }


def main() -> None:
    """Measure and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--silero", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    for name in Patience.__slots__:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float)
    arguments = vars(parser.parse_args())
    changed = {n: arguments[n] for n in Patience.__slots__ if arguments[n] is not None}
    report = measured(Bench(arguments["eval"], arguments["silero"], Patience(**changed)))
    text = json.dumps(report, indent=2, ensure_ascii=False)
    print(text)
    if arguments["out"]:
        arguments["out"].write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
