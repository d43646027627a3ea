"""Which sample was at a device at which time, learnt from block times that jitter."""

from audio.frames import RATE

_DRIFT = 1e-4
"""Seconds per second by which a sound card's clock may differ from the computer's: 100 ppm."""

_LATE, _LOST_AFTER = 0.1, 5.0
"""Seconds: what is later than the first for longer than the second is not jitter."""


class SampleClock:
    """Follows the earliest block times: whatever disturbs a time makes it later, never earlier.

    Args:
        sample: index of a sample at RATE.
        when: loop time, in seconds, at which it was at the device.
    """

    def __init__(self, sample: int, when: float) -> None:
        self._origin = when - sample / RATE
        self._noted = self._timely = when

    def note(self, sample: int, when: float) -> None:
        """Take in a further observation."""
        late = when - sample / RATE - self._origin
        if late < _LATE:
            self._timely = when
        elif when - self._timely > _LOST_AFTER:
            # No jitter lasts so long: the device has lost samples without counting them.
            self._origin, self._timely = when - sample / RATE, when
        allowed = self._origin + _DRIFT * max(0.0, when - self._noted)
        self._origin = min(when - sample / RATE, allowed)
        self._noted = when

    def time_of(self, sample: int) -> float:
        """Loop time, in seconds, at which a sample was or will be at the device."""
        return self._origin + sample / RATE

    def sample_at(self, when: float) -> int:
        """Index of the sample that is at the device at a loop time."""
        return round((when - self._origin) * RATE)
