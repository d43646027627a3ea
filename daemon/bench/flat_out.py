"""What the ear loses while ear, mind and mouth compute without a pause.

A sound card that exists only here delivers recordings block by block on a thread of its own, as
PortAudio does; microphone, detector and loop are those of the daemon.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from itertools import count
from typing import Final

import numpy as np

from audio.detector import Detector
from audio.endpointer import Endpointer
from audio.frames import FRAME, RATE, Pcm, SpeechPaused, Utterance
from audio.gate import Gate
from audio.listening import Ear
from audio.microphone import DeviceMicrophone
from audio.sound_system import Capture, Device, Direction
from daemon import assembly
from daemon.bench.bench import Bench, Figures
from daemon.bench.figures import spread
from daemon.bench.material import chosen
from models.ports import LanguageModel, Message, Transcriber, Voice

_RECORDINGS: Final = 12
_PAUSE: Final = np.zeros(RATE, np.int16)
_BLOCK_S: Final = FRAME / RATE
_ANSWER: Final = 60
"""Tokens of an answer."""

_CLAUSE: Final = "The light in the kitchen is on, and number {} has finished."


def measure(bench: Bench, minutes: float) -> Figures:
    """Frames lost and how late the loop was, in so many minutes of everything at once."""
    spoken = chosen([item for item in bench.items if item.kind == "speech"], _RECORDINGS)
    return asyncio.run(_measured(bench, [bench.sound(item) for item in spoken], minutes * 60))


async def _measured(bench: Bench, speech: Sequence[Pcm], seconds: float) -> Figures:
    async with AsyncExitStack() as stack:
        ear = await stack.enter_async_context(assembly.ear(bench.shop))
        mind = await stack.enter_async_context(assembly.mind(bench.shop))
        mouth = await stack.enter_async_context(assembly.mouth(bench.shop))
        detector = Detector(Gate(), await assembly.vad(bench.shop), Endpointer())
        figures: dict[str, list[float]] = {"transcribe_ms": [], "answer_ms": [], "clause_ms": []}
        busy = (
            (figures["transcribe_ms"], lambda number: _hear(ear, speech[number % len(speech)])),
            (figures["answer_ms"], lambda number: _answer(mind, number)),
            (figures["clause_ms"], lambda number: _speak(mouth, number)),
        )
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_again(lengths, work)) for lengths, work in busy]
            heard = await listened(detector, speech, seconds)
            for task in tasks:
                task.cancel()
    return {**heard, **{name: spread(lengths) for name, lengths in figures.items()}}


async def listened(detector: Detector, speech: Sequence[Pcm], seconds: float) -> Figures:
    """Listen to recordings for so long.

    Returns:
        Frames delivered and lost, pauses of speech found, and how many milliseconds late the loop
        came back from waits of one block.
    """
    sound = np.concatenate([part for one in speech for part in (one, _PAUSE)])
    microphone = DeviceMicrophone(system=_Card(sound))
    heard: Counter[type[object]] = Counter()
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(_listen(Ear(microphone, detector), heard), name="listen")
        late = await _lateness(seconds)
        listening.cancel()
    return {
        "seconds": seconds,
        "frames": round(seconds / _BLOCK_S),
        "dropped": microphone.dropped,
        "pauses": heard[SpeechPaused],
        "loop_late_ms": {**spread(late), "max": round(max(late), 1)},
    }


async def _listen(ear: Ear, heard: "Counter[type[object]]") -> None:
    async with aclosing(ear.events()) as events:
        async for event in events:
            heard[type(event)] += 1


async def _lateness(seconds: float) -> list[float]:
    """Milliseconds by which a wait of one block took too long, again and again."""
    loop = asyncio.get_running_loop()
    end, late = loop.time() + seconds, []
    while (now := loop.time()) < end:
        await asyncio.sleep(_BLOCK_S)
        late.append((loop.time() - now - _BLOCK_S) * 1000)
    return late


async def _again(lengths: list[float], work: Callable[[int], Awaitable[None]]) -> None:
    for number in count():
        began = time.perf_counter()
        await work(number)
        lengths.append((time.perf_counter() - began) * 1000)


async def _hear(ear: Transcriber, pcm: Pcm) -> None:
    await ear.transcribe(Utterance(pcm, 0, len(pcm), len(pcm)), ())


async def _answer(mind: LanguageModel, number: int) -> None:
    asked = Message("user", f"Tell me about the number {number}.")
    async with aclosing(mind.reply([asked], max_tokens=_ANSWER)) as parts:
        async for _ in parts:
            pass


async def _speak(mouth: Voice, number: int) -> None:
    # What was said before would come from the disk.
    async with aclosing(mouth.say(_CLAUSE.format(number))) as frames:
        async for _ in frames:
            pass


class _Card:
    """A `SoundSystem` with one microphone, which plays a recording over and over in real time."""

    def __init__(self, sound: Pcm) -> None:
        self._sound = sound

    def find(self, direction: Direction, wanted: str | int | None) -> Device:
        """The one device."""
        name = f"recordings, {direction} {wanted}"
        return Device(0, name, 1, 0, RATE, default_input=True, default_output=False)

    def refresh(self) -> None:
        """Nothing comes or goes."""

    def record(
        self,
        device: Device,  # noqa: ARG002 - there is one
        rate: int | None,  # noqa: ARG002 - it has one
        capture: Capture,
        ended: Callable[[], None],  # noqa: ARG002 - it never ends
    ) -> "_Playing":
        """Begin."""
        return _Playing(self._sound, capture)

    def play(self, *_: object) -> "_Playing":
        """Refuse: it has no loudspeaker."""
        raise TypeError("recordings cannot be played to")

    def abandon(self) -> None:
        """Nothing hangs."""


class _Playing:
    """A running stream."""

    rate = RATE

    def __init__(self, sound: Pcm, capture: Capture) -> None:
        self._sound, self._capture = sound, capture
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recordings")
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        began, number = time.monotonic(), 0
        at = 0
        while not self._stopped.is_set():
            number += 1
            self._stopped.wait(max(0.0, began + number * _BLOCK_S - time.monotonic()))
            self._capture(np.take(self._sound, range(at, at + FRAME), mode="wrap"), _BLOCK_S)
            at += FRAME
