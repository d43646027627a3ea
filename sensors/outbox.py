"""From the loop to the network thread: messages to send, and whether the broker has them."""

import socket
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from threading import Lock
from typing import Final

from paho.mqtt.client import Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensors.entities import Publication
from sensors.events import BrokerLost, BrokerRefused, SensorError

_CAPACITY: Final = 1_024
"""Messages that may wait: "turn everything off" in a large house."""


@dataclass(slots=True)
class _Sending:
    publication: Publication
    expires_s: float
    sent: "Future[None]"


class Outbox:
    """What one connection shall send. Any thread adds; the connection's thread sends."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[_Sending] = deque()
        self._unacknowledged: dict[int, Future[None]] = {}
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)
        self._ended: SensorError | None = None

    @property
    def bell(self) -> socket.socket:
        """Becomes readable when there is something to send."""
        return self._bell

    def add(self, publications: Sequence[Publication], expires_s: float) -> "list[Future[None]]":
        """Queue messages, in order.

        Args:
            publications: to send.
            expires_s: seconds after which the broker shall not pass them on any more; a retained
                message holds until it is replaced.

        Returns:
            A future each, done when the broker has acknowledged (QoS 0: when it is written); fails
            with SensorError. Cancelled before its turn came, the message is not sent.
        """
        sendings = [_Sending(one, expires_s, Future()) for one in publications]
        with self._lock:
            ended = self._ended
            if ended is None and len(self._waiting) + len(sendings) > _CAPACITY:
                ended = BrokerLost("it does not take what is sent to it")
            if ended is None:
                self._waiting += sendings
        for sending in sendings if ended is not None else ():
            sending.sent.set_exception(ended)
        self.ring()
        return [sending.sent for sending in sendings]

    def ring(self) -> None:
        """Wake the thread of the connection."""
        with suppress(OSError):  # Full: it is ringing. Closed: nobody hears it any more.
            self._rope.send(b"!")

    def send(self, client: Client) -> None:
        """Hand to the client what waits and is still wanted."""
        with suppress(BlockingIOError):
            self._bell.recv(4_096)
        with self._lock:
            waiting, self._waiting = self._waiting, deque()
        for sending in waiting:
            if sending.sent.set_running_or_notify_cancel():
                self._publish(client, sending)

    def acknowledged(self, number: int, reason: ReasonCode) -> None:
        """The broker has a message, or refuses it."""
        sent = self._unacknowledged.pop(number, None)
        if sent is None:
            return
        if reason.is_failure:
            sent.set_exception(BrokerRefused(f"{str(reason).lower()}; check its access rules"))
        else:
            sent.set_result(None)

    def end(self, reason: SensorError) -> None:
        """Nothing will be sent any more; fail what was not acknowledged."""
        with self._lock:
            self._ended = reason
            waiting, self._waiting = self._waiting, deque()
        open_ = [one.sent for one in waiting if one.sent.set_running_or_notify_cancel()]
        for sent in (*self._unacknowledged.values(), *open_):
            sent.set_exception(reason)
        self._unacknowledged.clear()
        self._bell.close()
        self._rope.close()

    def _publish(self, client: Client, sending: _Sending) -> None:
        told = sending.publication
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if not told.retain:
            properties.MessageExpiryInterval = max(1, ceil(sending.expires_s))
        try:
            handed = client.publish(told.topic, told.payload, told.qos, told.retain, properties)
        except ValueError as error:  # a wildcard in the topic, or gigabytes
            sending.sent.set_exception(SensorError(f"cannot be sent: {error}"))
            return
        self._unacknowledged[handed.mid] = sending.sent
