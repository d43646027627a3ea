"""Whether somebody is beginning to speak: votes of judged frames, counted over a short stretch."""

from collections import deque

from audio.frames import RATE, AudioFrame

_MURMUR = RATE
"""Samples before a start in which its first word can be: one second."""


class Onset:
    """Collects what sounds like speech until it is enough for a start, or expires.

    Memory is bounded: of the votes only those of the stretch are kept.
    """

    def __init__(self, within: int, gap: int) -> None:
        """Wait for speech.

        Args:
            within: samples that a vote counts for.
            gap: samples of silence after which an earlier word no longer belongs to the start.
        """
        self._within = within
        self._gap = gap
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._votes: deque[tuple[int, int]] = deque()
        self._murmur: tuple[int, int] | None = None

    @property
    def sound(self) -> int:
        """Samples that sounded like speech lately."""
        return sum(end - start for start, end in self._votes)

    @property
    def began(self) -> int:
        """Sample index of the first of them; only while there are any."""
        return self._votes[0][0]

    @property
    def last(self) -> int:
        """Sample index after the last of them; only while there are any."""
        return self._votes[-1][1]

    def hear(self, frame: AudioFrame, *, speech: bool) -> None:
        """Take the next frame."""
        if speech:
            self._votes.append((frame.start, frame.end))
            self._murmur = (self.first_word(frame.start), frame.end)
        while self._votes and self._votes[0][0] < frame.end - self._within:
            self._votes.popleft()

    def first_word(self, now: int) -> int:
        """Where the speech began that was not yet enough for a start, `now` if there was none."""
        if self._murmur is None or now - self._murmur[1] > self._gap:
            return now
        return self._murmur[0]

    def needed_from(self, now: int) -> int:
        """Sample index from which sound may still belong to what begins next."""
        return min(max(self.first_word(now), now - _MURMUR), now - self._within)
