"""A microphone in a simulated room: it hears the loudspeaker beside it, and whoever speaks."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np

from audio.frames import FRAME, RATE, AudioFrame, Pcm
from audio.monitor import Monitor
from audio.resampling import Floats, to_floats, to_int16
from daemon.bench.room import Acoustics, Room
from tests.doubles.audio import ScriptedMicrophone


class RoomMicrophone(ScriptedMicrophone):
    """A ScriptedMicrophone that also hears what a loudspeaker's monitor says was played.

    Args:
        played: of the loudspeaker in the room.
        pcm: what is said in the room, mono int16 at RATE.
        acoustics: of the room; its delay must be none or more, its clock does not drift.
    """

    def __init__(
        self, played: Monitor, pcm: Pcm | None = None, acoustics: Acoustics | None = None
    ) -> None:
        super().__init__(pcm)
        self._played = played
        self._acoustics = acoustics or Acoustics()
        assert self._acoustics.delay_s >= 0, "a microphone cannot hear what is still to come"
        self._room = Room(self._acoustics)

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        async with aclosing(super().frames()) as frames:
            async for frame in frames:
                heard = self._echo(frame.start) + to_floats(frame.pcm)
                yield AudioFrame(to_int16(heard), frame.start)

    def _echo(self, sample: int) -> Floats:
        begins = self.time_of(sample) - self._acoustics.delay_s
        played = self._played.between(begins, begins + FRAME / RATE)
        return self._room.hear(to_floats(_SILENCE if played is None else played))


_SILENCE = np.zeros(FRAME, dtype=np.int16)
