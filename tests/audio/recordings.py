"""WAV files of every kind, made byte by byte, and sounds that are easy to tell apart."""

import struct
import wave
from pathlib import Path

import numpy as np

from audio.frames import RATE, Pcm


def tone(seconds: float, *, hertz: float = 440.0, rate: int = RATE, loud: float = 0.5) -> Pcm:
    moments = np.arange(round(seconds * rate)) / rate
    return np.rint(np.sin(2 * np.pi * hertz * moments) * loud * 32767).astype(np.int16)


def noise(samples: int, *, seed: int = 0, loud: int = 3000) -> Pcm:
    return np.random.default_rng(seed).integers(-loud, loud, samples).astype(np.int16)


def babble(seconds: float, *, rate: int = RATE, seed: int = 3) -> Pcm:
    """Noise whose loudness and colour change as those of speech do: a few times a second."""
    random = np.random.default_rng(seed)
    count = round(seconds * rate)
    t = np.arange(count) / rate
    sound = sum(
        np.sin(2 * np.pi * pitch * harmonic * t + random.uniform(0, 6)) / harmonic
        for pitch in (110.0, 143.0)
        for harmonic in range(1, 25)
    ) + 0.3 * random.standard_normal(count)
    syllables = np.repeat(random.uniform(0.0, 1.0, round(seconds * 5) + 1), rate // 5)[:count]
    smooth = np.convolve(syllables, np.ones(rate // 20) / (rate // 20), "same")
    pcm: Pcm = np.clip(sound * smooth * 4000, -32768, 32767).astype(np.int16)
    return pcm


def riff(
    tag: int, channels: int, rate: int, bits: int, sound: bytes, *, extra: bytes = b""
) -> bytes:
    width = channels * bits // 8
    fmt = struct.pack("<HHIIHH", tag, channels, rate, rate * width, width, bits) + extra
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt
    chunks += b"LIST" + struct.pack("<I", 3) + b"abc\0"  # Odd chunks are padded to even length.
    chunks += b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def extensible(tag: int, bits: int) -> bytes:
    """The rest of a WAVE_FORMAT_EXTENSIBLE format whose sub-format is `tag`."""
    guid_tail = bytes.fromhex("0000000010008000 00aa00389b71")
    return struct.pack("<HHIH", 22, bits, 0, tag) + guid_tail


def save(path: Path, pcm: Pcm, rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.tobytes())
    return path


def load(path: Path) -> tuple[Pcm, int]:
    """Read with the standard library: a reader that we did not write."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        sound = file.readframes(file.getnframes())
        return np.frombuffer(sound, dtype=np.int16), file.getframerate()
