"""What came of the messages so far."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EdgeStats:
    """Counts since the start.

    Attributes:
        received: messages.
        understood: messages that gave readings or announced something.
        decoded: readings made of them.
        dropped: readings that nobody took in time.
        refused: messages without a reading, values and entities left out, by reason (see
            payload.Refusal and Discovery.refused).
    """

    received: int
    understood: int
    decoded: int
    dropped: int
    refused: Mapping[str, int]

    def summary(self, overflowed: int = 0) -> str:
        """One line: "received 9, understood 7, refused 2 (empty 1, not UTF-8 1), dropped 0".

        Args:
            overflowed: readings that the house had no room for (see House.overflowed).
        """
        reasons = ", ".join(f"{reason} {self.refused[reason]}" for reason in sorted(self.refused))
        refused = f"{sum(self.refused.values())}{f' ({reasons})' if reasons else ''}"
        room = f", beyond the house's capacity {overflowed}" if overflowed else ""
        return (
            f"received {self.received}, understood {self.understood}, refused {refused}, "
            f"dropped {self.dropped}{room}"
        )
