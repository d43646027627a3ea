"""Speaks the clauses of one turn and knows afterwards what was heard of them."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from audio.ports import Speaker
from models.ports import Voice


@dataclass(frozen=True, slots=True)
class _Span:
    """Where a clause lies among the samples given to the speaker, also those still to be given."""

    clause: str
    start: int
    end: int


class Mouth:
    """One turn's speech. Heard is what the loudspeaker has played, never what was generated."""

    def __init__(self, voice: Voice, speaker: Speaker) -> None:
        self._voice = voice
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
            start = self._speaker.queued
            end = start + sum(len(frame.pcm) for frame in frames)
            self._spans.append(_Span(clause, start, end))
            for frame in frames:
                await self._speaker.play(frame)
        await self._speaker.drain()

    def silence(self) -> None:
        """Stop at once."""
        self._speaker.flush()

    def heard(self) -> str:
        """The words played so far; of a clause cut short, its words in proportion."""
        played = self._speaker.played
        return " ".join(text for span in self._spans if (text := _part(span, played)))

    @property
    def first_audio(self) -> float | None:
        """Loop time at which the first sample left the loudspeaker, if one did."""
        return self._speaker.time_of(self._first)


def _part(span: _Span, played: int) -> str:
    if played >= span.end:
        return span.clause
    words = span.clause.split()
    share = max(0, played - span.start) / (span.end - span.start)
    return " ".join(words[: int(len(words) * share)])
