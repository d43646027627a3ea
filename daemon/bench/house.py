"""A home that answers: a broker of its own on a free port, and devices that do what they are told.

They announce themselves in Home Assistant's words and say what became of a command after the time
that a lamp on a radio takes.
"""

import json
import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from daemon.bench.material import BUNDLED
from daemon.bench.playing import BenchFailed, Environment

ANSWER_S: Final = (0.02, 0.05)
"""Seconds that a device takes to say that it has obeyed, at the least and at the most."""

NO_BROKER: Final = (
    "mosquitto is not installed: nothing was asked of a device (Debian: apt install mosquitto)"
)

_PATH: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))

_WITHIN_S: Final = 10.0
"""Seconds in which a broker on this machine answers."""

_BECOMES: Final = {
    "LOCK": "LOCKED", "UNLOCK": "UNLOCKED", "OPEN": "open", "CLOSE": "closed",
}  # fmt: skip
"""States that are called otherwise than the commands that lead to them."""


@contextmanager
def house(folder: Path) -> Iterator[Environment | None]:
    """A broker and its devices, and the settings with which a daemon finds them.

    Args:
        folder: for what the broker writes.

    Yields:
        Environment variables; None where no mosquitto is installed.

    Raises:
        BenchFailed: the broker does not start.
    """
    program = shutil.which("mosquitto", path=_PATH)
    if program is None:
        yield None
        return
    told = json.loads((BUNDLED / "household.json").read_text(encoding="utf-8"))
    with _broker(program, folder) as port, _devices(port, told):
        yield {
            "AURICLE_MQTT__ENABLED": "true",
            "AURICLE_MQTT__HOST": "127.0.0.1",
            "AURICLE_MQTT__PORT": str(port),
            "AURICLE_MQTT__CLIENT_ID": "auricle-bench",
            "AURICLE_MQTT__DISCOVERY_PREFIX": "homeassistant",
            "AURICLE_MQTT__USERNAME": "",
            "AURICLE_MQTT__TLS": "false",
            "AURICLE_MQTT__CA_FILE": "",
            "AURICLE_MQTT__CERT_FILE": "",
            "AURICLE_MQTT__KEY_FILE": "",
        }


@contextmanager
def _broker(program: str, folder: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", "persistence false"]
    if os.geteuid() == 0:
        lines.append("user root")  # Else it gives up its rights and cannot read its own file.
    written = folder / "mosquitto.conf"
    written.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with subprocess.Popen(  # noqa: S603 - found on the path, with a file of our own
        [program, "-c", str(written)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _await(port, process)
            yield port
        finally:
            process.terminate()


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise BenchFailed("mosquitto does not start")


@contextmanager
def _devices(port: int, told: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    states = {_topic(one): str(one["state"]) for one in told}
    client = Client(CallbackAPIVersion.VERSION2, "devices", protocol=MQTTProtocolVersion.MQTTv5)
    # Seeded: every run meets the same devices.
    dice = random.Random(0)  # noqa: S311 - how slow a lamp is is no secret

    def obey(client: Client, _: object, message: MQTTMessage) -> None:
        topic, payload = message.topic.removesuffix("/set"), message.payload.decode()
        time.sleep(dice.uniform(*ANSWER_S))
        if states.get(topic):
            states[topic] = _after(states[topic], payload)
            client.publish(topic, states[topic], qos=1, retain=True)

    client.on_message = obey
    client.on_connect = lambda client, *_: client.subscribe("devices/+/set", 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        for one in told:
            for topic, payload in _announcements(one):
                sent = client.publish(topic, payload, qos=1, retain=True)
                sent.wait_for_publish(_WITHIN_S)
        yield
    finally:
        client.disconnect()
        client.loop_stop()


def _after(state: str, payload: str) -> str:
    """What a device says of itself once it has obeyed."""
    if payload.startswith("{"):
        return json.dumps(json.loads(state) | json.loads(payload))
    return _BECOMES.get(payload, payload)


def _announcements(device: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Topics and payloads of a device's configuration and of its first state."""
    slug, topic = _slug(device), _topic(device)
    belongs = {"identifiers": [slug], "name": device["name"]}
    if "area" in device:
        belongs["suggested_area"] = device["area"]
    told = {"name": None, "unique_id": slug, "device": belongs, **device["config"]}
    if device["domain"] != "sensor":
        told["command_topic"] = f"{topic}/set"
    if device["state"]:
        told["state_topic"] = topic
    yield f"homeassistant/{device['domain']}/{slug}/config", json.dumps(told)
    if device["state"]:
        yield topic, device["state"]


def _slug(device: Mapping[str, Any]) -> str:
    return str(device["name"]).lower().replace(" ", "_")


def _topic(device: Mapping[str, Any]) -> str:
    return f"devices/{_slug(device)}"
