"""Reading WAV files of all the usual kinds.

The standard library's reader refuses WAVE_FORMAT_EXTENSIBLE before Python 3.12 and floats always;
recorders write both, so the few chunks that matter are read here.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from audio.frames import RATE, Pcm
from audio.ports import WavError
from audio.resampling import Floats, Resampler, to_int16

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
"""wFormatTag values of the RIFF registry; an extensible format has the real tag in its GUID."""

_BLOCK = 65_536
"""Sample frames converted at once, so that a long file never exists twice in memory."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file holds its samples.

    Attributes:
        tag: 1 for integers, 3 for floats.
        channels: samples per sample frame.
        rate: sample frames per second.
        bits: bits per sample.
    """

    tag: int
    channels: int
    rate: int
    bits: int

    @property
    def width(self) -> int:
        """Bytes of one sample frame."""
        return self.channels * self.bits // 8

    def decode(self, raw: bytes) -> Floats:
        """Mix whole sample frames down to mono, -1..1, shape (len(raw) // width,)."""
        if self.tag == _FLOAT:
            samples = np.frombuffer(raw, dtype=f"<f{self.bits // 8}").astype(np.float32)
        elif self.bits == 8:
            samples = np.frombuffer(raw, dtype=np.uint8).astype(np.float32) / np.float32(128) - 1
        else:
            samples = _integers(raw, self.bits // 8).astype(np.float32) / np.float32(2**31)
        mono: Floats = samples.reshape(-1, self.channels).mean(axis=1, dtype=np.float32)
        return mono


_SUPPORTED = {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}


def _integers(raw: bytes, width: int) -> NDArray[np.int32]:
    """Little-endian integers of 2 to 4 bytes, scaled to the range of 32 bits."""
    wide = np.zeros((len(raw) // width, 4), dtype=np.uint8)
    wide[:, 4 - width :] = np.frombuffer(raw, dtype=np.uint8).reshape(-1, width)
    return wide.view("<i4")[:, 0]


@dataclass(frozen=True, slots=True)
class Recording:
    """A file's sound as the ear wants it.

    Attributes:
        pcm: mono int16 at RATE, shape (n,).
        rate: samples per second of the file itself.
    """

    pcm: Pcm
    rate: int


def read_wav(path: Path) -> Recording:
    """Read a WAV file of integers (8, 16, 24, 32 bits) or floats, any rate, any channels.

    A file that ends before its header says so is read to where it ends, as players do.

    Raises:
        WavError: missing, unreadable, empty, not a WAV or of an unsupported encoding.
    """
    try:
        with path.open("rb") as file:
            encoding, size = _opened(file, path)
            pcm = _at_ear_rate(_blocks(file, encoding, size), encoding.rate)
    except FileNotFoundError:
        raise WavError(f"{path}: there is no such file") from None
    except OSError as error:
        raise WavError(f"{path}: cannot be read: {error.strerror}") from error
    if not len(pcm):
        raise WavError(f"{path}: the WAV file is empty; record it again")
    return Recording(pcm, encoding.rate)


def _opened(file: BinaryIO, path: Path) -> tuple[Encoding, int]:
    """Read up to the first byte of sound; its encoding and the bytes of sound that follow."""
    riff, _, wave = struct.unpack("<4sI4s", file.read(12).ljust(12, b"\0"))
    if (riff, wave) != (b"RIFF", b"WAVE"):
        raise WavError(
            f"{path}: not a WAV file; convert it, for example with: ffmpeg -i IN -ac 1 OUT.wav"
        )
    encoding: Encoding | None = None
    while len(head := file.read(8)) == 8:
        kind, size = struct.unpack("<4sI", head)
        if kind == b"data":
            if encoding is None:
                break
            return encoding, size
        content = file.read(min(size, 4096))
        if kind == b"fmt ":
            encoding = _encoding(content, path)
        file.seek(size + size % 2 - len(content), 1)
    raise WavError(f"{path}: the WAV file is damaged: it has no sound in it; record it again")


def _encoding(content: bytes, path: Path) -> Encoding:
    if len(content) < 16:
        raise WavError(f"{path}: the WAV file is damaged: its format is cut short")
    tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", content[:16])
    if tag == _EXTENSIBLE and len(content) >= 26:
        (tag,) = struct.unpack("<H", content[24:26])
    if (tag, bits) not in _SUPPORTED or not channels or not rate:
        raise WavError(
            f"{path}: unsupported encoding (format {tag}, {bits} bits, {channels} channels, "
            f"{rate} Hz); convert it, for example with: ffmpeg -i {path.name} -ac 1 OUT.wav"
        )
    return Encoding(tag, channels, rate, bits)


def _blocks(file: BinaryIO, encoding: Encoding, size: int) -> Iterator[Floats]:
    while size > 0:
        raw = file.read(min(size, _BLOCK * encoding.width))
        if not raw:
            return
        size -= len(raw)
        yield encoding.decode(raw[: len(raw) // encoding.width * encoding.width])


def _at_ear_rate(blocks: Iterator[Floats], rate: int) -> Pcm:
    resampler = Resampler(rate, RATE)
    pieces = [to_int16(resampler.feed(block)) for block in blocks]
    return np.concatenate([*pieces, to_int16(resampler.finish())])
