"""The MQTT edge as the configuration describes it."""

from pathlib import Path

from daemon import paths
from daemon.settings import Mqtt
from sensors.broker import BrokerSettings
from sensors.events import SensorError
from sensors.mqtt import MqttEdge
from sync.egress import EgressPolicy


def edge(mqtt: Mqtt) -> MqttEdge:
    """Make the edge; nothing connects yet.

    Raises:
        SensorError: the password file cannot be read, or settings contradict each other.
    """
    try:
        return MqttEdge(
            BrokerSettings(
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
        )
    except ValueError as error:
        raise SensorError(f"[mqtt] {error}") from error


def egress(mqtt: Mqtt) -> EgressPolicy:
    """Whom a process with this configuration may talk to."""
    return EgressPolicy([mqtt.host] if mqtt.enabled else [])


def _password(mqtt: Mqtt) -> str:
    secret = _path(mqtt.password_file) or paths.credential("mqtt-password")
    if secret is None:
        return ""
    try:
        return secret.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SensorError(f"mqtt.password_file: {secret}: {error.strerror}") from error


def _path(text: str) -> Path | None:
    return Path(text) if text else None
