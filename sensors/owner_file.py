"""The owner's file on disk: read, checked, and read again after an edit; see `sensors.owner`."""

import difflib
import logging
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sensors.areas import Area, Floor, folded
from sensors.owner import Correction, Owner, OwnerError
from sensors.phrases import spoken

_log = logging.getLogger(__name__)

_LARGEST = 1024 * 1024
"""Bytes; a house with a thousand corrections has a tenth of it."""

_DEEPEST = 12
"""Tables within tables; availability of a device is the sixth."""

_HEADER = re.compile(r"\s*\[\[?\s*(.+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[\w.-]+)\s*[=.]""")

Name = Annotated[str, Field(min_length=1, max_length=64)]

Domain = Literal[
    "binary_sensor", "button", "climate", "cover", "fan", "humidifier", "lawn_mower", "light",
    "lock", "media_player", "number", "scene", "script", "select", "sensor", "siren", "switch",
    "vacuum", "valve", "water_heater",
]  # fmt: skip


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Place(_Table):
    name: Name = ""
    aliases: list[Name] = []


class _Area(_Place):
    floor: str = ""


class _Entity(_Table):
    model_config = ConfigDict(extra="forbid", strict=True, validate_by_alias=True)

    name: Name = ""
    area: Name = ""
    aliases: list[Name] = []
    hidden: bool = False
    confirm: bool | None = None
    domain: Domain | Literal[""] = Field("", alias="as")


class _Device(BaseModel):
    model_config = ConfigDict(extra="allow")

    platform: Name


class _Heating(_Table):
    min: float
    max: float

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min >= self.max:
            raise ValueError("min has to be less than max")
        return self


class _Confirm(_Table):
    always: list[Name] = []
    heating: _Heating | None = None


class _File(_Table):
    areas: dict[str, _Area] = {}
    floors: dict[str, _Place] = {}
    entities: dict[str, _Entity] = {}
    devices: list[_Device] = []
    confirm: _Confirm = _Confirm()


def load(path: Path) -> Owner:
    """Read and check the file; blocks for as long as the disk does.

    Raises:
        OwnerError: it cannot be read, or something in it is wrong.
    """
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OwnerError(f"{path}: is not TOML: {error}") from error
    except RecursionError:
        document = None
    if document is None or _depth(document) > _DEEPEST:
        raise OwnerError(f"{path}: has tables within tables, deeper than any of it goes")
    try:
        file = _File.model_validate(document)
    except ValidationError as error:
        raise OwnerError("\n".join(_explained(path, text, error))) from error
    faults = [*_unknown_floors(file), *_same_names(file.areas), *_same_names(file.floors)]
    if faults:
        lines = (f"{path}:{_line(text, place)}: {_dotted(place)}: {why}" for place, why in faults)
        raise OwnerError("\n".join(lines))
    return _owner(file)


class OwnerFile:
    """The owner's file while it may be edited. A broken edit leaves what was there in force."""

    def __init__(self, path: Path) -> None:
        """Watch a file that need not exist.

        Args:
            path: of the file.
        """
        self._path = path
        self._seen: tuple[int, ...] | None = None
        self.owner = Owner()
        """What was read last and was right."""
        self.problem = ""
        """What is wrong with the file now, "" when nothing is."""

    def changed(self) -> bool:
        """Read the file if it was edited; whether `owner` is another now. Blocks shortly.

        What is wrong with an edit is logged once and kept in `problem`.
        """
        stamp = _stamp(self._path)
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            owner = load(self._path) if stamp else Owner()
        except OwnerError as error:
            self.problem = str(error)
            _log.error("%s. What was there before stays in force", error)
            return False
        self.problem = ""
        before, self.owner = self.owner, owner
        return owner != before


