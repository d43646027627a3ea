"""What the assistant says without having been asked: timers, alarms, reminders, messages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something to say aloud.

    Attributes:
        text: one or a few sentences in the language of whoever is to hear it; never logged.
        urgency: "alarm" rings and may interrupt; "info" waits until nobody is talking.
        key: what it belongs to; one that is said again has the same key.
    """

    text: str
    urgency: Literal["info", "alarm"]
    key: str


Announce = Callable[[Announcement], Awaitable[bool]]
"""Says it; returns when it has been said. True once it was heard to its end, False when it could
not be said (muted, no loudspeaker, interrupted): whoever announces decides whether to try again."""
