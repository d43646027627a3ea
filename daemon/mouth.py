"""Speaks the clauses of one turn and knows afterwards what was heard of them."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from audio.ports import Speaker
from daemon.controls import Controls
from models.ports import Voice


@dataclass(frozen=True, slots=True)
class _Span:
    """A clause, the number of its first sample among those given to the speaker, and its length."""

    clause: str
    start: int
    length: int


class Mouth:
    """One turn's speech. Heard is what the loudspeaker has played, never what was generated."""

    def __init__(self, voice: Voice, speaker: Speaker, controls: Controls | None = None) -> None:
        """Speak nothing yet.

        Args:
            voice: makes clauses into sound.
            speaker: plays it.
            controls: the volume, looked at clause by clause; told when speech begins.
        """
        self._voice = voice
        self._controls = controls or Controls()
        self._speaker = speaker
        self._spans: list[_Span] = []
        self._first = speaker.queued

    async def speak(self, clauses: AsyncIterator[str]) -> None:
        """Speak clause after clause; returns when the last sample has been played."""
        async for clause in clauses:
            async with aclosing(self._voice.say(clause)) as stream:
                # All of it, before it is played: which share of a clause was heard depends on its
                # whole length. Voices make a clause in one go, so this does not delay it.
                frames = [frame async for frame in stream]
            length = sum(len(frame.pcm) for frame in frames)
            self._spans.append(_Span(clause, self._speaker.queued, length))
            self._controls.phase = "speaking"
            gain = self._controls.gain
            for frame in frames:
                await self._speaker.play(frame if gain == 1.0 else frame.scaled(gain))
        await self._speaker.drain()

    def silence(self) -> None:
        """Stop at once."""
        self._speaker.flush()

    def heard(self) -> str:
        """The words played so far; of a clause cut short, its words in proportion."""
        # A loudspeaker that was away gives the numbers of what it discarded to the next clause.
        last = self._speaker.played
        limits = [*(span.start for span in self._spans[1:]), last]
        parts = [
            _part(span, min(end, last)) for span, end in zip(self._spans, limits, strict=False)
        ]
        return " ".join(part for part in parts if part)

    @property
    def first_audio(self) -> float | None:
        """Loop time at which the first sample left the loudspeaker, if one did."""
        return self._speaker.time_of(self._first)


def _part(span: _Span, until: int) -> str:
    sounded = until - span.start
    if sounded >= span.length:
        return span.clause
    words = span.clause.split()
    # A clause without anything to pronounce has no samples.
    return " ".join(words[: len(words) * max(0, sounded) // max(1, span.length)])
