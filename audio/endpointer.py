"""Where an utterance begins and ends: a state machine that counts samples and knows no clock."""

from collections.abc import Iterator
from dataclasses import dataclass

from audio.edges import last_sound
from audio.frames import (
    RATE,
    AudioFrame,
    SpeechDismissed,
    SpeechGrew,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechSuspected,
    Utterance,
)
from audio.onset import Onset
from audio.take import Take

Event = (
    SpeechSuspected
    | SpeechDismissed
    | SpeechStarted
    | SpeechGrew
    | SpeechPaused
    | SpeechResumed
    | Utterance
)
"""What an endpointer reports."""

_LOOK_BACK = 400 * RATE // 1000
"""Samples before the last window that was judged speech in which its acoustic end is looked for."""


def _samples(milliseconds: float) -> int:
    return round(milliseconds * RATE / 1000)


@dataclass(frozen=True, slots=True)
class Patience:
    """How sure the endpointer wants to be. All defaults come from `tests/bench/ear_vad.py`.

    Attributes:
        speech: probability from which a window holds speech.
        silence: probability under which a window holds none; between the two nothing changes.
        suspect_ms: speech that makes a suspicion, in milliseconds.
        start_ms: speech that makes a start.
        within_ms: stretch in which that speech must fall, and after which a suspicion expires.
        preroll_ms: sound kept from before the start: soft first consonants are not recognised.
        gap_ms: silence behind a first word that is too short for a start: "add ... apples". The
            sound kept begins before that word.
        grow_ms: further speech after which the words so far can be written down again.
        pause_ms: silence after which a transcription may be tried. The judge lags: it is then some
            140 ms since the acoustic end. Later, the words are no better (25 commands and prompts:
            10 errors each after 64, 128 and 600 ms), and Smart Turn tells ends from pauses less
            well.
        silence_ms: silence that ends an utterance whose pause nobody settles.
        longest_ms: length after which an utterance is cut, so that memory stays bounded.
    """

    speech: float = 0.5
    silence: float = 0.35
    suspect_ms: float = 64
    start_ms: float = 128
    within_ms: float = 256
    preroll_ms: float = 350
    gap_ms: float = 500
    grow_ms: float = 400
    pause_ms: float = 64
    silence_ms: float = 600
    longest_ms: float = 600_000


