"""A device of its own at a real broker: takes commands, tells its state, and can be away."""

import json
import socket
from collections.abc import Callable, Mapping
from threading import Event
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

STATES = {"turn_on": "on", "turn_off": "off", "lock": "locked", "unlock": "unlocked"}


def obedient(command: Mapping[str, Any]) -> Mapping[str, Any]:
    """Does what it is told and says so."""
    said = {"state": STATES[command["service"]]}
    return said | {name: value for name, value in command.items() if name != "service"}


class MqttDevice:
    """Speaks what `tests.doubles.devices.JsonDriver` understands.

    Args:
        port: of the broker.
        entity: its id.
        answer: what it says to a command; None for silence.
        retains: whether the broker keeps what it says.
        remembered: seconds for which the broker keeps commands while it is away.
    """

    def __init__(
        self,
        port: int,
        entity: str = "light.lamp",
        answer: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] = obedient,
        *,
        retains: bool = True,
        remembered: int = 0,
    ) -> None:
        self.told: list[str] = []
        """Payloads of the commands that it got."""
        self._topic = f"device/{entity}"
        self._port = port
        self._answer = answer
        self._retains = retains
        self._remembered = remembered
        self._subscribed = Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2, entity, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_message = self._obey
        self._client.on_subscribe = lambda *_: self._subscribed.set()

    def __enter__(self) -> Self:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._remembered
        self._client.connect("127.0.0.1", self._port, clean_start=False, properties=properties)
        link = self._client.socket()
        assert isinstance(link, socket.socket)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as devices do
        self._client.loop_start()
        self._client.subscribe(f"{self._topic}/set", 1)
        assert self._subscribed.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._subscribed.clear()
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, **fields: Any) -> None:
        """Tell its state."""
        self._client.publish(self._topic, json.dumps(fields), qos=1, retain=self._retains)

    def _obey(self, _: Client, __: object, message: MQTTMessage) -> None:
        self.told.append(message.payload.decode())
        answer = self._answer(json.loads(message.payload))
        if answer is not None:
            self.say(**answer)
