"""One connection to the broker, from CONNECT to its end, as one blocking call.

The paho client is made, driven and closed by the thread that calls `hold`; nobody else touches
it: what others want to send waits in an Outbox, whose bell wakes the thread. Reconnecting is the
business of whoever calls (see sensors/mqtt.py), so that waiting happens on the loop, where it can
be cancelled, and every attempt starts from a clean client.
"""

import selectors
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensors.broker import BrokerSettings, connack_failure, connect_failure, tls_context
from sensors.events import BrokerLost, SensorError
from sensors.outbox import Outbox

_POLL = 0.2
"""Seconds between looks at `leave`; bounds how long a stop takes once connected."""

_CONNECT_TIMEOUT = 5.0
"""Seconds for TCP and again for the TLS handshake."""

_LARGEST_PACKET = 16 * 1024 * 1024
"""Bytes; the broker withholds anything larger (MQTT v5, 3.1.2.11.4), whose default is 256 MB."""

_CATCHING_UP = 2.0
"""Seconds after resuming a session in which messages may come from the broker's queue."""

_AT_ONCE = 64
"""Packets read before what they made us answer is written."""

_CHUNK = 128
"""Filters in one SUBSCRIBE."""

_TOO_SOON = 5.0
_NAMESAKE = " at once; if that goes on, see whether another client uses the same client_id"


