"""The second half of a Piper voice: a HiFi-GAN that turns what is to be said into samples.

It looks at a few frames around each one and no further, so it can work piece by piece: the first
sound is there long before the last one is made, and what nobody wants any more is not made at all.
(Kong et al., "HiFi-GAN: Generative adversarial networks for efficient and high fidelity speech
synthesis", 2020; Kim et al., "Conditional variational autoencoder with adversarial learning for
end-to-end text-to-speech", 2021.)
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.providers import Session

Samples = NDArray[np.float32]
"""Mono, shape (n,), about -1..1."""

SEEN: Final = 10
"""Frames that the network looks at on either side: measured on medium voices, pieces with so many
around them differ by 4e-7 from the whole, with 8 by 3e-4."""

_FIRST, _LONGEST, _GROWTH = 24, 120, 1.5
"""Frames in the first piece (0.28 s), in the longest (1.4 s), and by how much each is longer than
the one before: later pieces have the time that the earlier ones take to be heard."""

_SUSTAINABLE: Final = 0.2
"""Seconds for a second of sound up to which pieces follow each other without a gap: the second one
has 56 frames to be made while 24 are heard, which leaves half of the time for a busy machine."""

_LEARNING: Final = 0.3


class Vocoder:
    """Makes samples from latent frames, the first ones soon.

    Args:
        session: the back half of a voice.
        tensor: name of its only input, shape (1, channels, frames).
        hop: samples in a frame.
        rate: samples per second.
        clock: seconds, to learn how fast this machine is.
    """

    def __init__(
        self,
        session: Session,
        tensor: str,
        *,
        hop: int,
        rate: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._session = session
        self._tensor = tensor
        self._hop = hop
        self._frame_s = hop / rate
        self._clock = clock
        self._cost: float | None = None

    def samples(self, latent: NDArray[Any]) -> Iterator[Samples]:
        """Yield the samples of all frames, shape (channels, frames), in order and without gaps."""
        frames = latent.reshape(1, latent.shape[0], -1)
        total, at = frames.shape[2], 0
        size = float(_FIRST if self._cost is None or self._cost < _SUSTAINABLE else total)
        while at < total:
            # A last piece that is shorter than what is looked at around it is not worth a run.
            end = at + int(size) if total - at - int(size) > SEEN else total
            first = max(0, at - SEEN)
            made = self._run(frames[:, :, first : end + SEEN])
            yield made[(at - first) * self._hop : (end - first) * self._hop]
            at, size = end, min(_LONGEST, size * _GROWTH)

    def _run(self, frames: NDArray[Any]) -> Samples:
        began = self._clock()
        made: Samples = self._session.run(None, {self._tensor: frames})[0].reshape(-1)
        cost = (self._clock() - began) / (frames.shape[2] * self._frame_s)
        self._cost = cost if self._cost is None else self._cost + _LEARNING * (cost - self._cost)
        return made
