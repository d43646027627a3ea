"""At a pause: is it the end? And meanwhile: what would the answer be?

Both are decided on words that may not be all of the question, so nothing here has an effect that
anybody could notice: the end is only ever a matter of how much longer the pause must last, and what
was thought is taken by the turn of the very same words or thrown away.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from audio.frames import Utterance
from daemon.ahead import Ahead
from models.ports import Transcript


class Sound(Protocol):
    """Judges by its sound whether somebody has finished."""

    async def probability(self, utterance: Utterance) -> float | None:
        """Probability that it is over, 0..1; None when nobody can tell."""


Patience = Callable[[Transcript, "float | None"], float]
"""(words, probability of the sound) -> milliseconds of silence that make the pause the end."""

Think = Callable[[Utterance, Transcript], Awaitable[Ahead | None]]
"""Begins to think about words; None where no thinking is needed."""

Settle = Callable[[Utterance, float], None]
"""Tells the ear how long this pause must last, in milliseconds."""


_LONGEST_S = 6.0
"""Seconds after which nobody wants a thought any more: no pause is waited for so long. A microphone
that is muted or goes away in a pause reports no end of it."""


@dataclass(slots=True)
class Speculation:
    """What thinking ahead brought and cost since the start.

    Attributes:
        begun: times that it was begun.
        committed: times that the turn wanted it.
        saved_ms: head start of those, together.
        wasted_ms: time spent on the others, together.
    """

    begun: int = 0
    committed: int = 0
    saved_ms: float = 0.0
    wasted_ms: float = 0.0


@dataclass(slots=True)
class Foresight:
    """Weighs pauses.

    Attributes:
        sound: judges by the sound.
        patience: decides how long a pause must last.
        think: thinks ahead.
        figures: what came of thinking ahead.
    """

    sound: Sound
    patience: Patience
    think: Think
    figures: Speculation = field(default_factory=Speculation)
    _ahead: Ahead | None = None
    _of: "tuple[int, int] | None" = None
    _wasted_ms: float = 0.0
    _discarded: set[Ahead] = field(default_factory=set)
    _expiry: asyncio.TimerHandle | None = None

    async def weigh(
        self,
        utterance: Utterance,
        words: "asyncio.Task[Transcript]",
        settle: Settle,
        *,
        quiet: bool,
    ) -> None:
        """Weigh a pause; cancelled when the person goes on.

        Args:
            utterance: everything up to the pause.
            words: what was said in it, being written down.
            settle: told how long the pause must last.
            quiet: nothing is being answered, so there is time to think ahead.
        """
        probability = await self.sound.probability(utterance)
        await asyncio.wait([words])
        if words.cancelled() or words.exception() is not None:
            settle(utterance, 0.0)  # The turn will tell what went wrong.
            return
        heard = words.result()
        if heard.text and quiet:
            # First: once the end is certain the turn begins at once.
            await self._think_about(utterance, heard)
        settle(utterance, self.patience(heard, probability))

    def claim(self, utterance: Utterance) -> Ahead | None:
        """Take over what was thought about exactly this sound, if anything was."""
        ahead = self._let_go()
        if ahead is None:
            return None
        if self._of != _sound(utterance):
            self._throw_away(ahead)
            return None
        self.figures.committed += 1
        self.figures.saved_ms += _age_ms(ahead)
        self._discarded.add(ahead)  # The turn ends it; `close` waits for it.
        return ahead

    def void(self) -> None:
        """The person went on speaking, or is not heard any more."""
        ahead = self._let_go()
        if ahead is not None:
            self._throw_away(ahead)

    def wasted_ms(self) -> float:
        """Milliseconds spent for nothing since this was asked last."""
        wasted, self._wasted_ms = self._wasted_ms, 0.0
        return round(wasted, 1)

    async def close(self) -> None:
        """Stop thinking and wait for it."""
        self.void()
        for ahead in list(self._discarded):
            await ahead.close()

    async def _think_about(self, utterance: Utterance, heard: Transcript) -> None:
        ahead = await self.think(utterance, heard)
        self.void()
        self._discarded = {one for one in self._discarded if not one.done}
        if ahead is not None:
            self._ahead, self._of = ahead, _sound(utterance)
            self._expiry = asyncio.get_running_loop().call_later(_LONGEST_S, self.void)
            self.figures.begun += 1

    def _let_go(self) -> Ahead | None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        ahead, self._ahead = self._ahead, None
        return ahead

    def _throw_away(self, ahead: Ahead) -> None:
        ahead.discard()
        self._discarded.add(ahead)
        self.figures.wasted_ms += _age_ms(ahead)
        self._wasted_ms += _age_ms(ahead)


def _age_ms(ahead: Ahead) -> float:
    return (asyncio.get_running_loop().time() - ahead.began) * 1000


def _sound(utterance: Utterance) -> tuple[int, int]:
    return utterance.start, len(utterance.pcm)
