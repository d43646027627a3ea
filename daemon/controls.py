"""What may be seen and set from outside: phase, mute, volume, the last intent."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Final, Literal, Protocol

log = logging.getLogger(__name__)

Phase = Literal["idle", "listening", "thinking", "speaking"]

LOUDEST: Final = 100


class Listener(Protocol):
    """The part of an ear that is set from outside."""

    def mute(self, muted: bool) -> None:
        """Be closed, or open again."""

    def talk(self, held: bool) -> None:
        """A button is held to speak, or was released."""

    def call(self) -> None:
        """Be attentive as after a wake word."""


class Controls:
    """The few knobs of a running conversation; belongs to the loop.

    Whoever wants to follow them waits for `changed`: several changes in a row may be seen as one.
    Any number of followers may wait.
    """

    @classmethod
    def load(cls, path: Path) -> "Controls":
        """As somebody left them: who muted the ear does not want a restart to open it. Blocks."""
        try:
            told = json.loads(path.read_text("utf-8"))
            return cls(muted=bool(told["muted"]), volume=int(told["volume"]))
        except (OSError, ValueError, TypeError, KeyError):
            return cls()

    def __init__(self, *, muted: bool = False, volume: int = LOUDEST) -> None:
        self._phase: Phase = "idle"
        self._talking = False
        self._calls = 0
        self._muted = muted
        self._volume = volume
        self._last_intent = ""
        self._version = 0
        self._change = asyncio.Event()

    @property
    def phase(self) -> Phase:
        """What is being done."""
        return self._phase

    @phase.setter
    def phase(self, phase: Phase) -> None:
        self._tell(phase != self._phase)
        self._phase = phase

    @property
    def muted(self) -> bool:
        """Whether nothing is heard, because somebody wants it so."""
        return self._muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self._tell(muted != self._muted)
        self._muted = muted

    @property
    def talking(self) -> bool:
        """Whether somebody holds a button to speak. Not kept: who held it does so no more."""
        return self._talking

    @talking.setter
    def talking(self, talking: bool) -> None:
        self._tell(talking != self._talking)
        self._talking = talking

    @property
    def calls(self) -> int:
        """How often somebody has pressed a button instead of saying a wake word."""
        return self._calls

    def call(self) -> None:
        """A button was pressed instead of saying a wake word."""
        self._tell(differs=True)
        self._calls += 1

    @property
    def volume(self) -> int:
        """Of the voice, 0..100."""
        return self._volume

    @volume.setter
    def volume(self, volume: int) -> None:
        volume = max(0, min(LOUDEST, volume))
        self._tell(volume != self._volume)
        self._volume = volume

    @property
    def gain(self) -> float:
        """What samples are multiplied with: loudness is felt as the square root of amplitude."""
        return (self._volume / LOUDEST) ** 2

    @property
    def last_intent(self) -> str:
        """Name of the tool that was called last, "" before the first."""
        return self._last_intent

    @last_intent.setter
    def last_intent(self, name: str) -> None:
        self._tell(name != self._last_intent)
        self._last_intent = name

    async def changed(self, after: int) -> int:
        """Wait for a change later than the `after`th; the number of the last one."""
        while self._version <= after:
            await self._change.wait()
        return self._version

    async def follow(self, ear: Listener) -> None:
        """Until cancelled: let the ear be closed, attentive or called as somebody wants it."""
        seen, talking, calls = -1, False, self._calls
        while True:
            seen = await self.changed(seen)
            ear.mute(self._muted)
            if self._talking != talking:
                talking = self._talking
                ear.talk(talking)
            if self._calls != calls:
                calls = self._calls
                ear.call()

    async def keep(self, path: Path) -> None:
        """Until cancelled: write down what `load` wants."""
        seen, kept = 0, (self._muted, self._volume)
        while True:
            seen = await self.changed(seen)
            if (now := (self._muted, self._volume)) != kept:
                told = json.dumps({"muted": self._muted, "volume": self._volume})
                try:
                    await asyncio.to_thread(_write, path, told)
                except OSError as error:
                    log.error("mute and volume are not kept: %s", error.strerror)  # noqa: TRY400 - says it all
                kept = now

    def _tell(self, differs: bool) -> None:
        if differs:
            self._version += 1
            self._change.set()
            self._change = asyncio.Event()


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a power cut must not open an ear."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(text, "utf-8")
    unfinished.replace(path)
