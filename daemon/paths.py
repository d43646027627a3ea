"""Where state, models and secrets lie: systemd's directories, otherwise the XDG ones."""

import os
from collections.abc import Mapping
from pathlib import Path

from platformdirs import PlatformDirs

_XDG = PlatformDirs("auricle", appauthor=False)


def state(environment: Mapping[str, str] = os.environ) -> Path:
    """Folder of the store; made when missing, readable by its owner alone."""
    given = environment.get("STATE_DIRECTORY")
    folder = Path(given.split(":")[0]) if given else _XDG.user_state_path
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def store(environment: Mapping[str, str] = os.environ) -> Path:
    """Path of the SQLite file."""
    return state(environment) / "auricle.db"


def models(environment: Mapping[str, str] = os.environ) -> Path:
    """Folder of the downloaded weights."""
    given = environment.get("CACHE_DIRECTORY")
    return (Path(given.split(":")[0]) if given else _XDG.user_cache_path) / "models"


def credential(name: str, environment: Mapping[str, str] = os.environ) -> Path | None:
    """A secret handed over by systemd, if it was."""
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if folder and (path := Path(folder) / name).is_file():
        return path
    return None
