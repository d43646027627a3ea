"""Small changes that happen together, told as one.

"Turn off all the lights" is one thing to remember and not thirty; a restarting gateway takes a
hundred devices with it. What was back as it had been within a moment is not told at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sensors.events import Reading
from sensors.transitions import Noted, thing

WINDOW = 45.0
"""Seconds that a change waits for others; a lamp that motion lights for less is not told of."""

_NAMED = 3
"""Things that are named in one sentence; the others are counted."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A change that waits for its like."""

    noted: Noted
    reading: Reading
    at: float


class Gathering:
    """Changes that wait; at most one for each thing of a house."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], Waiting] = {}

    def add(self, noted: Noted, reading: Reading, at: float) -> None:
        """Let a change wait; of two opposite ones of the same thing nothing is left."""
        # All entities of a device go away together, and say so on one topic.
        what = reading.topic if noted.sort == "link" else thing(reading)
        before = self._waiting.pop((noted.sort, what), None)
        if before is None:
            self._waiting[noted.sort, what] = Waiting(noted, reading, at)
        elif before.noted.kind == noted.kind:
            # The shortest of their names is most likely the device's own.
            shortest = min(before, Waiting(noted, reading, at), key=lambda one: len(one.noted.text))
            self._waiting[noted.sort, what] = Waiting(shortest.noted, shortest.reading, before.at)

    def due(self, now: float) -> list[list[Waiting]]:
        """What has waited long enough, each with its likes that happened since.

        Args:
            now: Unix seconds; a clock that was set back does not hold anything up.
        """
        likes: dict[tuple[str, bool], list[tuple[str, str]]] = {}
        for key, one in self._waiting.items():
            likes.setdefault((one.noted.kind, one.reading.late), []).append(key)
        ripe = [
            keys
            for keys in likes.values()
            if any(abs(now - self._waiting[key].at) >= WINDOW for key in keys)
        ]
        return [[self._waiting.pop(key) for key in keys] for keys in ripe]


def sentence(changes: Sequence[Waiting]) -> str:
    """One sentence for changes of one kind: "The hall lamp and the fan were switched off."."""
    if len(changes) == 1:
        return changes[0].noted.text
    names = [thing(one.reading) for one in changes]
    named, others = names[:_NAMED], len(names) - _NAMED
    named = [named[0], *(f"the {name.removeprefix('The ')}" for name in named[1:])]
    last = f"{others} more" if others > 0 else named.pop()
    return f"{', '.join(named)} and {last} {changes[0].noted.many}."
