"""Configuration in layers: each value knows where it came from, each mistake its file and key."""

import difflib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from daemon.settings import Settings

_SHIPPED = Path("/usr/lib/auricle/auricle.toml")
_LOCAL = Path("/etc/auricle")
_PREFIX = "AURICLE_"

Key = tuple[str, str]
"""Section and key."""


class ConfigError(Exception):
    """The configuration is wrong; the text names the place, the key and what to write instead."""


@dataclass(frozen=True, slots=True)
class Config:
    """Validated settings and where each one came from.

    Attributes:
        settings: the values.
        origins: file path, environment variable or flag for every value that is not a default.
        folder: of the local configuration file.
    """

    settings: Settings
    origins: Mapping[Key, str]
    folder: Path = _LOCAL

    def beside(self, name: str) -> Path:
        """A file or folder that the configuration names, relative to where it lies itself."""
        return self.folder / Path(name).expanduser()

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield (key, value, origin, meaning) for every setting, in order."""
        for section, model in self.settings:
            for name, field in type(model).model_fields.items():
                origin = self.origins.get((section, name), "default")
                value = _as_toml(getattr(model, name))
                yield f"{section}.{name}", value, origin, field.description or ""


def load(
    file: Path | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    flags: Mapping[Key, Any] | None = None,
) -> Config:
    """Read all layers: code, shipped file, local files, environment, flags.

    Args:
        file: read instead of /etc/auricle.
        environment: AURICLE_SECTION__KEY variables; the value is TOML, or else a string.
        flags: values from the command line.

    Raises:
        ConfigError: a file is missing or not TOML, a key is unknown, a value does not fit.
    """
    values: dict[str, dict[str, Any]] = {}
    origins: dict[Key, str] = {}
    for origin, section, key, value in _layers(file, environment, flags or {}):
        _known(section, key, origin)
        values.setdefault(section, {})[key] = value
        origins[section, key] = origin
    try:
        folder = file.resolve().parent if file is not None else _LOCAL
        return Config(Settings.model_validate(values), origins, folder)
    except ValidationError as error:
        raise ConfigError(_explain(error, origins)) from error


def _layers(
    file: Path | None, environment: Mapping[str, str], flags: Mapping[Key, Any]
) -> Iterator[tuple[str, str, str, Any]]:
    for path in _files(file):
        for section, table in _read(path).items():
            if not isinstance(table, dict):
                raise ConfigError(f"{path}: {section} stands outside a [section]")
            _section(section, str(path))
            for key, value in table.items():
                yield str(path), section, key, value
    for name in sorted(environment):
        section, separator, key = name.removeprefix(_PREFIX).lower().partition("__")
        if name.startswith(_PREFIX) and separator:
            _section(section, name)
            yield name, section, key, _from_text(section, key, environment[name])
    for (section, key), value in flags.items():
        yield f"--{key.replace('_', '-')}", section, key, value


def _files(file: Path | None) -> Iterator[Path]:
    if _SHIPPED.exists():
        yield _SHIPPED
    if file is not None:
        yield file
        return
    if (_LOCAL / "auricle.toml").exists():
        yield _LOCAL / "auricle.toml"
    yield from sorted((_LOCAL / "auricle.d").glob("*.toml"))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error


def _from_text(section: str, key: str, text: str) -> Any:
    """Read an environment variable: a string where a string is wanted, TOML elsewhere."""
    field = _fields(section).get(key)
    if field is not None and field.annotation is str:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _fields(section: str) -> Mapping[str, Any]:
    annotation = Settings.model_fields[section].annotation
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        raise TypeError(f"{section} is not a section")
    return annotation.model_fields


def _section(section: str, origin: str) -> None:
    if section not in Settings.model_fields:
        raise ConfigError(
            f"{origin}: unknown section [{section}]" + _nearest(section, Settings.model_fields)
        )


def _known(section: str, key: str, origin: str) -> None:
    if key not in _fields(section):
        raise ConfigError(
            f"{origin}: unknown key {section}.{key}" + _nearest(key, _fields(section))
        )


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(known)}"


def _explain(error: ValidationError, origins: Mapping[Key, str]) -> str:
    lines = []
    for fault in error.errors():
        section, key = str(fault["loc"][0]), str(fault["loc"][1])
        origin = origins.get((section, key), "default")
        lines.append(f"{origin}: {section}.{key} = {_as_toml(fault['input'])}: {fault['msg']}")
    return "\n".join(lines)


def _as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # JSON's strings are TOML's basic strings, but for DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, BaseModel):
        given = [name for name in type(value).model_fields if name in value.model_fields_set]
        return _as_toml({name: _masked(name, getattr(value, name)) for name in given})
    if isinstance(value, dict):
        inner = ", ".join(f"{_as_toml(str(key))} = {_as_toml(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_as_toml(item) for item in value)}]"
    return str(value)


def _masked(name: str, value: Any) -> Any:
    """What may be shown of a value: a program's environment often holds its keys."""
    return dict.fromkeys(value, "***") if name == "env" else value
