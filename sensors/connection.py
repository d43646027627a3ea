"""One connection to the broker, from CONNECT to its end, as one blocking call.

The paho client is made, driven and closed by the thread that calls `hold`; nobody else touches
it. Reconnecting is the business of whoever calls (see sensors/mqtt.py), so that waiting happens
on the loop, where it can be cancelled, and every attempt starts from a clean client.
"""

import time
from collections.abc import Callable
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

_POLL = 0.2
"""Seconds between looks at `leave`; bounds how long a stop takes once connected."""

_CONNECT_TIMEOUT = 5.0
"""Seconds for TCP and again for the TLS handshake."""

_LARGEST_PACKET = 16 * 1024 * 1024
"""Bytes; the broker withholds anything larger (MQTT v5, 3.1.2.11.4), whose default is 256 MB."""

_CATCHING_UP = 2.0
"""Seconds after resuming a session in which messages may come from the broker's queue."""

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
    """

    settings: BrokerSettings
    on_message: Callable[[str, bytes, bool], None]
    on_connected: Callable[[bool], None]
    on_denied: Callable[[str], None]
    _welcomed_at: float | None = field(default=None, init=False)
    _late_until: float = field(default=0.0, init=False)
    _failure: SensorError | None = field(default=None, init=False)

    def hold(self, leave: Event) -> None:
        """Connect and serve until told to leave.

        Raises:
            BrokerRefused: password, certificate, identity or protocol are not accepted.
            BrokerLost: not reachable, or the connection ended.
        """
        client = self._client()
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
        try:
            self._serve(client, leave)
        except Exception as error:  # noqa: BLE001 - task border: paho parses a stranger's bytes
            # Its text could quote them, so only the type is told.
            raise BrokerLost(f"it sent something unreadable ({type(error).__name__})") from None
        if not leave.is_set():
            raise self._failure or BrokerLost(self._silence())

    def _serve(self, client: Client, leave: Event) -> None:
        while not leave.is_set():
            if client.loop(_POLL) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return
        # The broker publishes the last will, so "offline" has one author and one way.
        client.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))

    def _client(self) -> Client:
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
        client.subscribe([(pattern, 1) for pattern in self.settings.filters])
        if self.settings.session_expiry:
            client.publish(self.settings.status_topic, "online", qos=1, retain=True)
        self.on_connected(flags.session_present)

    def _subscribed(
        self, _: Client, __: Any, ___: int, reasons: list[ReasonCode], ____: Properties | None
    ) -> None:
        for pattern, reason in zip(self.settings.filters, reasons, strict=False):
            if reason.is_failure:
                self.on_denied(pattern)

    def _message(self, _: Client, __: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
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


def _farewell(reason: ReasonCode) -> str:
    if reason.value == 142:
        return "another client took over our client_id; each daemon needs its own"
    return str(reason).lower()
