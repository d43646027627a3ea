"""Runs in a process of its own, inside a virtual sound card; says on stdout what happens.

listen SECONDS OUT.npy    capture and save as int16, start indexes checked
watch                     print "frame" once a second of frames has come, log lines to stderr
mute                      print "frame" whenever frames begin; every line on stdin mutes or opens
say IN.wav                play a WAV on the loudspeaker and report the account of it
pause IN.wav              play it, pause for a second in its middle, and report
echo IN.wav OUT.npy       play it and save what the microphone hears, raw and cleaned, shape (2, n)
devices                   list them
"""

import asyncio
import json
import logging
import os
import sys
import time
from contextlib import aclosing, suppress
from pathlib import Path

import numpy as np

from audio.echo import EchoCanceller
from audio.frames import FRAME, RATE, AudioFrame, Pcm
from audio.loudspeaker import DeviceSpeaker
from audio.microphone import DeviceMicrophone
from audio.portaudio import PortAudio, devices
from audio.ports import DeviceError
from audio.wav import read_wav


def tell(**what: object) -> None:
    print(json.dumps({"at": time.monotonic(), **what}), flush=True)


class Told(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        tell(log=record.getMessage())


async def listen(seconds: float, out: Path) -> None:
    microphone = DeviceMicrophone()
    pieces, lags, expected = [], [], 0
    async with aclosing(microphone.frames()) as frames:
        async for frame in frames:
            assert frame.start == expected
            assert len(frame.pcm) == FRAME
            expected = frame.end
            pieces.append(frame.pcm)
            lags.append(asyncio.get_running_loop().time() - microphone.time_of(frame.end))
            if len(pieces) == 1:
                tell(hears=True)
            if frame.end >= seconds * RATE:
                break
    np.save(out, np.concatenate(pieces))
    tell(lag_ms=float(np.median(lags)) * 1000, dropped=microphone.dropped)


async def watch() -> None:
    microphone = DeviceMicrophone()
    came, previous_end = 0, 0
    async with aclosing(microphone.frames()) as frames:
        async for frame in frames:
            if frame.start != previous_end:
                tell(jump_ms=(frame.start - previous_end) * 1000 / RATE)
            previous_end = frame.end
            came += 1
            if came % 25 == 0:
                tell(frame=frame.end)


async def mute() -> None:
    microphone = DeviceMicrophone()

    async def follow() -> None:
        muted = False
        while await asyncio.to_thread(sys.stdin.readline):
            muted = not muted
            microphone.mute(muted)
            tell(muted=muted)

    following = asyncio.create_task(follow())
    previous_end = 0
    async with aclosing(microphone.frames()) as frames:
        async for frame in frames:
            if frame.start != previous_end or not previous_end:
                tell(frame=frame.start, jump_ms=(frame.start - previous_end) * 1000 / RATE)
            previous_end = frame.end
    following.cancel()


async def say(path: Path) -> None:
    pcm = read_wav(path).pcm
    # What is played is the question, not how busy this machine may be without a crackle.
    speaker = DeviceSpeaker(RATE, system=PortAudio(output_latency=0.3))
    running = asyncio.create_task(speaker.run())
    loop = asyncio.get_running_loop()
    while not speaker.queued:  # Discarded until the device is open.
        await speaker.play(AudioFrame(np.zeros(FRAME, dtype=np.int16), 0))
        await asyncio.sleep(0.02)
    first = speaker.queued
    asked = loop.time()
    for start in range(0, len(pcm), 1600):
        await speaker.play(AudioFrame(pcm[start : start + 1600], start))
    await speaker.drain()
    drained = loop.time()
    begun = speaker.time_of(first)
    assert begun is not None
    tell(
        queued=speaker.queued - first,
        played=speaker.played - first,
        starts_ms=(begun - asked) * 1000,
        took_ms=(drained - begun) * 1000,
    )
    await speaker.close()
    assert running.done()


async def pause(path: Path) -> None:
    pcm = read_wav(path).pcm
    _hurry()
    speaker = DeviceSpeaker(RATE, system=PortAudio(output_latency=0.06))
    running = asyncio.create_task(speaker.run())
    await speaker.opened.wait()
    playing = asyncio.create_task(_play(speaker, pcm))
    while speaker.played < len(pcm) // 2:  # noqa: ASYNC110 - it is the sound card's clock
        await asyncio.sleep(0.01)
    speaker.pause()
    paused_at = speaker.played
    await asyncio.sleep(1)
    speaker.resume()
    await playing
    await speaker.drain()
    tell(paused_at=paused_at, queued=speaker.queued, played=speaker.played)
    await speaker.close()
    assert running.done()


def _hurry() -> None:
    """Ask for the priority that the daemon's unit has: a gap in the sound is not what is tested."""
    with suppress(PermissionError):
        os.nice(-10)


async def _play(speaker: DeviceSpeaker, pcm: Pcm) -> None:
    for start in range(0, len(pcm), 1600):
        await speaker.play(AudioFrame(pcm[start : start + 1600], start))


async def echo(path: Path, out: Path) -> None:
    _hurry()
    speaker = DeviceSpeaker(RATE, system=PortAudio(output_latency=0.3))
    microphone = DeviceMicrophone()
    canceller = EchoCanceller(speaker.monitor, microphone.time_of)
    running = asyncio.create_task(speaker.run())
    await speaker.opened.wait()
    playing: asyncio.Task[None] | None = None
    heard: list[tuple[Pcm, Pcm]] = []
    async with aclosing(microphone.frames()) as frames:
        async for frame in frames:
            playing = playing or asyncio.create_task(_play(speaker, read_wav(path).pcm))
            heard.append((frame.pcm, canceller.clean(frame).pcm))
            if playing.done() and not speaker.sounding:
                break
    np.save(out, _rows(heard))
    tell(frames=len(heard))
    await speaker.close()
    assert running.done()


def _rows(heard: list[tuple[Pcm, Pcm]]) -> Pcm:
    return np.stack([np.concatenate(one) for one in zip(*heard, strict=True)])


def main() -> int:
    logging.getLogger("audio").addHandler(Told())
    try:
        match sys.argv[1:]:
            case ["listen", seconds, out]:
                asyncio.run(listen(float(seconds), Path(out)))
            case ["watch"]:
                asyncio.run(watch())
            case ["mute"]:
                asyncio.run(mute())
            case ["say", path]:
                asyncio.run(say(Path(path)))
            case ["pause", path]:
                asyncio.run(pause(Path(path)))
            case ["echo", path, out]:
                asyncio.run(echo(Path(path), Path(out)))
            case ["devices"]:
                tell(devices=[device.name for device in devices()])
    except DeviceError as error:
        tell(error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
