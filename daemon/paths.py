"""Where state, models and secrets lie: systemd's directories, otherwise the XDG ones."""

import os
from collections.abc import Mapping
from pathlib import Path

from platformdirs import PlatformDirs

from memory.records import MemoryFailed

_XDG = PlatformDirs("auricle", appauthor=False)


def state(environment: Mapping[str, str] = os.environ) -> Path:
    """Folder of the store; made when missing, readable by its owner alone.

    Raises:
        MemoryFailed: it cannot be made; says which variable names another one.
    """
    given = environment.get("STATE_DIRECTORY")
    folder = Path(given.split(":")[0]) if given else _XDG.user_state_path
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        chosen_by = "STATE_DIRECTORY" if given else "XDG_STATE_HOME"
        raise MemoryFailed(
            f"the folder {folder} for what is remembered cannot be made: {error.strerror}; make it "
            f"for this user, or let {chosen_by} name a place that can be written to"
        ) from error
    return folder


def store(environment: Mapping[str, str] = os.environ) -> Path:
    """Path of the SQLite file.

    Raises:
        MemoryFailed: its folder cannot be made.
    """
    return state(environment) / "auricle.db"


def models(environment: Mapping[str, str] = os.environ) -> Path:
    """Folder of the downloaded weights."""
    given = environment.get("CACHE_DIRECTORY")
    return (Path(given.split(":")[0]) if given else _XDG.user_cache_path) / "models"


def prompts(environment: Mapping[str, str] = os.environ) -> Path:
    """Folder of what the language model has read once; holds nothing that people said."""
    return models(environment).with_name("prompts")


def phrases(environment: Mapping[str, str] = os.environ) -> Path:
    """Folder of what the voice says often; holds nothing that people said."""
    return models(environment).with_name("phrases")


def credential(name: str, environment: Mapping[str, str] = os.environ) -> Path | None:
    """A secret handed over by systemd, if it was."""
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if folder and (path := Path(folder) / name).is_file():
        return path
    return None
