"""Phrases that were spoken once and need not be synthesised again after a restart."""

import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from audio.frames import Pcm

log = logging.getLogger(__name__)

MOST_BYTES: Final = 8 << 20
"""Of all files: some 190 s of a voice at 22,050 Hz, several times what is kept for one voice."""

_DIGEST: Final = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class KeptPhrases:
    """One file a phrase. Names are hashes, so a listing of the folder tells nothing.

    What is damaged is made anew, what cannot be written is not kept; neither is an error. Only
    phrases that hold nothing of what people said are given here.

    Attributes:
        folder: may be emptied at any time.
        identity: of the voice and of everything else that decides how a text sounds.
        most_bytes: the files used longest ago go when all of them are larger than this.
    """

    folder: Path
    identity: str
    most_bytes: int = MOST_BYTES

    def load(self, phrase: str) -> Pcm | None:
        """The sound of a phrase, None when it is not kept. Blocks."""
        path = self._path(phrase)
        try:
            told = path.read_bytes()
            os.utime(path)  # Used now: others go first.
        except OSError:
            return None
        digest, sound = told[:_DIGEST], told[_DIGEST:]
        if digest != self._digest(phrase, sound):
            log.warning("a phrase that was kept is damaged and is made anew")
            _remove(path)
            return None
        return np.frombuffer(sound, dtype="<i2").astype(np.int16)

    def save(self, phrase: str, pcm: Pcm) -> None:
        """Keep the sound of a phrase if the disk lets us. Blocks."""
        sound = pcm.astype("<i2").tobytes()
        path = self._path(phrase)
        # Whole or not at all: a power cut and another process may come at any moment.
        unfinished = path.with_suffix(f".{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished.write_bytes(self._digest(phrase, sound) + sound)
            unfinished.replace(path)
            self._make_room(path)
        except OSError as error:
            log.info("a phrase is not kept for the next start: %s", error.strerror)
            _remove(unfinished)

    def _make_room(self, newest: Path) -> None:
        files = [(path.stat(), path) for path in self.folder.iterdir() if path.is_file()]
        files.sort(key=lambda file: file[0].st_mtime_ns)
        size = sum(stat.st_size for stat, _ in files)
        for stat, path in files:
            if size <= self.most_bytes:
                return
            if path != newest:
                _remove(path)
                size -= stat.st_size

    def _path(self, phrase: str) -> Path:
        return self.folder / f"{self._digest(phrase, b'').hex()[:32]}.pcm"

    def _digest(self, phrase: str, sound: bytes) -> bytes:
        return hashlib.sha256(f"{self.identity}\0{phrase}\0".encode() + sound).digest()


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.info("a phrase that was kept cannot be removed: %s", error.strerror)
