"""Which sample was at a device at which time, learnt from block times that jitter."""

from audio.frames import RATE

_DRIFT = 1e-4
"""Seconds per second by which a sound card's clock may differ from the computer's: 100 ppm."""


class SampleClock:
    """Follows the earliest block times: whatever disturbs a time makes it later, never earlier.

    Args:
        sample: index of a sample at RATE.
        when: loop time, in seconds, at which it was at the device.
    """

    def __init__(self, sample: int, when: float) -> None:
        self._origin = when - sample / RATE
        self._noted = when

    def note(self, sample: int, when: float) -> None:
        """Take in a further observation."""
        allowed = self._origin + _DRIFT * max(0.0, when - self._noted)
        self._origin = min(when - sample / RATE, allowed)
        self._noted = when

    def time_of(self, sample: int) -> float:
        """Loop time, in seconds, at which a sample was or will be at the device."""
        return self._origin + sample / RATE

    def sample_at(self, when: float) -> int:
        """Index of the sample that is at the device at a loop time."""
        return round((when - self._origin) * RATE)