@dataclass(slots=True)
class Connection:
    """A connection that has not happened yet.

    Attributes:
        settings: where to and as whom.
        on_message: called with topic, payload and whether the broker had kept it, on the thread
            of `hold`; a topic that is not UTF-8 comes as "".
        on_connected: called with whether the broker remembered us, on the thread of `hold`.
        on_denied: called with each filter that the broker does not let us read.
        subscriptions: asked on the thread of `hold` what to subscribe to at first.
        on_bell: called on the thread of `hold` before it connects, and when the outbox's bell
            was rung.
        outbox: what to send.
    """

    settings: BrokerSettings
    on_message: Callable[[str, bytes, bool], None]
    on_connected: Callable[[bool], None]
    on_denied: Callable[[str], None]
    subscriptions: Callable[[], Iterable[str]] = tuple
    on_bell: Callable[[], None] = lambda: None
    outbox: Outbox = field(default_factory=Outbox)
    _client: Client = field(init=False)
    _asked: dict[int, Sequence[str]] = field(default_factory=dict, init=False)
    _heard: int = field(default=0, init=False)
    _welcomed_at: float | None = field(default=None, init=False)
    _late_until: float = field(default=0.0, init=False)
    _failure: SensorError | None = field(default=None, init=False)

    def hold(self, leave: Event) -> None:
        """Connect and serve until told to leave.

        Raises:
            BrokerRefused: password, certificate, identity or protocol are not accepted.
            BrokerLost: not reachable, or the connection ended.
        """
        try:
            self.on_bell()
            client = self._client = self._connected_client()
            try:
                self._serve(client, leave)
            except Exception as error:  # noqa: BLE001 - task border: paho parses a stranger's bytes
                # Its text could quote them, so only the type is told.
                raise BrokerLost(f"it sent something unreadable ({type(error).__name__})") from None
        finally:
            self.outbox.end(BrokerLost("the connection to the broker ended"))
        if not leave.is_set():
            raise self._failure or BrokerLost(self._silence())

    def subscribe(self, topics: Iterable[str]) -> None:
        """Hear of topics from now on, and what was retained of them; on the thread of `hold`."""
        wanted = list(topics)
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            _, number = self._client.subscribe([(pattern, 1) for pattern in chunk])
            if number is not None:
                self._asked[number] = chunk

    def unsubscribe(self, topics: Sequence[str]) -> None:
        """Hear no more of topics; on the thread of `hold`."""
        for start in range(0, len(topics), _CHUNK):
            self._client.unsubscribe(list(topics[start : start + _CHUNK]))

    def _serve(self, client: Client, leave: Event) -> None:
        link = client.socket()
        if not isinstance(link, socket.socket):
            return
        # Else a command waits up to 40 ms for the acknowledgement of what was sent before it.
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with selectors.DefaultSelector() as ready:
            ready.register(link, selectors.EVENT_READ)
            ready.register(self.outbox.bell, selectors.EVENT_READ)
            while not leave.is_set():
                if not self._turn(client, link, ready):
                    return
        # The broker publishes the last will, so "offline" has one author and one way.
        client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))
        client.loop_write()

    def _turn(self, client: Client, link: Any, ready: selectors.BaseSelector) -> bool:
        """Wait, read, send, write; False when the connection is over."""
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.want_write() else 0)
        if ready.get_key(link).events != wanted:
            ready.modify(link, wanted)
        unread = isinstance(link, ssl.SSLSocket) and link.pending() > 0
        events = {key.fileobj: mask for key, mask in ready.select(0 if unread else _POLL)}
        if self.outbox.bell in events:
            self.on_bell()
            self.outbox.send(client)
        if unread or events.get(link, 0) & selectors.EVENT_READ:
            _acknowledge(link)
            self._read(client)
        if client.want_write():
            client.loop_write()
        return client.loop_misc() == MQTTErrorCode.MQTT_ERR_SUCCESS

    def _read(self, client: Client) -> None:
        """Read packets while there are messages among them; each call reads only one."""
        for _ in range(_AT_ONCE):
            before = self._heard
            if client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS or self._heard == before:
                return

    def _connected_client(self) -> Client:
        client = self._new_client()
        try:
            client.connect(
                self.settings.host,
                self.settings.port,
                self.settings.keepalive,
                clean_start=False,
                properties=self._connect_properties(),
            )
        except (OSError, ValueError) as error:  # ValueError: a name that IDNA cannot encode
            raise connect_failure(error, self.settings) from error
        return client

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            self.settings.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = _CONNECT_TIMEOUT
        if self.settings.session_expiry:  # A guest leaves no trace behind at the broker.
            client.will_set(self.settings.status_topic, "offline", qos=1, retain=True)
        if self.settings.username:
            client.username_pw_set(self.settings.username, self.settings.password)
        if self.settings.encrypted:
            client.tls_set_context(tls_context(self.settings))
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = self._message
        client.on_publish = self._published
        # Whatever is to be written is written by _turn, and nowhere else.
        client.on_socket_register_write = lambda *_: None
        client.on_disconnect = self._disconnected
        return client

    def _connect_properties(self) -> Properties:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self.settings.session_expiry
        properties.MaximumPacketSize = max(_LARGEST_PACKET, 2 * self.settings.max_payload)
        return properties

    def _connected(
        self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, __: Properties | None
    ) -> None:
        self._welcomed_at = time.monotonic()
        if reason.is_failure:
            self._failure = connack_failure(reason, self.settings)
            return
        if flags.session_present:
            self._late_until = self._welcomed_at + _CATCHING_UP
        # Always, even in a resumed session: the filters may be new, and retained state comes anew.
        self.subscribe(self.subscriptions())
        if self.settings.session_expiry:
            client.publish(self.settings.status_topic, "online", qos=1, retain=True)
        self.on_connected(flags.session_present)

    def _subscribed(
        self,
        _: Client,
        __: Any,
        number: int,
        reasons: list[ReasonCode],
        ___: Properties | None,
    ) -> None:
        for pattern, reason in zip(self._asked.pop(number, ()), reasons, strict=False):
            if reason.is_failure:
                self.on_denied(pattern)

    def _published(
        self, _: Client, __: Any, number: int, reason: ReasonCode, ___: Properties
    ) -> None:
        self.outbox.acknowledged(number, reason)

    def _message(self, _: Client, __: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        self._heard += 1
        late = message.retain or time.monotonic() < self._late_until
        self.on_message(topic, bytes(message.payload), late)

    def _disconnected(
        self, _: Client, __: Any, flags: DisconnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if flags.is_disconnect_packet_from_server and self._failure is None:
            self._failure = BrokerLost(_farewell(reason))

    def _silence(self) -> str:
        if self._welcomed_at is not None:
            # Mosquitto says nothing when it drops a client for its namesake.
            soon = time.monotonic() - self._welcomed_at < _TOO_SOON
            return f"the connection broke{_NAMESAKE if soon else ''}"
        hint = "without TLS" if self.settings.encrypted else "with TLS"
        return (
            "it hung up without an answer; check that the port speaks MQTT "
            f"(perhaps {hint}) and whether it wants a client certificate"
        )


def _acknowledge(link: socket.socket) -> None:
    """Let TCP confirm at once what has come.

    A broker that does not set TCP_NODELAY, mosquitto by default, holds back the state of a lamp for
    40 ms, until its acknowledgement of our command is confirmed. Linux forgets the option again.
    """
    if sys.platform == "linux":
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _farewell(reason: ReasonCode) -> str:
    if reason.value == 142:
        return "another client took over our client_id; each daemon needs its own"
    return str(reason).lower()
