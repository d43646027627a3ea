"""Model files on disk: found, verified, brought when missing; safe against a second process."""

import asyncio
import fcntl
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

from models.catalogue import Catalogue, Model, ModelFile, SourceKind
from models.download import Download
from models.meter import Progress
from models.ports import DownloadFailed, ModelCorrupt, ModelMissing
from models.stamps import Stamps, sha256_of
from models.worker import Worker

State = Literal["verified", "unverified", "damaged", "partial", "missing"]
"""As far as it can be told without hashing; "unverified" is hashed before its first use."""

_LOCK_POLL: Final = 0.2
_HEADROOM: Final = 1.3
"""Disk needed while a model arrives, as a multiple of its missing bytes: wheels on their way."""


@dataclass(frozen=True, slots=True)
class Check:
    """Outcome of hashing one file.

    Attributes:
        file: what it should be.
        path: where it lies.
        got: SHA-256 that was found, "" when the file is missing.
    """

    file: ModelFile
    path: Path
    got: str

    @property
    def ok(self) -> bool:
        """True when the file is the one that the catalogue names."""
        return self.got == self.file.sha256


class ModelStore:
    """The folder of all models: one folder each, named by its id.

    Args:
        root: made when it is needed.
        catalogue: what the models must be.
        order: kinds of sources that may be used, best first.
    """

    def __init__(
        self, root: Path, catalogue: Catalogue, order: Sequence[SourceKind] = ("wheel", "hub")
    ) -> None:
        self._root = root
        self._catalogue = catalogue
        self._order = tuple(order)

    @property
    def catalogue(self) -> Catalogue:
        """What the models must be."""
        return self._catalogue

    def folder(self, model: Model) -> Path:
        """Where a model's files lie, or will."""
        return self._root / model.id

    def path(self, name: str) -> Path:
        """The folder of a model, all of whose files have been verified.

        Files that were not touched since they were last hashed are not hashed again.

        Raises:
            CatalogueError: there is no such model.
            ModelMissing: files are not there; says which command brings them.
            ModelCorrupt: a file is not the one that the catalogue names.
        """
        model = self._catalogue.model(name)
        for check in self._checks(model, trust=True):
            if not check.got:
                raise ModelMissing(
                    f"{check.path} is missing: run `auricle models pull {name}` to bring it"
                )
            if not check.ok:
                raise ModelCorrupt(
                    f"{check.path} is not the file that the catalogue names: SHA-256 is"
                    f" {check.got}, expected {check.file.sha256}; run `auricle models pull {name}`"
                    " to replace it"
                )
        return self.folder(model)

    def verify(self, name: str) -> Iterator[Check]:
        """Hash every file of a model, whatever is remembered of it; one check at a time.

        Raises:
            CatalogueError: there is no such model.
        """
        return self._checks(self._catalogue.model(name), trust=False)

    def state(self, name: str) -> State:
        """How a model is doing, without reading its files.

        Raises:
            CatalogueError: there is no such model.
        """
        model = self._catalogue.model(name)
        folder = self.folder(model)
        stamps = Stamps(folder)
        present = [file for file in model.files if (folder / file.name).is_file()]
        if all(stamps.holds(file.name, file.sha256) for file in model.files):
            return "verified"
        if any((folder / file.name).stat().st_size != file.size for file in present):
            return "damaged"
        if len(present) == len(model.files):
            return "unverified"
        return "partial" if present or (folder / ".partial").is_dir() else "missing"

    async def ensure(self, name: str, progress: Progress) -> Path:
        """Bring what is missing or wrong of a model; returns its folder.

        A second process waits for the first and finds the work done. After a kill or a failure the
        next call goes on where the last one ended.

        Args:
            name: id of the model.
            progress: told of bytes done, bytes in all and what is being done; called on the loop.

        Raises:
            CatalogueError: there is no such model.
            DownloadFailed: no source delivered a file, or the disk did not take it.
        """
        model = self._catalogue.model(name)
        folder = self.folder(model)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DownloadFailed(f"the store cannot be written: {error}") from error
        worker = Worker("store")
        try:
            async with _locked(folder / ".lock", partial(progress, 0, model.size)):
                checks = await worker.run(lambda: list(self._checks(model, trust=True)))
                wrong = [check.file for check in checks if not check.ok]
                if wrong:
                    self._check_room(model, wrong)
                    await Download(model, folder, self._order, worker, progress).run(wrong)
        finally:
            worker.close()
        progress(model.size, model.size, model.id)
        return folder

    def _checks(self, model: Model, *, trust: bool) -> Iterator[Check]:
        folder = self.folder(model)
        stamps = Stamps(folder)
        for file in model.files:
            path = folder / file.name
            if not path.is_file():
                yield Check(file, path, "")
                continue
            if trust and stamps.holds(file.name, file.sha256):
                yield Check(file, path, file.sha256)
                continue
            got = sha256_of(path)
            if got == file.sha256:
                stamps.put(file.name, file.sha256)
            else:
                stamps.drop(file.name)
            yield Check(file, path, got)

    def _check_room(self, model: Model, wrong: Sequence[ModelFile]) -> None:
        """Refuse early what cannot fit."""
        folder = self.folder(model)
        here = sum(
            path.stat().st_blocks * 512 for path in folder.glob(".partial/*") if path.is_file()
        )
        need = int(sum(file.size for file in wrong) * _HEADROOM) - here
        free = shutil.disk_usage(folder).free
        if need > free:
            raise DownloadFailed(
                f"{model.id}: the disk is too full: about {need / 1e6:,.0f} MB are needed in"
                f" {self._root}, {free / 1e6:,.0f} MB are free"
            )


@asynccontextmanager
async def _locked(path: Path, waiting: "partial[None]") -> AsyncIterator[None]:
    """Hold a lock that dies with the process, and say so while another one holds it."""
    with path.open("a") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting("waiting: another process is bringing this model")
                await asyncio.sleep(_LOCK_POLL)
        yield
