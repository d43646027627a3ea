"""The MQTT edge: keeps a connection to the broker and hands on what it says about the house."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from threading import Event, Lock, Thread

from sensors.backoff import Backoff
from sensors.broker import BrokerSettings
from sensors.connection import Connection
from sensors.decoder import Decoder
from sensors.events import BrokerRefused, Reading, SensorError
from sensors.inbox import Inbox
from sensors.stats import EdgeStats

_log = logging.getLogger(__name__)

_QUEUE = 1_024
"""Messages that may wait for the loop: the retained state of a large house in one burst."""

_FAREWELL = 0.8
"""Seconds that a stopping edge waits for its thread; a blocked connect is left to its timeout."""


class MqttEdge:
    """Connects, reconnects and decodes. One task awaits `run`, one iterates `readings`."""

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        queue: int = _QUEUE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._decoder = Decoder(settings.filters, settings.max_payload)
        self._inbox = Inbox(queue)
        self._lock = Lock()
        self._received = self._understood = self._decoded = 0
        self._refused: Counter[str] = Counter()
        self._reported: set[str] = set()
        self.connected = False
        """Whether the broker is listening to us now."""
        self.problem = ""
        """Why not, in words for an admin; "" while connected and before the first attempt ended."""

    @property
    def stats(self) -> EdgeStats:
        """A snapshot of the counters."""
        with self._lock:
            refused = dict(self._refused)
            return EdgeStats(
                self._received, self._understood, self._decoded, self._inbox.dropped, refused
            )

    def summary(self, overflowed: int = 0) -> str:
        """The counters as one line for a log, see EdgeStats.summary; changes when they do."""
        return self.stats.summary(overflowed)

    async def readings(self) -> AsyncGenerator[list[Reading], None]:
        """Yield what arrived since the last time, oldest first, without end."""
        while True:
            yield await self._inbox.take()

    def rest(self) -> list[Reading]:
        """What was received and not yet yielded; complete once `run` has ended."""
        return self._inbox.rest()

    async def run(self) -> None:
        """Stay connected until cancelled; then says goodbye, within a second.

        A broker that is away or refuses is no reason to return: it is logged once and tried again.
        """
        backoff = Backoff(*self._settings.retry)
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                await self._attempt()
            except SensorError as error:
                self._report(error)
                refused = isinstance(error, BrokerRefused)
                await asyncio.sleep(backoff.wait(clock() - began, refused=refused))

    async def _attempt(self) -> None:
        """Hold one connection on a thread of its own, to its end or to our cancellation.

        Raises:
            SensorError: how it ended.
        """
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Exception | None] = loop.create_future()
        leave = Event()
        connection = Connection(self._settings, self._message, self._welcomed, self._denied)
        # A daemon thread: name lookup cannot be interrupted and must not hold up the exit.
        thread = Thread(
            target=_hold, args=(connection, leave, loop, ended), name="mqtt", daemon=True
        )
        thread.start()
        try:
            await asyncio.wait({ended})
        finally:
            leave.set()
            await asyncio.wait({ended}, timeout=_FAREWELL)
            self.connected = False
            if ended.done():
                thread.join()
        if error := ended.result():
            raise error

    def _message(self, topic: str, payload: bytes, late: bool) -> None:
        """Runs on the connection's thread, so that a flood of payloads never occupies the loop."""
        outcome = self._decoder.decode(topic, payload, self._clock(), late=late)
        with self._lock:
            self._received += 1
            self._understood += bool(outcome.readings)
            self._decoded += len(outcome.readings)
            self._refused.update(refusal.value for refusal in outcome.refused)
        if outcome.readings:
            self._inbox.put(outcome.readings)

    def _welcomed(self, remembered: bool) -> None:
        self.connected, self.problem = True, ""
        self._reported.clear()
        session = "resumed its session" if remembered else "new session"
        who, where = self._settings.client_id, self._settings.address
        _log.info("Connected to the MQTT broker at %s as %s (%s)", where, who, session)

    def _denied(self, pattern: str) -> None:
        _log.error("The MQTT broker does not let us read %s; check its access rules", pattern)

    def _report(self, error: SensorError) -> None:
        """One line per kind of trouble, not one per attempt."""
        self.problem = str(error)
        if self.problem in self._reported:
            return
        self._reported.add(self.problem)
        where = self._settings.address
        if isinstance(error, BrokerRefused):
            text = "The MQTT broker at %s refused: %s. Sensors stay silent; trying again slowly"
            _log.error(text, where, error)
        else:
            text = "No MQTT broker at %s: %s. Sensors stay silent until it is back; trying again"
            _log.warning(text, where, error)


def _hold(
    connection: Connection,
    leave: Event,
    loop: asyncio.AbstractEventLoop,
    ended: "asyncio.Future[Exception | None]",
) -> None:
    outcome: Exception | None = None
    try:
        connection.hold(leave)
    except Exception as error:  # noqa: BLE001 - thread border: raised again where run() is awaited
        outcome = error
    with suppress(RuntimeError):  # the loop is closed: we were left behind in a blocked connect
        loop.call_soon_threadsafe(_resolve, ended, outcome)


def _resolve(ended: "asyncio.Future[Exception | None]", outcome: Exception | None) -> None:
    if not ended.done():
        ended.set_result(outcome)
