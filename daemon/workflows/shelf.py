"""The workflow files that there are, as they were read last."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from daemon.workflows.definition import Workflow, WorkflowRefused, check_tools, load

log = logging.getLogger(__name__)

_MOST: Final = 100
"""Files; each is offered by name."""


class Shelf:
    """Reads files of folders, and again when they change.

    Args:
        folders: a file in a later one replaces a workflow of the same name.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._loaded: dict[str, Workflow] = {}
        self._seen: object = None
        self.refused: list[str] = []
        """Why files are missing among `all`, in words for an admin."""

    @property
    def all(self) -> list[Workflow]:
        """Everything that can be run, by name."""
        return [self._loaded[name] for name in sorted(self._loaded)]

    def load(self, effects: Mapping[str, str]) -> bool:
        """Read the files if they or the tools are others now; whether that was so.

        Those that make no sense are left out and said in the log.

        Args:
            effects: "read" or "write" by the name of each tool that there is.
        """
        paths = [path for folder in self._folders for path in sorted(folder.glob("*.toml"))][:_MOST]
        seen = (effects, [(path, _stamp(path)) for path in paths])
        if seen == self._seen:
            return False
        self._seen = seen
        found: dict[str, Workflow] = {}
        before, self.refused = self.refused, []
        for path in paths:
            try:
                workflow = load(path)
                check_tools(workflow, effects)
            except WorkflowRefused as error:
                self.refused.append(str(error))
            except Exception as error:  # noqa: BLE001 - a file's border: the others are still good
                self.refused.append(f"{path}: {type(error).__name__}")
            else:
                found[workflow.name] = workflow
        for reason in self.refused:
            if reason not in before:
                log.error("a workflow is left out: %s", reason)
        self._loaded = found
        return True

    def named(self, said: str) -> Workflow | None:
        """The workflow that somebody means, by its name or one of its phrases."""
        words = " ".join(said.lower().replace("_", " ").split())
        fits = (w for w in self._loaded.values() if words == w.name or words in w.phrases)
        return next(fits, None)


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_ino, found.st_size
