"""Writing 16-bit mono WAV files that can be read at any moment."""

import struct
from contextlib import suppress
from pathlib import Path
from typing import Final

from audio.frames import Pcm
from audio.ports import WavError

HEADER: Final = 44
"""Bytes of a WAV header with one `fmt ` and one `data` chunk."""

_INTEGERS = 1
"""wFormatTag of integer samples."""

_LARGEST = 0xFFFFFFFF - HEADER
"""Bytes of sound that a WAV file can hold: its sizes are 32 bits wide."""


class WavWriter:
    """A 16-bit mono file that is a valid WAV after every write, so also after a crash.

    Raises:
        WavError: from every method, when the file cannot be written; says why.
    """

    def __init__(self, path: Path, rate: int) -> None:
        self._path = path
        self._rate = rate
        self.length = 0
        if not path.parent.is_dir():
            raise WavError(f"{path}: there is no folder {path.parent}; make it first")
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise self._failed(error) from error
        try:
            self._note_length()
        except OSError as error:
            with suppress(OSError):  # Closing tries the write again, and fails again.
                self._file.close()
            raise self._failed(error) from error

    def write(self, pcm: Pcm) -> None:
        """Add samples at the end."""
        try:
            self._file.write(pcm.astype("<i2").tobytes())
            self._grow(self.length + len(pcm))
        except OSError as error:
            raise self._failed(error) from error

    def write_silence(self, until: int) -> None:
        """Let the file be at least `until` samples long; the rest is exact silence."""
        if until <= self.length:
            return
        try:
            self._file.truncate(HEADER + 2 * until)
            self._grow(until)
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Finish the file. May be called again."""
        try:
            self._file.close()
        except OSError as error:
            raise self._failed(error) from error

    def _grow(self, length: int) -> None:
        if 2 * length > _LARGEST:
            raise WavError(f"{self._path}: the recording has reached 4 GB, all that a WAV can hold")
        self.length = length
        self._note_length()

    def _note_length(self) -> None:
        size = 2 * self.length
        riff = struct.pack("<4sI4s", b"RIFF", HEADER - 8 + size, b"WAVE")
        fmt = struct.pack(
            "<4sIHHIIHH", b"fmt ", 16, _INTEGERS, 1, self._rate, 2 * self._rate, 2, 16
        )
        self._file.seek(0)
        self._file.write(riff + fmt + struct.pack("<4sI", b"data", size))
        self._file.seek(0, 2)
        self._file.flush()

    def _failed(self, error: OSError) -> WavError:
        return WavError(f"{self._path}: cannot be written: {error.strerror or error}")
