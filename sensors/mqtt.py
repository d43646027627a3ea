"""The MQTT edge: keeps a connection to the broker, hands on what it says, sends what it is told."""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import suppress
from threading import Event, Lock, Thread

from sensors.backoff import Backoff
from sensors.broker import BrokerSettings
from sensors.connection import Connection
from sensors.decoder import Decoder
from sensors.entities import Dialect, Discovery, Publication
from sensors.events import BrokerLost, BrokerRefused, SensorError
from sensors.inbox import Batch, Inbox
from sensors.interpreter import Heard, Interpreter
from sensors.mail import Mail
from sensors.stats import EdgeStats

_log = logging.getLogger(__name__)

_QUEUE = 16_384
"""Readings that may wait for the loop: the retained state of a large house in one burst, or some
three seconds of the heaviest load; about 8 MiB."""

_PATIENCE = 10.0
"""Seconds that the network thread waits for room; less than the keep-alive allows."""

_GREETING = 10.0
"""Seconds after which a greeting need not reach a device any more."""

_REASONS = 64
"""Reasons told apart in the counters; dialects write their own, perhaps with a stranger's help."""

_FAREWELL = 0.8
"""Seconds that a stopping edge waits for its thread; a blocked connect is left to its timeout."""


class MqttEdge:
    """Connects, reconnects, interprets and sends. One task awaits `run`, one iterates `batches`."""

    def __init__(
        self,
        settings: BrokerSettings,
        dialects: Sequence[Dialect] = (),
        *,
        greetings: Sequence[Publication] = (),
        queue: int = _QUEUE,
        patience: float = _PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make an edge that has not connected yet.

        Args:
            settings: where to and as whom.
            dialects: ways in which devices announce themselves; used on the network thread.
            greetings: to send after each connecting, for devices that want to be asked.
            queue: readings that may wait for the loop.
            patience: seconds that the network thread waits for room before it drops readings.
            clock: Unix seconds.
        """
        self._settings = settings
        self._clock = clock
        self._interpreter = Interpreter(Decoder(settings.filters, settings.max_payload), dialects)
        self._inbox = Inbox(queue, patience)
        self._greetings = greetings
        self._connection: Connection | None = None
        self._declared: deque[Discovery] = deque()
        self._mail: Mail | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._greeted = asyncio.Event()
        self._lock = Lock()
        self._received = self._understood = self._decoded = 0
        self._refused: Counter[str] = Counter()
        self._reported: set[str] = set()
        self.connected = False
        """Whether the broker is listening to us now."""
        self.connections = 0
        """How often it began to."""
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

    def open_mail(self, mail: Mail) -> None:
        """Let messages on some topics be opened by somebody else; call before `run`."""
        self._mail = mail

    async def connection(self, after: int) -> int:
        """Wait for a connection later than the `after`th; which one it is."""
        while self.connections <= after:
            self._greeted.clear()
            await self._greeted.wait()
        return self.connections

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """Yield what arrived since the last time, without end."""
        while True:
            yield await self._inbox.take()

    def rest(self) -> Batch:
        """What was received and not yet yielded; complete once `run` has ended."""
        return self._inbox.rest()

    async def publish(self, publications: Sequence[Publication], within: float = 1.5) -> None:
        """Send messages in order, and wait until the broker has them.

        What the broker does not take in time is not kept for later: a lamp must not go on minutes
        after somebody asked for it. Neither here, nor at the broker for a device that is away,
        unless the message is a retained one.

        Args:
            publications: to send.
            within: seconds.

        Raises:
            BrokerLost: there is no connection, or no acknowledgement came in time. What was
                handed to the network may still arrive while this connection lasts.
            BrokerRefused: we may not write to one of the topics.
            SensorError: one of them is no message that can be sent.
        """
        connection = self._connection
        if connection is None or not self.connected:
            raise BrokerLost(f"there is no connection to the broker at {self._settings.address}")
        futures = [asyncio.wrap_future(one) for one in connection.outbox.add(publications, within)]
        try:
            async with asyncio.timeout(within):
                await asyncio.gather(*futures)
        except TimeoutError:
            raise BrokerLost(f"the broker has not answered within {within:g} s") from None

    def announce(self, discoveries: Iterable[Discovery]) -> None:
        """Take announcements that do not come from the broker: the owner's own devices.

        They are yielded by `batches` like all others.
        """
        self._declared.extend(discoveries)
        if self._connection is not None:
            self._connection.outbox.ring()

    async def run(self) -> None:
        """Stay connected until cancelled; then says goodbye, within a second.

        A broker that is away or refuses is no reason to return: it is logged once and tried again.
        """
        backoff = Backoff(*self._settings.retry)
        self._loop = asyncio.get_running_loop()
        clock = self._loop.time
        self._inbox.open()
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
        connection = self._connection = self._next_connection()
        # A daemon thread: name lookup cannot be interrupted and must not hold up the exit.
        thread = Thread(
            target=_hold, args=(connection, leave, loop, ended), name="mqtt", daemon=True
        )
        thread.start()
        try:
            await asyncio.wait({ended})
        finally:
            leave.set()
            connection.outbox.ring()
            if not ended.done():  # We are cancelled: nobody makes room any more.
                self._inbox.close()
            await asyncio.wait({ended}, timeout=_FAREWELL)
            self.connected = False
            if ended.done():
                thread.join()
        if error := ended.result():
            raise error

    def _next_connection(self) -> Connection:
        return Connection(
            self._settings,
            self._message,
            self._welcomed,
            self._denied,
            self._topics,
            self._take_declared,
        )

    def _topics(self) -> tuple[str, ...]:
        ours = sorted(self._mail.topics) if self._mail is not None else ()
        return (*self._interpreter.filters, *self._interpreter.topics, *ours)

    def _message(self, topic: str, payload: bytes, late: bool) -> None:
        """Runs on the connection's thread, so that a flood of payloads never occupies the loop."""
        if self._mail is not None and topic in self._mail.topics:
            self._mail.put(topic, payload, late)
            return
        heard = self._interpreter.interpret(topic, payload, self._clock(), late=late)
        self._count(heard)
        self._hand_on(heard)

    def _take_declared(self) -> None:
        """Runs on the connection's thread, which alone may use the interpreter."""
        while self._declared:
            self._hand_on(self._interpreter.adopt(self._declared.popleft()))

    def _hand_on(self, heard: Heard) -> None:
        # Before a connection there is nothing to subscribe with; it will ask for all topics.
        if self._connection is not None and self.connected:
            self._connection.unsubscribe(heard.released)
            self._connection.subscribe(heard.claimed)
        if heard.readings or heard.discoveries:
            self._inbox.put(heard.readings, heard.discoveries)

    def _count(self, heard: Heard) -> None:
        with self._lock:
            self._received += 1
            self._understood += bool(heard.readings or heard.discoveries)
            self._decoded += len(heard.readings)
            for reason in heard.refused:
                known = reason in self._refused or len(self._refused) < _REASONS
                self._refused[reason if known else "other"] += 1

    def _welcomed(self, remembered: bool) -> None:
        self.connected, self.problem = True, ""
        self.connections += 1
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._greeted.set)
        self._reported.clear()
        if self._connection is not None:
            self._connection.outbox.add(self._greetings, _GREETING)
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
