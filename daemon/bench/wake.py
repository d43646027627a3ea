"""Which wake words are heard, what else wakes it, and what listening for them costs.

A phrase is looked for in the recordings that lie in a folder of its name ("alexa", "hey jarvis"),
each alone in a quiet room and again with noise 10 dB below it. Every other recording must wake
nobody, but other wake words are told apart: who says "hey chatterbox" may get an answer for it.
All phrases that there are are listened for; those that are switched on are told apart. No threshold
was chosen on these recordings, and how much a rate rests on stands beside it.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from audio.frames import FRAME, RATE, AudioFrame, Pcm, Woken
from audio.resampling import to_floats, to_int16
from audio.wake import Phrase, WakeWords
from audio.wake_model import built_in
from daemon.bench.bench import Bench, Figures
from daemon.bench.figures import share
from daemon.bench.material import Item, chosen
from daemon.settings import Listening

_RECALL: Final = 0.95
_FALSE_PER_HOUR: Final = 0.2
"""What README promises."""

_AROUND: Final = RATE
"""Samples of a quiet room before and after a recording."""

_FLOOR: Final = 1e-4
"""Amplitude of that room's noise, of full scale: -85 dB, a good microphone's own."""

_NOISE: Final = 0.1
"""Power of the noise against that of who speaks: 10 dB below."""

_AUDIBLE: Final = 0.1
"""Share of its greatest amplitude from which a sample counts as speech."""

_TIMED_S: Final = 60
"""Seconds of sound whose cost is measured."""

_QUICK: Final = 12
"""Recordings of a kind, when it is only to be seen that it works."""


def measure(bench: Bench) -> Figures:
    """Count wakes on all recordings."""
    listening = bench.shop.config.settings.listening
    on = {one.phrase for one in listening.wake}
    phrases = _phrases(listening)
    recorded = [item for item in bench.items if not item.synthetic]
    calls = {item: phrase for item in recorded if (phrase := _said(item, phrases))}
    others = [item for item in recorded if item not in calls]
    if bench.quick:
        calls = dict(list(calls.items())[:_QUICK])
        others = chosen(others, _QUICK)
    noises = [bench.sound(item) for item in others if item.kind == "noise"]
    quiet = _recall(bench, phrases, calls, [])
    near = [item for item in others if item.kind == "wake"]
    false = _woken(bench, phrases, [item for item in others if item.kind != "wake"], on)
    return {
        "load": round(os.getloadavg()[0], 2),
        "on": sorted(on),
        "recall": {"quiet": quiet, "10 dB noise": _recall(bench, phrases, calls, noises)},
        "woken_by_others": false,
        "woken_by_other_wake_words": _woken(bench, phrases, near, on),
        "core_share": _cost(phrases),
        "bars": _bars(quiet, false),
    }


def _phrases(listening: Listening) -> list[Phrase]:
    """Those that are switched on, as they are, and the others that there are."""
    on = [
        Phrase(one.phrase, one.threshold, Path(one.model) if one.model else None)
        for one in listening.wake
    ]
    names = {phrase.name for phrase in on}
    return on + [Phrase(name) for name in built_in() if name not in names]


def _said(item: Item, phrases: Sequence[Phrase]) -> str | None:
    """The phrase that a recording lies under, if it is one of these."""
    folders = {part.lower().replace(" ", "_") for part in PurePosixPath(item.name).parts[:-1]}
    return next((one.name for one in phrases if one.name in folders), None)


def _recall(
    bench: Bench, phrases: Sequence[Phrase], calls: dict[Item, str], noises: Sequence[Pcm]
) -> Figures:
    """Share of the recordings of each phrase that were heard, in a room or in noises."""
    said, heard = Counter[str](), Counter[str]()
    for index, (item, phrase) in enumerate(calls.items()):
        sound = _in_a_room(bench.sound(item), noises[index % len(noises)] if noises else None)
        said[phrase] += 1
        heard[phrase] += any(one.phrase == phrase for one in _heard(WakeWords(phrases), sound))
    return {name: {"n": said[name], "heard": share(heard[name], said[name])} for name in said}


def _in_a_room(call: Pcm, noise: Pcm | None) -> Pcm:
    speech = to_floats(call)
    around = np.zeros(_AROUND, dtype=np.float32)
    room = np.concatenate((around, speech, around))
    room += np.random.default_rng(0).normal(0, _FLOOR, len(room)).astype(np.float32)
    if noise is not None and noise.any():
        audible = np.abs(speech) > _AUDIBLE * np.abs(speech).max(initial=0.0)
        power = float(np.mean(speech[audible] ** 2)) if audible.any() else 0.0
        filled = np.resize(to_floats(noise), len(room))
        room += filled * np.float32(np.sqrt(_NOISE * power / np.mean(filled**2)))
    return to_int16(room)


def _heard(words: WakeWords, sound: Pcm, start: int = 0) -> Iterator[Woken]:
    for at in range(0, len(sound) - FRAME + 1, FRAME):
        yield from words.hear(AudioFrame(sound[at : at + FRAME], start + at))


def _woken(
    bench: Bench, phrases: Sequence[Phrase], others: Sequence[Item], on: set[str]
) -> Figures:
    """Wakes on what calls nobody, heard as one long stream; by phrase and by the kind of sound."""
    words, samples = WakeWords(phrases), 0
    by_phrase, hours, by_kind = Counter[str](), Counter[str](), Counter[str]()
    for item in others:
        sound = _in_a_room(bench.sound(item), None)
        sound = sound[: len(sound) // FRAME * FRAME]
        woken = [one.phrase for one in _heard(words, sound, samples)]
        by_phrase.update(woken)
        by_kind[item.kind] += sum(phrase in on for phrase in woken)
        hours[item.kind] += len(sound)
        samples += len(sound)
    total = samples / RATE / 3600
    false = sum(count for phrase, count in by_phrase.items() if phrase in on)
    return {
        "hours": {kind: round(count / RATE / 3600, 3) for kind, count in hours.items()},
        "phrases_on": {"wakes": false, "per_hour": share(false, total), "by_kind": dict(by_kind)},
        "by_phrase": {one.name: by_phrase[one.name] for one in phrases},
        "near_misses": dict(words.near_misses),
    }


def _cost(phrases: Sequence[Phrase]) -> Figures:
    """Share of one core in silence and in steady noise; the daemon's idling has more parts."""
    rng = np.random.default_rng(0)
    sounds = {
        "silence": np.zeros(_TIMED_S * RATE, dtype=np.int16),
        "noise": rng.normal(0, 800, _TIMED_S * RATE).astype(np.int16),
    }
    told = {}
    for name, sound in sounds.items():
        words, began = WakeWords(phrases), time.thread_time()
        for _ in _heard(words, sound):
            pass
        told[name] = round((time.thread_time() - began) / _TIMED_S, 4)
    return told


def _bars(recall: Figures, false: Figures) -> list[Figures]:
    said = sum(one["n"] for one in recall.values())
    heard = sum(one["n"] * one["heard"] for one in recall.values())
    missed = share(said - heard, said)
    rate = false["phrases_on"]["per_hour"]
    return [
        {
            "name": f"wake words missed, of {said} recordings",
            "bar": round(1 - _RECALL, 2), "measured": missed, "unit": "",
            "met": None if missed is None else missed <= 1 - _RECALL,
        },
        {
            "name": f"false wakes in {sum(false['hours'].values()):.2f} h, per hour",
            "bar": _FALSE_PER_HOUR, "measured": rate, "unit": "",
            "met": None if rate is None else rate <= _FALSE_PER_HOUR,
        },
    ]  # fmt: skip
