"""The MQTT edge as the configuration describes it."""

import asyncio
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from threading import Event

from daemon import paths
from daemon.config import ConfigError
from daemon.settings import Mqtt
from sensors.broker import BrokerSettings
from sensors.connection import Connection
from sensors.discovery.dialects import GREETINGS, dialects
from sensors.events import SensorError
from sensors.mqtt import MqttEdge
from sync.egress import EgressPolicy


class BrokerMisconfigured(ConfigError, SensorError):
    """Files or settings with which no connection can ever work; the text names them."""


def edge(mqtt: Mqtt, *, guest: bool = False) -> MqttEdge:
    """Make the edge; nothing connects yet.

    Args:
        mqtt: what the configuration says.
        guest: for a process beside the service. A broker lets one client use a name, so a guest
            has one of its own, and nothing is kept for it when it leaves.

    Raises:
        BrokerMisconfigured: the password file cannot be read, or settings contradict each other.
    """
    told = dialects(mqtt.discovery_prefix, [mqtt.zigbee2mqtt])
    return MqttEdge(_settings(mqtt, guest=guest), told, greetings=GREETINGS)


async def knock(mqtt: Mqtt, within: float) -> None:
    """Connect as a guest and leave again.

    Args:
        mqtt: what the configuration says.
        within: seconds that the broker is given to answer.

    Raises:
        BrokerMisconfigured: as for `edge`.
        BrokerRefused: it is there and said no.
        BrokerLost: it is not there.
        TimeoutError: it does not answer.
    """
    leave = Event()
    connection = Connection(
        _settings(mqtt, guest=True),
        on_message=lambda *_: None,
        on_connected=lambda _: leave.set(),
        on_denied=lambda _: None,
    )
    try:
        async with asyncio.timeout(within):
            await asyncio.to_thread(connection.hold, leave)
    finally:
        # The thread of one that does not answer ends soon after, with its own timeout.
        leave.set()


def egress(mqtt: Mqtt, others: Iterable[str] = ()) -> EgressPolicy:
    """Whom a process with this configuration may talk to.

    Args:
        mqtt: what the configuration says of the broker.
        others: hosts of tools that the owner has configured.
    """
    return EgressPolicy([*([mqtt.host] if mqtt.enabled else []), *others])


def _settings(mqtt: Mqtt, *, guest: bool) -> BrokerSettings:
    try:
        told = BrokerSettings(
            host=mqtt.host,
            port=mqtt.port,
            client_id=mqtt.client_id,
            username=mqtt.username,
            password=_password(mqtt) if mqtt.username else "",
            tls=mqtt.tls,
            ca_file=_path(mqtt.ca_file),
            certificate=_path(mqtt.cert_file),
            key=_path(mqtt.key_file),
            filters=tuple(mqtt.filters),
            max_payload=mqtt.max_payload_kib * 1024,
        )
    except ValueError as error:
        raise BrokerMisconfigured(f"[mqtt] {error}") from error
    if guest:
        return replace(told, client_id=f"{told.client_id}-{os.getpid()}", session_expiry=0)
    return told


def _password(mqtt: Mqtt) -> str:
    secret = _path(mqtt.password_file) or paths.credential("mqtt-password")
    if secret is None:
        return ""
    try:
        return secret.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BrokerMisconfigured(f"mqtt.password_file: {secret}: {error.strerror}") from error
    except UnicodeDecodeError:
        # Its text would quote a byte of the password.
        raise BrokerMisconfigured(f"mqtt.password_file: {secret}: is not UTF-8 text") from None


def _path(text: str) -> Path | None:
    return Path(text) if text else None
