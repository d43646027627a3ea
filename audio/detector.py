"""Gate, judge and endpointer in the order of their price: frames in, happenings out."""

from typing import Protocol

from audio.endpointer import Endpointer, Event
from audio.frames import FRAME, AudioFrame, Pcm
from audio.gate import Gate
from audio.silero import WINDOW
from audio.take import Take

_WARMING = 16 * WINDOW
"""Samples before the gate opened that the judge hears first: half a second. A recurrent judge that
starts in the middle of a word needs about that long to know it for speech."""


class Judge(Protocol):
    """Says how likely a window of WINDOW samples holds speech; remembers the windows before."""

    def probability(self, window: Pcm) -> float:
        """Probability of speech, 0..1."""

    def reset(self) -> None:
        """Begin a new stream."""


class Detector:
    """Finds utterances in a stream of frames; how the stream is cut into frames does not matter.

    Runs on the caller's thread: judging a window takes 0.1 ms, as long as a hop to another thread.
    """

    def __init__(self, gate: Gate, judge: Judge, endpointer: Endpointer) -> None:
        self._gate = gate
        self._judge = judge
        self._endpointer = endpointer
        self.reset()

    def reset(self, start: int = 0) -> None:
        """Forget everything; the stream goes on at sample index `start`."""
        self._sound = Take(start)
        self._gated = self._judged = start
        self._awake = False
        self._gate.reset()
        self._endpointer.reset()

    @property
    def idle(self) -> bool:
        """True while nobody speaks and nothing sounds as if somebody were beginning to."""
        return self._endpointer.idle

    def hear(self, frame: AudioFrame) -> list[Event]:
        """Take the next frame at RATE; a gap in `start` ends what was going on, unreported."""
        if frame.start != self._sound.end:
            self.reset(frame.start)
        self._sound.append(frame.pcm)
        events: list[Event] = []
        while self._sound.end - self._judged >= WINDOW:
            window = AudioFrame(self._piece(self._judged, WINDOW), self._judged)
            events += self._endpointer.hear(window, self._probability(window))
            self._judged = window.end
        self._sound.forget_before(self._judged - _WARMING)
        return events

    def _piece(self, start: int, length: int) -> Pcm:
        return self._sound.since(start)[:length]

    def _probability(self, window: AudioFrame) -> float:
        while self._gated + FRAME <= window.end:
            self._gate.hear(self._piece(self._gated, FRAME))
            self._gated += FRAME
        if not (self._gate.open or self._endpointer.speaking):
            self._awake = False
            return 0.0
        if not self._awake:
            self._awake = True
            self._warm_up(window.start)
        return self._judge.probability(window.pcm)

    def _warm_up(self, end: int) -> None:
        self._judge.reset()
        for start in range(max(self._sound.start, end - _WARMING), end, WINDOW):
            self._judge.probability(self._piece(start, WINDOW))
