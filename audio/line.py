"""A line to a sound device: opened, watched from outside, closed, and opened again for ever.

A frozen sound server makes every call hang, and nothing can end a hanging thread. So each call
has a thread of its own that the process need not wait for, and a limit after which the line is
given up with DeviceError: the process is meant to end, and to be started again by its supervisor.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from audio.ports import DeviceError
from audio.sound_system import SoundSystem, Stream

T = TypeVar("T")

LOST_AFTER = 1.5
"""Seconds without a block of 20 ms after which a device counts as lost; noticed within 2 s."""

_CLOSES_WITHIN = 2.0
"""Seconds; closing a healthy or a dead line takes a few milliseconds."""

_OPENS_WITHIN = 10.0
"""Seconds; looking for devices and opening one takes under a second, on a cold small computer."""

_SHORTEST_WAIT, _LONGEST_WAIT = 0.25, 10.0
"""Seconds between attempts to open: a server restarts at once, a headset may be away for hours."""

_log = logging.getLogger(__name__)


class _Throwaway(Executor):
    """Runs every call on a daemon thread of its own, which the interpreter's exit does not join."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        future: Future[T] = Future()

        def work() -> None:
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - belongs to whoever awaits the call
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, name="sound-call", daemon=True).start()
        return future


class Line:
    """One direction to one device.

    Args:
        what: "microphone" or "loudspeaker", for people.
        system: the sound system that `connect` opens the stream of.
        connect: opens and starts the stream; runs on a thread that may hang.
    """

    def __init__(self, what: str, system: SoundSystem, connect: Callable[[], Stream]) -> None:
        self._what = what
        self._system = system
        self._connect = connect
        self._call: asyncio.Future[Stream] | None = None
        self._frozen = False

    async def open(self) -> Stream:
        """Open the line, and again after a loss; keeps trying until it works.

        Says once that the device is away and once that it is back.

        Raises:
            DeviceError: the sound server is frozen.
        """
        now = asyncio.get_running_loop().time
        lost_at, away, wait = now(), self._call is not None, _SHORTEST_WAIT
        if away:
            _log.warning("the %s is lost; opening it again until it works", self._what)
            await self.close()
        while True:
            try:
                stream = await self._attempt(again=away)
            except DeviceError as error:
                if self._frozen:
                    raise
                if not away:
                    _log.warning("no %s: %s; trying until it works", self._what, error)
                    away = True
            else:
                if away:
                    _log.warning("the %s is back after %.1f s", self._what, now() - lost_at)
                return stream
            # Jitter: a microphone and a loudspeaker lost together should not try in step.
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            wait = min(2 * wait, _LONGEST_WAIT)

    async def close(self) -> None:
        """Let go of the device, also while it is being opened.

        Raises:
            DeviceError: the sound server is frozen.
        """
        call, self._call = self._call, None
        if call is None or self._frozen:
            return
        try:
            stream = await self._within(_CLOSES_WITHIN, call)
        except DeviceError:
            if self._frozen:
                raise
        else:
            await self._within(_CLOSES_WITHIN, _called(stream.close))

    async def _attempt(self, *, again: bool) -> Stream:
        def connected() -> Stream:
            if again:
                self._system.refresh()
            return self._connect()

        self._call = _called(connected)
        return await self._within(_OPENS_WITHIN, self._call)

    async def _within(self, seconds: float, call: "asyncio.Future[T]") -> T:
        await asyncio.wait([call], timeout=seconds)
        if call.done():
            return call.result()
        self._frozen = True
        self._system.abandon()
        raise DeviceError(
            f"the sound server is frozen: the {self._what} neither works nor lets go; "
            "restart the sound server, then this program"
        )


def _called(call: Callable[[], T]) -> "asyncio.Future[T]":
    return asyncio.get_running_loop().run_in_executor(_Throwaway(), call)
