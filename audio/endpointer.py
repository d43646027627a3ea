"""Where an utterance begins and ends: a state machine that counts samples and knows no clock."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from audio.edges import last_sound
from audio.frames import RATE, AudioFrame, SpeechPaused, SpeechStarted, Utterance
from audio.take import Take

Event = SpeechStarted | SpeechPaused | Utterance
"""What an ear reports."""


def _samples(milliseconds: float) -> int:
    return round(milliseconds * RATE / 1000)


@dataclass(frozen=True, slots=True)
class Patience:
    """How sure the endpointer wants to be. All defaults come from `tests/bench/ear_vad.py`.

    Attributes:
        speech: probability from which a window holds speech.
        silence: probability under which a window holds none; between the two nothing changes.
        start_ms: speech that makes a start, in milliseconds.
        within_ms: stretch in which that speech must fall.
        preroll_ms: sound kept from before the start: soft first consonants are not recognised.
        gap_ms: silence behind a first word that is too short for a start: "add ... apples". The
            sound kept begins before that word.
        pause_ms: silence after which a transcription may be tried.
        silence_ms: silence that ends an utterance.
        longest_ms: length after which an utterance is cut, so that memory stays bounded.
    """

    speech: float = 0.5
    silence: float = 0.35
    start_ms: float = 128
    within_ms: float = 256
    preroll_ms: float = 350
    gap_ms: float = 500
    pause_ms: float = 200
    silence_ms: float = 600
    longest_ms: float = 600_000


class Endpointer:
    """Takes judged frames in order and says when somebody starts, pauses and ends.

    Utterances never overlap, and each follows its own SpeechStarted. When a pause turns out to be
    the end, the utterance has the very samples of the pause: what was transcribed then is final.
    A gap in the frames' `start` throws an unfinished utterance away, as `reset` does: what is on
    both sides of it is not one sentence.
    """

    def __init__(self, patience: Patience | None = None) -> None:
        patience = patience or Patience()
        self._patience = patience
        self._start = _samples(patience.start_ms)
        self._within = _samples(patience.within_ms)
        self._preroll = _samples(patience.preroll_ms)
        self._gap = _samples(patience.gap_ms)
        self._pause = _samples(patience.pause_ms)
        self._silence = _samples(patience.silence_ms)
        self._longest = _samples(patience.longest_ms)
        self.reset()

    def reset(self) -> None:
        """Forget everything, also an utterance that has begun."""
        self._take = Take()
        self._forget_speech()

    def _forget_speech(self) -> None:
        self._votes: deque[tuple[int, int]] = deque()
        self._murmur: tuple[int, int] | None = None
        self._spoke: int | None = None
        self._last = 0
        self._silent = False
        self._pause_at: int | None = None
        self._voiced = 0

    @property
    def speaking(self) -> bool:
        """True from a SpeechStarted to its Utterance."""
        return self._spoke is not None

    @property
    def idle(self) -> bool:
        """True while nobody speaks and nothing sounds as if somebody were beginning to."""
        return self._spoke is None and not self._votes

    def hear(self, frame: AudioFrame, probability: float) -> list[Event]:
        """Take the next frame.

        Args:
            frame: sound at RATE of any length.
            probability: how likely the frame holds speech, 0..1.

        Returns:
            What became certain with this frame, in order.
        """
        if frame.start != self._take.end:
            self.reset()
            self._take = Take(frame.start)
        self._take.append(frame.pcm)
        if self._spoke is None:
            return list(self._waiting(frame, probability))
        return list(self._listening(self._spoke, frame, probability))

    def _waiting(self, frame: AudioFrame, probability: float) -> Iterator[Event]:
        if probability >= self._patience.speech:
            self._votes.append((frame.start, frame.end))
            self._murmur = (self._first_word(frame.start), frame.end)
        while self._votes and self._votes[0][0] < frame.end - self._within:
            self._votes.popleft()
        first = self._first_word(frame.end)
        if sum(end - start for start, end in self._votes) < self._start:
            earliest = max(first, frame.end - _MURMUR)
            self._take.forget_before(min(earliest, frame.end - self._within) - self._preroll)
            return
        self._spoke, self._last = self._votes[0][0], self._votes[-1][1]
        self._voiced = sum(end - start for start, end in self._votes)
        self._votes.clear()
        self._take.forget_before(min(first, self._spoke) - self._preroll)
        yield SpeechStarted(self._spoke)

    def _first_word(self, now: int) -> int:
        """Where the speech began that was not yet enough for a start, `now` if there was none."""
        if self._murmur is None or now - self._murmur[1] > self._gap:
            return now
        return self._murmur[0]

    def _listening(self, spoke: int, frame: AudioFrame, probability: float) -> Iterator[Event]:
        loud = probability >= self._patience.speech
        if loud or (not self._silent and probability >= self._patience.silence):
            self._last, self._silent, self._pause_at = frame.end, False, None
            self._voiced += len(frame.pcm) if loud else 0
        else:
            self._silent = True
        quiet = frame.end - self._last
        if quiet >= self._silence or frame.end - spoke >= self._longest:
            yield self._utterance(spoke)
            self._forget_speech()
            self._take.forget_before(frame.end)
        elif quiet >= self._pause and self._pause_at is None:
            self._pause_at = frame.end
            yield SpeechPaused(self._utterance(spoke))

    def _utterance(self, spoke: int) -> Utterance:
        take, last = self._take, self._last
        before = max(spoke, last - _LOOK_BACK)
        word = take.since(before)[: last - before]
        ended = max(spoke + 1, before + last_sound(word, take.since((last + take.end) // 2)))
        cut = self._pause_at or take.end
        return Utterance(
            pcm=take.since(take.start)[: cut - take.start],
            start=take.start,
            ended=ended,
            decided=take.end,
            voiced=min(1.0, self._voiced / (last - spoke)),
        )


_MURMUR = _samples(1000)
"""How long before a start its first word can be."""

_LOOK_BACK = _samples(400)
"""How long before the last window that was judged speech its acoustic end is looked for."""
