"""Ready, alive, stopping: what the service manager is told and what it tells."""

import asyncio
import logging
import signal

from audio.listening import Ear
from audio.ports import Microphone
from daemon.notify import Notifier

log = logging.getLogger(__name__)

_DEAF_S = 2.0
"""Seconds without a frame after which the microphone counts as silent."""

_LISTENING, _MUTED = "listening", "muted"

_TICK_S = 1.0
"""Seconds between two reports; a watchdog with less patience sets a shorter one."""


async def report(ear: Ear, microphone: Microphone, notifier: Notifier) -> None:
    """Ready with the first frame, then alive while frames arrive; until cancelled.

    A microphone that is known to be away and is being opened again is not a reason to be killed:
    a restart would not bring it back sooner. Nor is one that is closed because somebody muted it,
    which may be so from the start. The status says that nothing is heard. Being cancelled is the
    first thing that happens to a service that stops, so that is told here too.
    """
    try:
        await _report(ear, microphone, notifier)
    finally:
        notifier.stopping()


async def _report(ear: Ear, microphone: Microphone, notifier: Notifier) -> None:
    await ear.hears.wait()
    notifier.ready(_MUTED if ear.muted else _LISTENING)
    log.info("ready: %s", _MUTED if ear.muted else _LISTENING)
    tick = min(_TICK_S, notifier.watchdog_s / 3) if notifier.watchdog_s else _TICK_S
    heard, dropped, deaf_s = ear.heard, 0, 0.0
    while True:
        if deaf_s < _DEAF_S or microphone.lost:
            notifier.alive()
        await asyncio.sleep(tick)
        deaf_s = 0.0 if ear.muted or ear.heard > heard else deaf_s + tick
        heard = ear.heard
        notifier.status(_status(ear, deaf_s))
        if microphone.dropped > dropped:
            log.warning("the ear was late: %d frames lost", microphone.dropped - dropped)
            dropped = microphone.dropped


def _status(ear: Ear, deaf_s: float) -> str:
    if ear.muted:
        return _MUTED
    return _LISTENING if deaf_s < _DEAF_S else "deaf: no sound from the microphone"


def stop_on_signals() -> None:
    """SIGTERM and SIGINT cancel the calling task: one path for every stop."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is None:
        raise RuntimeError("stop_on_signals() is called by the task that is to be stopped")
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
