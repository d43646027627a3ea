"""The instant from which a recording in and a recording out are both counted."""

import asyncio


class Timeline:
    """Shared by a WAV microphone and a WAV speaker: sample k of both files is the same instant.

    It begins with the first of them that is used, and then never moves.
    """

    def __init__(self) -> None:
        self._origin: float | None = None

    def begin(self) -> float:
        """Loop time of sample 0, in seconds; now, if nobody has begun before."""
        if self._origin is None:
            self._origin = asyncio.get_running_loop().time()
        return self._origin

    @property
    def origin(self) -> float | None:
        """Loop time of sample 0, in seconds; None before anybody has begun."""
        return self._origin
