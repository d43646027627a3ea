"""Sound on its way into a file: brought to the file's rate and written once it is in the past."""

from pathlib import Path

import numpy as np

from audio.frames import Pcm
from audio.resampling import Resampler, to_floats, to_int16
from audio.wav_writer import WavWriter


class Track:
    """A WAV file that is written along a timeline, stretch after stretch, gaps as exact silence.

    Positions are samples of the file. Errors are those of WavWriter.
    """

    def __init__(self, path: Path, rate: int, file_rate: int) -> None:
        self._writer = WavWriter(path, file_rate)
        self._rates = rate, file_rate
        self._resampler: Resampler | None = None
        self._at = 0
        self._waiting: Pcm = np.empty(0, dtype=np.int16)
        self._held = False
        self.closed = False

    def begin(self, first: int) -> None:
        """Begin a stretch at a position behind everything before it."""
        self._finish_stretch()
        self._write(first)
        self._at = first
        self._waiting = np.empty(0, dtype=np.int16)
        self._resampler = Resampler(*self._rates)

    def add(self, pcm: Pcm) -> None:
        """Add samples, at the rate of what is played, to the stretch that has begun."""
        self._resampler = self._resampler or Resampler(*self._rates)
        self._wait(to_int16(self._resampler.feed(to_floats(pcm))))

    def hold(self, position: int) -> None:
        """Let nothing sound from here on; what lies behind keeps for `release`."""
        if self._at + len(self._waiting) < position:
            self._finish_stretch()
        self._write(position)
        self._held = True

    def release(self, position: int) -> None:
        """Let what was held, if anything was, go on here."""
        if self._held:
            self._at, self._held = position, False

    def cut(self, position: int) -> None:
        """End the stretch here; what lies behind, or is held, is forgotten."""
        self._finish_stretch()
        keep = 0 if self._held else max(0, position - self._at)
        self._waiting, self._held = self._waiting[:keep], False

    def commit(self, position: int, *, over: bool) -> None:
        """Write what lies before a position. When the stretch is over, silence follows it."""
        if self._held:
            return
        if over:
            self._finish_stretch()
        self._write(position)
        if self._resampler is None:
            self._writer.write_silence(position)

    def close(self) -> None:
        """Finish the file."""
        self.closed = True
        self._writer.close()

    def _finish_stretch(self) -> None:
        if self._resampler is not None:
            self._wait(to_int16(self._resampler.finish()))
            self._resampler = None

    def _wait(self, pcm: Pcm) -> None:
        self._waiting = np.concatenate((self._waiting, pcm))

    def _write(self, until: int) -> None:
        due = self._waiting[: max(0, until - self._at)]
        if len(due):
            self._writer.write_silence(self._at)
            self._writer.write(due)
            self._at += len(due)
            self._waiting = self._waiting[len(due) :]
