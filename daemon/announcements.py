"""What the house says by itself: timers that are due, messages from outside, proposals.

Announcements wait until nobody is talking and no turn is being taken, and are spoken one after the
other. Whoever announces learns whether it was heard, so that nothing counts as told that was not.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, Literal

_FROM_OUTSIDE: Final = 4
"""Announcements of strangers that may wait: they must not crowd out what people set themselves."""

_WAITING: Final = 32
"""Announcements that may wait: more than anybody listens to, and strangers may publish them."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to be said aloud without having been asked.

    Attributes:
        text: what is said.
        urgency: "alarm" goes before everything that waits and gives way to nothing but speech.
        key: two that wait with the same key are one; "" for none.
        cause: who wants it said, for the journal: "timer", "mqtt", "routine", "workflow".
    """

    text: str
    urgency: Literal["info", "alarm"] = "info"
    key: str = ""
    cause: str = "timer"


Announce = Callable[[Announcement], Awaitable[bool]]
"""Says it and returns whether it was heard, all of it or a part; False: it could not be said."""

Post = Callable[[Announcement], bool]
"""Lets it be said without waiting for that; False: too much waits already."""


@dataclass(slots=True, eq=False)
class Waiting:
    """An announcement whose turn has not come yet, and those who wait for it."""

    announcement: Announcement
    heard: "asyncio.Future[bool]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def done(self, heard: bool) -> None:
        """Tell those who wait; safe when they have gone."""
        if not self.heard.done():
            self.heard.set_result(heard)


class Announcements:
    """The line of what waits to be said; the conversation takes from it."""

    def __init__(self, limit: int = _WAITING) -> None:
        self._limit = limit
        self._line: deque[Waiting] = deque()
        self._came = asyncio.Event()

    @property
    def empty(self) -> bool:
        """Whether nothing waits or is being said."""
        return not self._line

    async def done(self) -> None:
        """Wait until everything that waits now has been said, or never will be."""
        waiting = [one.heard for one in self._line]
        if waiting:
            await asyncio.wait(waiting)

    @property
    def urgent(self) -> bool:
        """Whether what is to be said next is an alarm."""
        return bool(self._line) and self._line[0].announcement.urgency == "alarm"

    async def say(self, announcement: Announcement) -> bool:
        """See `Announce`. False at once when too many wait already."""
        waiting = self._waiting(announcement)
        if waiting is None:
            return False
        # Others may wait for the same announcement: a caller that leaves must not cancel it.
        return await asyncio.shield(waiting.heard)

    def post(self, announcement: Announcement) -> bool:
        """See `Post`; for whoever may be part of a turn: nothing is announced before it is over."""
        return self._waiting(announcement) is not None

    async def next(self) -> Waiting:
        """The next one to be said; it stays in the line until `leave`."""
        while not self._line:
            self._came.clear()
            await self._came.wait()
        return self._line[0]

    def leave(self, waiting: Waiting, heard: bool) -> None:
        """An announcement was said, or never will be."""
        if waiting in self._line:
            self._line.remove(waiting)
        waiting.done(heard)

    def _waiting(self, announcement: Announcement) -> Waiting | None:
        """Its place in the line, None when there is no room."""
        waiting = self._same(announcement)
        if waiting is not None:
            return waiting
        if self._is_too_much(announcement) and not self._make_room(announcement):
            return None
        return self._join(announcement)

    def _is_too_much(self, announcement: Announcement) -> bool:
        outside = sum(_is_from_outside(other.announcement) for other in self._line)
        crowd = _is_from_outside(announcement) and outside >= _FROM_OUTSIDE
        return crowd or len(self._line) >= self._limit

    def _join(self, announcement: Announcement) -> Waiting:
        waiting = Waiting(announcement)
        behind = [other for other in self._line if _rank(other.announcement) <= _rank(announcement)]
        self._line.insert(len(behind), waiting)
        self._came.set()
        return waiting

    def _same(self, announcement: Announcement) -> Waiting | None:
        if not announcement.key:
            return None
        same = (other for other in self._line if other.announcement.key == announcement.key)
        return next(same, None)

    def _make_room(self, announcement: Announcement) -> bool:
        """Let it take the place of the last one in the line, if that one matters less."""
        last = self._line[-1]
        if _is_from_outside(announcement) or _rank(last.announcement) <= _rank(announcement):
            return False
        self.leave(last, heard=False)
        return True


def _is_from_outside(announcement: Announcement) -> bool:
    return announcement.cause == "mqtt"


def _rank(announcement: Announcement) -> int:
    """What goes first: what people set to ring, then alarms of others, then the rest."""
    if announcement.urgency != "alarm":
        return 2
    return 1 if _is_from_outside(announcement) else 0
