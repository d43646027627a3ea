"""Gate, judge and endpointer in the order of their price: frames in, happenings out."""

from typing import Protocol

import numpy as np

from audio.endpointer import Endpointer, Event
from audio.frames import FRAME, AudioFrame, Pcm, Utterance
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

    def reset(self, start: int = 0, begins: int = 0) -> None:
        """Forget everything; the stream goes on at sample index `start`.

        Args:
            start: of the next frame.
            begins: what sounds like speech before this sample index makes no beginning, but is part
                of an utterance that begins behind it: the last of a wake word, or already an order.
        """
        self._begins = begins
        self._sound = Take(start)
        self._gated = self._judged = start
        self._awake = False
        self._gate.reset()
        self._endpointer.reset()

    @property
    def idle(self) -> bool:
        """True while nobody speaks and nothing sounds as if somebody were beginning to."""
        return self._endpointer.idle

    @property
    def suspecting(self) -> bool:
        """True from a SpeechSuspected to its SpeechStarted or SpeechDismissed.

        What was suspected when everything is forgotten is dismissed by the next frame.
        """
        return self._endpointer.suspecting

    def settle(self, utterance: Utterance, silence_ms: float) -> None:
        """Say how many milliseconds since its acoustic end a pause must last to be the end.

        Nothing happens if the person went on meanwhile.
        """
        self._endpointer.settle(utterance, silence_ms)

    def finish(self) -> list[Event]:
        """End the running utterance with the last sample that was heard.

        Speech that was not enough for a start is dropped.
        """
        events: list[Event] = []
        rest = self._piece(self._judged, WINDOW)
        if len(rest):
            events += self._judge_piece(rest)
            self._awake = False  # The judge has heard silence that never was.
        return events + self._endpointer.finish()

    def abandon(self) -> None:
        """Forget the running utterance unreported; listening goes on."""
        self._endpointer.abandon()

    def hear(self, frame: AudioFrame) -> list[Event]:
        """Take the next frame at RATE; a gap in `start` ends what was going on, unreported."""
        if frame.start != self._sound.end:
            self.reset(frame.start)
        self._sound.append(frame.pcm)
        events: list[Event] = []
        while self._sound.end - self._judged >= WINDOW:
            events += self._judge_piece(self._piece(self._judged, WINDOW))
        self._sound.forget_before(self._judged - _WARMING)
        return events

    def _piece(self, start: int, length: int) -> Pcm:
        return self._sound.since(start)[:length]

    def _judge_piece(self, pcm: Pcm) -> list[Event]:
        """Judge the next piece, WINDOW samples or the last few before an end."""
        piece = AudioFrame(pcm, self._judged)
        self._judged = piece.end
        return self._endpointer.hear(piece, self._probability(piece))

    def _probability(self, piece: AudioFrame) -> float:
        while self._gated + FRAME <= piece.end:
            self._gate.hear(self._piece(self._gated, FRAME))
            self._gated += FRAME
        if not (self._gate.open or self._endpointer.speaking):
            self._awake = False
            return 0.0
        if piece.start < self._begins:
            return 0.0
        if not self._awake:
            self._awake = True
            self._warm_up(piece.start)
        return self._judge.probability(np.pad(piece.pcm, (0, WINDOW - len(piece.pcm))))

    def _warm_up(self, end: int) -> None:
        self._judge.reset()
        windows = min(_WARMING, end - self._sound.start) // WINDOW
        for start in range(end - windows * WINDOW, end, WINDOW):
            self._judge.probability(self._piece(start, WINDOW))
