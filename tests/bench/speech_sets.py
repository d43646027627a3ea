"""Recordings with their text, and sounds without any, for measuring the ear."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from audio.frames import RATE, Pcm
from tests.bench.ear_vad import decoded

HOME = (
    *("Kitchen", "Office", "Bed Light", "Standing Light", "New York", "EcoBee", "Garage Door"),
    *("Sliding Door", "Front Door", "TV", "Party Time", "Mood Lighting", "Outdoor Humidity"),
    "Shopping List",
)
"""Areas and devices of the home in which the commands were recorded (`truth/fixtures_en.yaml`)."""

_NOT_SPOKEN = ("<", "(")
"""Texts that describe a sound instead of, or besides, giving the words."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording; `text` is empty when nothing is said."""

    name: str
    pcm: Pcm
    text: str = ""

    @property
    def seconds(self) -> float:
        return len(self.pcm) / RATE


def _items(folder: Path) -> Iterator[dict[str, Any]]:
    with (folder / "items.jsonl").open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def _clips(folder: Path) -> Iterator[Clip]:
    for item in _items(folder):
        text = item.get("text") or ""
        if not any(mark in text for mark in _NOT_SPOKEN):
            yield Clip(item["file"], decoded(folder / item["file"]), text)


def speech(folder: Path) -> dict[str, list[Clip]]:
    """English speech with its text, by set."""
    commands = _clips(folder / "speech_ohf_speech_to_phrase")
    return {
        "home commands": [c for c in commands if c.text and c.name.startswith("en/")],
        "pocketsphinx": list(_clips(folder / "speech_pocketsphinx_testdata")),
        "asterisk": list(_clips(folder / "speech_asterisk_en_16k")),
    }


def foreign(folder: Path) -> list[Clip]:
    """Speech that no command of the home matches, in several languages."""
    return [c for c in _clips(folder / "speech_ohf_speech_to_phrase") if "oov" in c.name]


def orders(folder: Path) -> list[tuple[Clip, list[str]]]:
    """Spoken orders and the values that must be among their words."""
    coffee = folder / "speech_coffee_commands"
    return [
        (Clip(item["file"], decoded(coffee / item["file"])), list(item["label"]["slots"].values()))
        for item in _items(coffee)
    ]


def joined(clips: list[Clip], seconds: float, gap: float = 0.3) -> Iterator[Clip]:
    """Longer speech: clips one after the other, each at most `seconds` long in the end."""
    silence = np.zeros(int(gap * RATE), np.int16)
    pcm, text = silence[:0], ""
    for clip in clips:
        if len(pcm) and len(pcm) + len(silence) + len(clip.pcm) > seconds * RATE:
            yield Clip(f"{len(pcm) / RATE:.1f} s", pcm, text)
            pcm, text = silence[:0], ""
        if clip.seconds <= seconds:
            pcm = np.concatenate((pcm, silence, clip.pcm)) if len(pcm) else clip.pcm
            text = f"{text} {clip.text}"


def noises(folder: Path) -> dict[str, list[Clip]]:
    """Sounds in which nobody speaks."""
    esc = folder / "nonspeech_esc10"
    room = decoded(folder / "speech_ohf_speech_to_phrase" / "background_noise.wav")
    cut = range(0, len(room) - 2 * RATE, 2 * RATE)
    return {
        "ESC-10": [Clip(item["file"], decoded(esc / item["file"])) for item in _items(esc)],
        "room noise": [Clip("whole", room)]
        + [Clip(f"{at // RATE} s", room[at : at + 2 * RATE]) for at in cut],
        "digital silence": [Clip(f"{s} s", np.zeros(int(s * RATE), np.int16)) for s in (0.5, 2, 8)],
        "white and pink noise": list(_made()),
    }


def _made() -> Iterator[Clip]:
    random = np.random.default_rng(0)
    for level in (-60, -45, -30, -15):
        for seconds in (1, 4):
            white = random.standard_normal(seconds * RATE)
            spectrum = np.fft.rfft(white)
            pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)))
            for name, sound in (("white", white), ("pink", pink / pink.std())):
                loud = np.clip(sound * 32768 * 10 ** (level / 20), -32768, 32767)
                yield Clip(f"{name} {level} dBFS {seconds} s", loud.astype(np.int16))