class Endpointer:
    """Takes judged frames in order and says when somebody starts, pauses and ends.

    Every SpeechSuspected is followed by a SpeechStarted or a SpeechDismissed, at the latest with
    the next frame that is heard. Utterances never overlap, and each follows its own SpeechStarted.
    When a pause turns out to be the end, the utterance has the very samples of the pause: what was
    transcribed then is final. A gap in the frames' `start` throws an unfinished utterance away, as
    `reset` does: what is on both sides of it is not one sentence.
    """

    def __init__(self, patience: Patience | None = None) -> None:
        patience = patience or Patience()
        self._patience = patience
        self._start = _samples(patience.start_ms)
        self._suspect = min(self._start, _samples(patience.suspect_ms))
        self._preroll = _samples(patience.preroll_ms)
        self._grow = _samples(patience.grow_ms)
        self._pause = _samples(patience.pause_ms)
        self._silence = _samples(patience.silence_ms)
        self._longest = _samples(patience.longest_ms)
        self._onset = Onset(_samples(patience.within_ms), _samples(patience.gap_ms))
        self._suspected = False
        self.reset()

    def reset(self) -> None:
        """Forget everything, also an utterance that has begun."""
        self._take = Take()
        self._forget_speech()

    def _forget_speech(self) -> None:
        self._onset.reset()
        self._spoke: int | None = None
        self._last = 0
        self._silent = False
        self._paused: SpeechPaused | None = None
        self._due: int | None = None
        self._voiced = 0
        self._grown = 0

    @property
    def speaking(self) -> bool:
        """True from a SpeechStarted to its Utterance."""
        return self._spoke is not None

    @property
    def suspecting(self) -> bool:
        """True from a SpeechSuspected to its SpeechStarted or SpeechDismissed."""
        return self._suspected

    @property
    def idle(self) -> bool:
        """True while nobody speaks and nothing sounds as if somebody were beginning to."""
        return self._spoke is None and not self._onset.sound

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

    def settle(self, utterance: Utterance, silence_ms: float) -> None:
        """Say how long a pause must last to be the end; it may be said again.

        Args:
            utterance: of the SpeechPaused; nothing happens if the person went on meanwhile.
            silence_ms: milliseconds since its acoustic end. The utterance is over with the first
                frame that makes them full, which is the next one if they already are.
        """
        if self._paused is not None and _same(self._paused.utterance, utterance):
            self._due = utterance.ended + _samples(silence_ms)

    def finish(self) -> list[Event]:
        """End the running utterance now; speech that was not enough for a start is dropped."""
        events: list[Event] = []
        if self._spoke is not None:
            events.append(self._utterance(self._spoke))
        elif self._suspected:
            events.append(SpeechDismissed(self._take.end))
            self._suspected = False
        self.abandon()
        return events

    def abandon(self) -> None:
        """Forget the running utterance unreported; listening goes on behind what was heard."""
        self._forget_speech()
        self._take.forget_before(self._take.end)

    def _waiting(self, frame: AudioFrame, probability: float) -> Iterator[Event]:
        onset = self._onset
        onset.hear(frame, speech=probability >= self._patience.speech)
        suspicious = onset.sound >= self._suspect
        if suspicious and not self._suspected:
            yield SpeechSuspected(onset.began)
        elif self._suspected and not suspicious:
            yield SpeechDismissed(frame.end)
        self._suspected = suspicious
        if onset.sound >= self._start:
            yield self._started(frame)
        else:
            self._take.forget_before(onset.needed_from(frame.end) - self._preroll)

    def _started(self, frame: AudioFrame) -> SpeechStarted:
        onset = self._onset
        spoke, self._last = onset.began, onset.last
        self._spoke, self._suspected = spoke, False
        self._voiced = self._grown = onset.sound
        self._take.forget_before(min(onset.first_word(frame.end), spoke) - self._preroll)
        onset.reset()
        return SpeechStarted(spoke)

    def _listening(self, spoke: int, frame: AudioFrame, probability: float) -> Iterator[Event]:
        loud = probability >= self._patience.speech
        if loud or (not self._silent and probability >= self._patience.silence):
            yield from self._sounding(spoke, frame, loud=loud)
        else:
            self._silent = True
        if self._over(spoke, frame.end):
            yield self._utterance(spoke)
            self._forget_speech()
            self._take.forget_before(frame.end)
        elif frame.end - self._last >= self._pause and self._paused is None:
            self._paused = SpeechPaused(self._utterance(spoke))
            yield self._paused

    def _sounding(self, spoke: int, frame: AudioFrame, *, loud: bool) -> Iterator[Event]:
        self._last, self._silent, self._due = frame.end, False, None
        self._voiced += len(frame.pcm) if loud else 0
        self._grown += len(frame.pcm)
        if self._paused is not None:
            self._paused = None
            yield SpeechResumed(frame.start)
        if self._grown >= self._grow:
            self._grown = 0
            yield SpeechGrew(self._so_far(spoke))

    def _over(self, spoke: int, now: int) -> bool:
        enough = now >= self._due if self._due is not None else now - self._last >= self._silence
        return enough or now - spoke >= self._longest

    def _so_far(self, spoke: int) -> Utterance:
        take = self._take
        return Utterance(
            pcm=take.since(take.start),
            start=take.start,
            ended=take.end,
            decided=take.end,
            voiced=min(1.0, self._voiced / (self._last - spoke)),
        )

    def _utterance(self, spoke: int) -> Utterance:
        take, last = self._take, self._last
        before = max(spoke, last - _LOOK_BACK)
        word = take.since(before)[: last - before]
        ended = max(spoke + 1, before + last_sound(word, take.since((last + take.end) // 2)))
        pause = self._paused
        return Utterance(
            pcm=pause.utterance.pcm if pause else take.since(take.start),
            start=take.start,
            ended=ended,
            decided=take.end,
            voiced=min(1.0, self._voiced / (last - spoke)),
        )


def _same(one: Utterance, other: Utterance) -> bool:
    return (one.start, len(one.pcm)) == (other.start, len(other.pcm))
