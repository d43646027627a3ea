"""Remembers which files were hashed, so that a start does not read a gigabyte to trust it again."""

import hashlib
import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_NAME: Final = ".verified.json"
_BLOCK: Final = 1 << 20


def sha256_of(path: Path, start: int = 0, size: int | None = None) -> str:
    """Hash a file, or the stretch of `size` bytes at `start` (less, where the file is shorter)."""
    digest = hashlib.sha256()
    left = path.stat().st_size - start if size is None else size
    with path.open("rb") as handle:
        handle.seek(start)
        while left > 0 and (block := handle.read(min(_BLOCK, left))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def write_durably(path: Path, text: str) -> None:
    """Replace a small file so that a crash leaves the old one or the new one, whole."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with fresh.open("w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


class Stamps:
    """The stamps of one model's folder.

    A stamp holds the hash that was found together with size, inode, and times of change; a file
    that was touched in any way differs in one of them and has to be hashed again. The change time
    (ctime) is in it because a modification time can be set back, as `cp -p` and rsync do.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def holds(self, name: str, sha256: str) -> bool:
        """True when the file was found to have this hash and has not been touched since."""
        stamp = self._read().get(name)
        with suppress(OSError):
            return stamp == _stamp(self._folder / name, sha256)
        return False

    def put(self, name: str, sha256: str) -> None:
        """Remember that the file, as it is now, has this hash."""
        self._write(self._read() | {name: _stamp(self._folder / name, sha256)})

    def drop(self, name: str) -> None:
        """Forget a file."""
        stamps = self._read()
        if stamps.pop(name, None) is not None:
            self._write(stamps)

    def _read(self) -> dict[str, object]:
        try:
            stamps = json.loads((self._folder / _NAME).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return stamps if isinstance(stamps, dict) else {}

    def _write(self, stamps: dict[str, object]) -> None:
        try:
            write_durably(self._folder / _NAME, json.dumps(stamps, indent=1))
        except OSError as error:
            # A store on a read-only disk is fine: it is hashed at each start.
            log.info("cannot remember the verification of %s: %s", self._folder.name, error)


def _stamp(path: Path, sha256: str) -> dict[str, object]:
    stat = path.stat()
    return {
        "sha256": sha256,
        "size": stat.st_size,
        "mtime_ns": stat.st_mtime_ns,
        "ctime_ns": stat.st_ctime_ns,
        "inode": stat.st_ino,
    }