def _depth(value: object, limit: int = _DEEPEST + 1) -> int:
    """How many tables and lists are within each other; counts no further than the limit."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if limit <= 0 or not inner:
        return 0
    return 1 + max(_depth(one, limit - 1) for one in inner)


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise OwnerError(f"{path}: cannot be read: {error.strerror}") from error
    if len(content) > _LARGEST:
        raise OwnerError(f"{path}: is larger than {_LARGEST // 1024} KiB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OwnerError(f"{path}: is not UTF-8: {error.reason}") from error


def _owner(file: _File) -> Owner:
    floors = {key: place.name or spoken(key) for key, place in file.floors.items()}
    heating = file.confirm.heating
    return Owner(
        areas=tuple(
            Area(area.name or spoken(key), tuple(area.aliases), floors.get(area.floor, ""))
            for key, area in file.areas.items()
        ),
        floors=tuple(
            Floor(floors[key], tuple(place.aliases)) for key, place in file.floors.items()
        ),
        entities={
            key: Correction(
                name=one.name,
                area=_area_name(file, one.area),
                aliases=tuple(one.aliases),
                hidden=one.hidden,
                confirm=one.confirm,
                domain=one.domain,
            )
            for key, one in file.entities.items()
        },
        devices=tuple(one.model_dump() for one in file.devices),
        always=tuple(file.confirm.always),
        heating=(heating.min, heating.max) if heating else None,
    )


def _area_name(file: _File, said: str) -> str:
    """The name of the room that is meant by its key; a name is a name already."""
    area = file.areas.get(said)
    return said if area is None else area.name or spoken(said)


Place = Sequence[str | int]


def _unknown_floors(file: _File) -> Iterable[tuple[Place, str]]:
    for key, area in file.areas.items():
        if area.floor and area.floor not in file.floors:
            yield ("areas", key, "floor"), f"no such floor{_nearest(area.floor, file.floors)}"


def _same_names(places: Mapping[str, _Place]) -> Iterable[tuple[Place, str]]:
    kind = "areas" if any(isinstance(one, _Area) for one in places.values()) else "floors"
    taken: dict[str, str] = {}
    for key, place in places.items():
        for name in (place.name or spoken(key), *place.aliases):
            first = taken.setdefault(folded(name), key)
            if first != key:
                yield (kind, key), f"{first} is called {name} too"


def _explained(path: Path, text: str, error: ValidationError) -> Iterable[str]:
    for fault in error.errors():
        place = [step for step in fault["loc"] if step != "function-after[_in_order(), _Heating]"]
        if fault["type"] == "extra_forbidden":
            why = f"unknown key{_nearest(str(place[-1]), _known(place))}"
        elif fault["type"] == "literal_error":
            domains = Domain.__args__  # type: ignore[attr-defined]
            why = f"no such domain{_nearest(str(fault['input']), domains)}"
            place = place[:3]
        else:
            why = fault["msg"].removeprefix("Value error, ")
        yield f"{path}:{_line(text, place)}: {_dotted(place)}: {why}"


_TABLES: Mapping[str, type[BaseModel]] = {
    "areas": _Area, "floors": _Place, "entities": _Entity, "confirm": _Confirm,
}  # fmt: skip


def _known(place: Place) -> list[str]:
    """The keys that may stand beside the last of a place."""
    if len(place) == 1:
        return list(_File.model_fields)
    table = _Heating if "heating" in place else _TABLES[str(place[0])]
    return [field.alias or name for name, field in table.model_fields.items()]


def _nearest(said: str, known: Iterable[str]) -> str:
    listed = list(known)
    close = difflib.get_close_matches(said, listed, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(listed) or 'none'}"


def _dotted(place: Place) -> str:
    return ".".join(f'"{step}"' if "." in str(step) else str(step) for step in place)


def _line(text: str, place: Place) -> int:
    """The line of a key, or of the closest table around it; TOML's reader does not tell."""
    wanted = [str(step) for step in place if not isinstance(step, int)]
    item = next((step for step in place if isinstance(step, int)), 0)
    best, found, depth, tables = 1, 0, list[str](), 0
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.fullmatch(line):
            depth = _split(header[1])
            tables += depth == wanted[:1] and line.lstrip().startswith("[[")
        elif key := _KEY.match(line):
            here = [*depth, *_split(key[1])]
            if (common := _common(here, wanted)) > found and tables in (0, item + 1):
                best, found = number, common
            continue
        if (common := _common(depth, wanted)) > found and tables in (0, item + 1):
            best, found = number, common
    return best


def _split(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(r'"[^"]*"|\'[^\']*\'|[^.\s]+', dotted)]


def _common(here: Sequence[str], wanted: Sequence[str]) -> int:
    return len(here) if list(here) == list(wanted[: len(here)]) else 0
