"""The last message of each topic, for whoever learns only later what it means."""

from collections import OrderedDict
from dataclasses import dataclass

_TOPICS = 4_096
"""As many as there may be entities; the one that was silent longest goes first."""

_BYTES = 8 * 1024 * 1024
"""Of all kept payloads together."""

_LONGEST = 8 * 1024
"""Bytes of a payload worth keeping; states of devices stay under 4 KiB."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came.

    Attributes:
        payload: unread.
        at: when it was received, Unix seconds.
        late: the broker had kept it.
    """

    payload: bytes
    at: float
    late: bool


class Recent:
    """Keeps one message per topic within fixed bounds.

    The broker sends what it retained in an order of its own: a state may come before the
    announcement that explains it, and never again.
    """

    def __init__(self, topics: int = _TOPICS, size: int = _BYTES) -> None:
        self._topics = topics
        self._room = size
        self._kept: OrderedDict[str, Message] = OrderedDict()

    def keep(self, topic: str, message: Message) -> None:
        """Take the place of what was kept of the topic."""
        self.forget(topic)
        if len(message.payload) > _LONGEST:
            return
        self._kept[topic] = message
        self._room -= len(message.payload)
        while self._room < 0 or len(self._kept) > self._topics:
            _, oldest = self._kept.popitem(last=False)
            self._room += len(oldest.payload)

    def forget(self, topic: str) -> None:
        """What a topic said holds no longer."""
        if (before := self._kept.pop(topic, None)) is not None:
            self._room += len(before.payload)

    def last(self, topic: str) -> Message | None:
        """What the topic said last, if that is still known."""
        return self._kept.get(topic)
