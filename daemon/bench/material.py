"""The recordings that are played: those that come with the package, or any folder of them.

A folder may tell about its files in an `items.jsonl` (an object per line) or a `manifest.json` (a
list of them, or an object that has one as "items"), anywhere in the tree; each entry names its
`file`, relative to where it stands, and what is known of it: `text`, `kind`, `tool`, `device`,
`answer`. Words may also stand in a text file of the same name. Nothing of it is required.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha1
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Final, Literal

from faster_whisper.audio import decode_audio

from audio.frames import RATE, Pcm
from audio.resampling import to_int16

Kind = Literal["speech", "foreign", "noise", "wake"]
"""foreign: speech of no home that is spoken to here. wake: a phrase that wakes, or a near miss."""

BUNDLED: Final = Path(__file__).with_name("recordings")

_SUFFIXES: Final = frozenset({".wav", ".flac", ".ogg"})

_LANGUAGE: Final = "en"

_CODE: Final = 2
"""Letters of an ISO 639-1 code: a folder of that name holds speech in that language."""


class MaterialError(Exception):
    """A folder of recordings cannot be used; says why."""


@dataclass(frozen=True, slots=True)
class Item:
    """A recording and what is known of it.

    Attributes:
        name: path within its folder, for reports.
        source: folder of the set that it belongs to.
        path: of the file; a text for synthetic speech has none.
        kind: what sounds.
        text: the words; "" where nobody wrote them down.
        tool: that a right answer uses; "" where nobody said.
        answer: word that a right answer holds; likewise.
        device: whether it needs a device of the home.
    """

    name: str
    source: str
    path: Path | None
    kind: Kind = "speech"
    text: str = ""
    tool: str = ""
    answer: str = ""
    device: bool = False

    @property
    def synthetic(self) -> bool:
        """Whether nobody has spoken it."""
        return self.path is None


def bundled() -> list[Item]:
    """What comes with the package."""
    return read(BUNDLED)


def read(root: Path) -> list[Item]:
    """Every recording below a folder, in the order of their names; no sound is read yet.

    Raises:
        MaterialError: there is no such folder, or no recording in it.
    """
    if not root.is_dir():
        raise MaterialError(f"{root}: there is no such folder")
    told = dict(chain.from_iterable(map(_told, sorted(root.rglob("*.json*")))))
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise MaterialError(f"{root}: there is no recording in it: no WAV, FLAC or OGG file")
    return [_item(root, path, told.get(path, {})) for path in paths]


def sound(path: Path) -> Pcm:
    """A recording of any kind as the ear wants it, shape (n,).

    Raises:
        MaterialError: it cannot be decoded.
    """
    try:
        return to_int16(decode_audio(str(path), sampling_rate=RATE))
    except (OSError, ValueError) as error:  # PyAV's errors are both.
        raise MaterialError(f"{path}: cannot be decoded: {error}") from error


def chosen(items: Sequence[Item], count: int) -> list[Item]:
    """Some of them: the same ones every time, from all sets alike, and none of them twice."""
    sets: dict[str, list[Item]] = {}
    for item in sorted(items, key=_shuffled):
        sets.setdefault(item.source, []).append(item)
    rounds = zip_longest(*sets.values())
    return [item for one in rounds for item in one if item is not None][:count]


def _shuffled(item: Item) -> str:
    # A set's files are often sorted by speaker or length; the hash knows neither.
    return sha1(item.name.encode(), usedforsecurity=False).hexdigest()


def _told(path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """What a file of entries says, by recording; a file that holds something else says nothing."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            entries = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            held = json.loads(text)
            entries = held.get("items", []) if isinstance(held, dict) else held
    except (OSError, ValueError):
        return
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("file"), str):
            yield path.parent / entry["file"], entry


def _item(root: Path, path: Path, told: Mapping[str, Any]) -> Item:
    name = path.relative_to(root)
    source = name.parts[0] if len(name.parts) > 1 else root.name
    return Item(
        name=name.as_posix(),
        source=source,
        path=path,
        kind=_kind(name, source, told),
        text=str(told.get("text") or _beside(path)),
        tool=str(told.get("tool") or ""),
        answer=str(told.get("answer") or ""),
        device=bool(told.get("device")),
    )


def _kind(name: Path, source: str, told: Mapping[str, Any]) -> Kind:
    kinds: dict[str, Kind] = {kind: kind for kind in ("speech", "foreign", "noise", "wake")}
    if told.get("kind") in kinds:
        return kinds[told["kind"]]
    if source.startswith("wake") or "keyword" in told:
        return "wake"
    if source.startswith(("noise", "nonspeech")) or "noise" in name.stem:
        return "noise"
    folders = {part.lower() for part in name.parts[:-1] if len(part) == _CODE and part.isalpha()}
    foreign = folders - {_LANGUAGE} or name.stem.startswith("oov")
    return "foreign" if foreign else "speech"


def _beside(path: Path) -> str:
    """The words in a text file of the same name."""
    try:
        return " ".join(path.with_suffix(".txt").read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError):
        return ""
