"""Says nothing aloud, but remembers what it was asked to say, and when."""

import asyncio

from daemon.announcements import Announcement


class Announcer:
    """An `Announce` that hears at once, unless it is told that it cannot.

    Attributes:
        said: seconds on the loop's clock and what was said then.
        mute: as many announcements cannot be said.
        takes: seconds that saying something takes.
    """

    def __init__(self) -> None:
        self.said: list[tuple[float, Announcement]] = []
        self.mute = 0
        self.takes = 0.0
        self.speaking = False

    async def __call__(self, announcement: Announcement) -> bool:
        assert not self.speaking, "one mouth says one thing at a time"
        self.speaking = True
        try:
            self.said.append((asyncio.get_running_loop().time(), announcement))
            await asyncio.sleep(self.takes)
        finally:
            self.speaking = False
        self.mute -= 1
        return self.mute < 0

    @property
    def texts(self) -> list[str]:
        return [announcement.text for _, announcement in self.said]

    @property
    def times(self) -> list[float]:
        return [round(time, 1) for time, _ in self.said]
