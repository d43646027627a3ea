"""How long somebody may wait for a first sound, and what is done when they wait longer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from daemon.mouth import Mouth

BRIDGE: Final = "One moment."
"""Said when an answer takes long; it is no part of the answer."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The time that a turn has.

    Attributes:
        anchor: loop time, in seconds, of the acoustic end of speech.
        first_audio_s: seconds from there to the first sound that nobody minds.
    """

    anchor: float
    first_audio_s: float = 1.0

    def left(self, now: float) -> float:
        """Seconds left for the first sound; negative when it is late."""
        return self.anchor + self.first_audio_s - now


@dataclass(frozen=True, slots=True)
class Ladder:
    """Decides when words bridge a wait. An answer that comes in time is never preceded by any.

    People who hear nothing for two seconds begin to speak again (Jefferson, "Notes on a possible
    metric which provides for a 'standard maximum' silence in conversation", 1989: one second among
    people; who talks to a machine grants it more).

    Attributes:
        budget: of the turn.
        limit_s: seconds after the end of speech at which something is to be heard.
        bridge_s: how long bridging words are, with the pause behind them: an answer that would
            come while they sound is better waited for.
    """

    budget: Budget
    limit_s: float = 1.8
    bridge_s: float = 1.1

    def bridge_at(self, now: float, expected: float | None) -> float:
        """Loop time at which the wait is to be bridged, as things look now.

        They are due when it is not later than `now`; otherwise things may look otherwise then.

        Args:
            now: loop time.
            expected: loop time at which the answer should begin to sound; None when nobody knows.
        """
        limit = self.budget.anchor + self.limit_s
        if expected is None or expected <= now:
            return max(now, limit)  # What has not come true says nothing about what will.
        if expected <= limit:
            return limit
        # It is certain to be late: say so as soon as it would have been time to answer.
        begin = max(now, now + self.budget.left(now))
        return begin if begin + self.bridge_s <= expected else expected


async def bridge(ladder: Ladder, mouth: Mouth, expected: Callable[[], float | None]) -> bool:
    """Bridge the wait for an answer if it becomes too long; at most once. Cancel it freely.

    Returns:
        Whether it was bridged.

    Args:
        ladder: decides when.
        mouth: of the turn; says nothing once it has been asked for the answer.
        expected: asked again and again: see `Ladder.bridge_at`.

    Raises:
        ModelError: the voice gave up.
    """
    loop = asyncio.get_running_loop()
    while not mouth.begun:
        now = loop.time()
        due = ladder.bridge_at(now, expected())
        if due <= now:
            await mouth.bridge(BRIDGE)
            return True
        await asyncio.sleep(due - now)
    return False
