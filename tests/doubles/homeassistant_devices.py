"""A house of devices that announce themselves in Home Assistant's words at a real broker.

They obey and say so, unless they are told to be silent or to contradict; what they get is counted.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock
from types import TracebackType
from typing import Any, Literal, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

Manner = Literal["obeys", "silent", "contradicts"]
"""contradicts: says after every command that it is as it was before."""

AVAILABLE = "devices/{}/available"

_STATES = {
    "LOCK": "LOCKED", "UNLOCK": "UNLOCKED", "OPEN": "open", "CLOSE": "closed",
}  # fmt: skip

_FIRST: Mapping[str, str] = {
    "light": '{"state": "OFF"}', "lock": "LOCKED", "cover": "closed", "scene": "",
}  # fmt: skip


@dataclass
class Device:
    """One of them.

    Attributes:
        topic: of its state; commands come on "<topic>/set".
        announced_on: the discovery topic.
        state: payload that it told last.
        manner: how it takes commands.
        told: payloads of the commands that it got.
    """

    topic: str
    announced_on: str
    state: str
    manner: Manner = "obeys"
    told: list[str] = field(default_factory=list)

    def answer(self, payload: str) -> str | None:
        """What it says to a command."""
        self.told.append(payload)
        if self.manner == "silent":
            return None
        if self.manner == "contradicts":
            return self.state
        if payload.startswith("{"):
            self.state = json.dumps(json.loads(self.state) | json.loads(payload))
        else:
            self.state = _STATES.get(payload, payload)
        return self.state


class HomeAssistantDevices:
    """All devices, on one connection.

    Args:
        port: of the broker.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._devices: dict[str, Device] = {}
        self.kept: dict[str, str] = {}
        """What Auricle tells of itself, by topic, as the broker keeps it."""
        self._lock = Lock()
        self._subscribed = Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2, "devices", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.max_inflight_messages_set(1000)
        self._client.on_message = self._heard
        self._client.on_connect = lambda client, *_: client.subscribe(
            [("devices/+/set", 1), ("auricle/#", 1), ("homeassistant/device/#", 1)]
        )
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_disconnect = lambda *_: self._subscribed.clear()
        self._client.reconnect_delay_set(1, 1)

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        assert self._subscribed.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def __getitem__(self, slug: str) -> Device:
        return self._devices[slug]

    def add(
        self, domain: str, name: str, area: str = "", *, slug: str = "", **config: Any
    ) -> Device:
        """Announce one and tell its state; the broker keeps both."""
        slug = slug or name.lower().replace(" ", "_")
        topic, announced_on = f"devices/{slug}", f"homeassistant/{domain}/{slug}/config"
        device = Device(topic, announced_on, _FIRST.get(domain, "OFF"))
        self._devices[slug] = device
        told: dict[str, Any] = {
            "name": None,
            "unique_id": slug,
            "command_topic": f"{topic}/set",
            "device": {"identifiers": [slug], "name": name} | _in(area),
        }
        if domain == "light":
            told |= {
                "schema": "json",
                "brightness": True,
                "brightness_scale": 100,
                "supported_color_modes": ["rgb"],
            }
        if domain != "scene":
            told["state_topic"] = topic
        self.publish(announced_on, json.dumps(told | config))
        if device.state:
            self.publish(topic, device.state)
        return device

    def sensor(self, name: str, value: str, area: str = "", **config: Any) -> None:
        """Announce something that is only heard."""
        slug = name.lower().replace(" ", "_")
        told: dict[str, Any] = {"name": None, "unique_id": slug, "state_topic": f"devices/{slug}"}
        told |= {"device": {"identifiers": [slug], "name": name} | _in(area)}
        self.publish(f"homeassistant/sensor/{slug}/config", json.dumps(told | config))
        self.publish(f"devices/{slug}", value)

    @property
    def connected(self) -> bool:
        """Whether commands reach them now."""
        return self._subscribed.is_set()

    def remove(self, slug: str) -> None:
        """Take an announcement back."""
        self.publish(self._devices[slug].announced_on, "")

    def publish(self, topic: str, payload: str, *, retain: bool = True) -> None:
        """Returns when the broker has it."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)

    def flood(self, count: int, make: Callable[[int], tuple[str, str]]) -> None:
        """Publish many retained messages; returns when the broker has all of them."""
        sent = [self._client.publish(*make(n), qos=1, retain=True) for n in range(count)]
        for one in sent:
            one.wait_for_publish(60)

    def commands(self) -> int:
        """How many commands all of them got."""
        with self._lock:
            return sum(len(device.told) for device in self._devices.values())

    def _heard(self, client: Client, _: object, message: MQTTMessage) -> None:
        if message.topic.startswith("devices/"):
            self._obey(client, message)
        elif message.payload:
            self.kept[message.topic] = message.payload.decode()
        else:
            self.kept.pop(message.topic, None)

    def _obey(self, client: Client, message: MQTTMessage) -> None:
        topic = message.topic.removesuffix("/set")
        device = self._devices.get(topic.split("/")[1])
        payload = message.payload.decode()
        answer: str | None = payload  # a further topic of a device that has several
        if device is not None:
            with self._lock:
                answer = device.answer(payload)
        if answer is not None:
            client.publish(topic, answer, qos=1, retain=True)


def _in(area: str) -> dict[str, str]:
    return {"suggested_area": area} if area else {}
