"""Chooses between devices and files for what `--input` and `--output` name."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from audio.frames import RATE
from audio.loudspeaker import DeviceSpeaker
from audio.microphone import DeviceMicrophone
from audio.playback import NullSpeaker, WavMicrophone, WavSpeaker
from audio.portaudio import PortAudio
from audio.ports import Microphone, Speaker, WavError
from audio.timeline import Timeline
from daemon.errors import UsageError
from daemon.settings import Audio

Input = Literal["mic"] | Path
Output = Literal["speaker", "null"] | Path


@dataclass(frozen=True, slots=True)
class Source:
    """Where sound comes from.

    Attributes:
        microphone: device or recording.
        channel: "mic" or "wav", for the record of turns.
        file_rate: samples per second of the recording, for an aligned output.
        timeline: shared with a WAV output.
        system: shared with the loudspeaker, for PortAudio is one for the whole process.
        recording: the file, when it is one.
    """

    microphone: Microphone
    channel: str
    file_rate: int = RATE
    timeline: Timeline = field(default_factory=Timeline)
    system: PortAudio | None = None
    recording: Path | None = None


def open_microphone(what: Input, settings: Audio) -> Source:
    """Open the input; a recording is read here, before any model is loaded.

    Raises:
        UsageError: the file is missing or not a WAV.
        DeviceError: there is no microphone.
    """
    if not isinstance(what, Path):
        system = _system(settings)
        microphone = DeviceMicrophone(settings.input or None, system=system)
        return Source(microphone, "mic", system=system)
    timeline = Timeline()
    try:
        recording = WavMicrophone(what, timeline)
    except WavError as error:
        raise UsageError(str(error)) from error
    return Source(recording, "wav", recording.file_rate, timeline, recording=what)


def check_output(what: Output, settings: Audio, source: Source | None = None) -> None:
    """Refuse an output that cannot work before any model is loaded; nothing is written.

    Raises:
        UsageError: the file cannot be written, or is the recording that is to be heard.
        DeviceError: there is no loudspeaker.
    """
    if what == "speaker":
        system = (source.system if source else None) or _system(settings)
        system.find("output", settings.output or None)
    elif isinstance(what, Path):
        try:
            _check_file(what, source.recording if source else None)
        except OSError as error:
            raise UsageError(f"{what}: cannot be written: {error.strerror}") from error


@asynccontextmanager
async def open_speaker(
    what: Output, rate: int, settings: Audio, source: Source | None = None
) -> AsyncIterator[Speaker]:
    """Open the output for a voice's rate, and let go of it at the end.

    Raises:
        UsageError: the file cannot be written.
        DeviceError: there is no loudspeaker, or the sound server is frozen.
    """
    if what == "speaker":
        system = (source.system if source else None) or _system(settings)
        device = DeviceSpeaker(rate, settings.output or None, system=system)
        async with asyncio.TaskGroup() as group:
            group.create_task(device.run(), name="loudspeaker")
            await device.opened.wait()
            try:
                yield device
            finally:
                await device.close()
        return
    speaker = _file(what, rate, source) if isinstance(what, Path) else NullSpeaker(rate)
    try:
        yield speaker
    finally:
        await speaker.close()


def _system(settings: Audio) -> PortAudio:
    return PortAudio(output_latency=settings.output_latency_ms / 1000)


def _check_file(path: Path, recording: Path | None) -> None:
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}; make it first")
    if path.exists():
        if not path.is_file():
            what = "a folder; name a file in it" if path.is_dir() else "not a regular file"
            raise UsageError(f"{path}: cannot be written: it is {what}")
        if recording is not None and path.samefile(recording):
            raise UsageError(f"{path}: is the recording itself, which the answer would overwrite")
        with path.open("ab"):
            return
    # Behind a link that leads nowhere yet it is the link's target that is made, and taken away.
    target = Path(os.path.realpath(path))
    with target.open("xb"):
        target.unlink()


def _file(path: Path, rate: int, source: Source | None) -> WavSpeaker:
    timeline, file_rate = (source.timeline, source.file_rate) if source else (Timeline(), rate)
    try:
        return WavSpeaker(path, timeline, rate=rate, file_rate=file_rate)
    except WavError as error:
        raise UsageError(str(error)) from error
