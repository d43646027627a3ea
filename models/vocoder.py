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

_SPARE: Final = 2.0
"""A piece is to be made in the time that the one before it is heard, divided by this: a busy
machine may be so much slower than it was, and nobody hears a gap."""

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
        size = self._first(total)
        while at < total:
            # A last piece that is shorter than what is looked at around it is not worth a run.
            end = at + int(size) if total - at - int(size) > SEEN else total
            first = max(0, at - SEEN)
            made = self._run(frames[:, :, first : end + SEEN])
            yield made[(at - first) * self._hop : (end - first) * self._hop]
            at, size = end, min(_LONGEST, size * _GROWTH)

    def _first(self, total: int) -> float:
        """Frames of the first piece, so many that the second one is there when it has been heard.

        Of n frames the next piece has growth * n, and what is looked at around them; making those
        takes cost * (growth * n + 2 * SEEN), which is to be n / spare at the most.
        """
        cost = (self._cost or 0.0) * _SPARE
        left = 1 - cost * _GROWTH
        return max(_FIRST, 2 * SEEN * cost / left) if left > 0 else total

    def _run(self, frames: NDArray[Any]) -> Samples:
        began = self._clock()
        made: Samples = self._session.run(None, {self._tensor: frames})[0].reshape(-1)
        cost = (self._clock() - began) / (frames.shape[2] * self._frame_s)
        self._cost = cost if self._cost is None else self._cost + _LEARNING * (cost - self._cost)
        return made
