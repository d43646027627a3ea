"""How to reach the broker, and what its refusals mean for the person who set it up."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from paho.mqtt.reasoncodes import ReasonCode

from sensors.decoder import MAX_PAYLOAD
from sensors.events import BrokerLost, BrokerRefused, SensorError
from sensors.topics import is_valid_filter

DEFAULT_FILTERS = ("home/+/sensor", "zigbee2mqtt/#")


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """Everything the MQTT edge is told.

    Attributes:
        host: name or address.
        port: 1883 by custom, 8883 with TLS.
        client_id: stable, one per daemon; the broker keeps the session under it.
        username: "" for none.
        password: already read from its file; never shown.
        tls: whether to encrypt; implied by `ca_file` and `certificate`.
        ca_file: PEM with the authority that signed the broker; None trusts the system's.
        certificate: PEM with our certificate chain, None for none.
        key: PEM with its private key, None if it stands in `certificate`.
        filters: topic filters to subscribe to.
        keepalive: seconds without a packet after which the link counts as dead.
        session_expiry: seconds for which the broker keeps messages while we are away; 0 for a
            guest, which is not announced either.
        max_payload: bytes; larger payloads are counted and ignored.
        retry: seconds of the shortest and the longest wait before another attempt.

    Raises:
        ValueError: a value that can never work; the text names the field.
    """

    host: str = "localhost"
    port: int = 1883
    client_id: str = "auricle"
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    filters: tuple[str, ...] = DEFAULT_FILTERS
    keepalive: int = 30
    session_expiry: int = 86_400
    max_payload: int = MAX_PAYLOAD
    retry: tuple[float, float] = (1.0, 60.0)

    def __post_init__(self) -> None:
        if not self.host or not 0 < self.port < 65_536:
            raise ValueError(f"host and port must name a broker, not {self.host!r}:{self.port}")
        if not self.client_id or set(self.client_id) & set("/+#"):
            raise ValueError(f"client_id must be a name without / + #, not {self.client_id!r}")
        if self.password and not self.username:
            raise ValueError("password needs a username")
        if self.key and not self.certificate:
            raise ValueError("key needs a certificate")
        for pattern in self.filters:
            if not is_valid_filter(pattern):
                raise ValueError(f"filters: {pattern!r} is not an MQTT topic filter")

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return f"{self.host}:{self.port}"

    @property
    def status_topic(self) -> str:
        """Where others see whether this daemon is there: retained "online" or "offline"."""
        return f"auricle/{self.client_id}/status"

    @property
    def encrypted(self) -> bool:
        """Whether TLS is used."""
        return self.tls or self.ca_file is not None or self.certificate is not None


class _TidySocket(ssl.SSLSocket):
    """Closes itself when nobody trusts it; paho forgets a socket whose handshake failed."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def tls_context(settings: BrokerSettings) -> ssl.SSLContext:
    """The TLS side of a connection; read anew for each, so a renewed certificate is picked up.

    Raises:
        BrokerRefused: a file is missing, unreadable or not what it should be.
    """
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise BrokerRefused(f"cannot use ca_file {settings.ca_file}: {error}") from error
    context.sslsocket_class = _TidySocket
    if settings.certificate is not None:
        try:
            context.load_cert_chain(settings.certificate, settings.key, password=_no_passphrase)
        except (OSError, ValueError) as error:
            what = f"certificate {settings.certificate} with key {settings.key}"
            raise BrokerRefused(f"cannot use {what}: {error}") from error
    return context


def connect_failure(error: Exception, settings: BrokerSettings) -> SensorError:
    """What a failed connection attempt means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        trust = settings.ca_file or "the system's authorities"
        return BrokerRefused(
            f"its certificate is not trusted ({error.verify_message}); "
            f"check that {trust} signed it and that it is for {settings.host!r}"
        )
    if settings.encrypted and isinstance(error, (ConnectionResetError, ssl.SSLEOFError)):
        return BrokerLost("it hung up on the TLS handshake; check that the port speaks TLS")
    if isinstance(error, ssl.SSLError):
        return BrokerRefused(f"TLS failed ({error.reason}); check that the port speaks TLS")
    if isinstance(error, OSError):
        return BrokerLost(error.strerror or str(error) or type(error).__name__)
    return BrokerRefused(f"{settings.host!r} is not a host name")


def connack_failure(reason: ReasonCode, settings: BrokerSettings) -> SensorError:
    """What a refused CONNECT means (MQTT v5, 3.2.2.2)."""
    text = str(reason)
    if reason.value in (134, 135):
        who = f"user {settings.username!r}" if settings.username else "a client without a username"
        return BrokerRefused(f"{text.lower()} for {who}; check username and password file")
    if reason.value in (136, 137, 151, 159):
        return BrokerLost(text.lower())
    return BrokerRefused(f"{text.lower()}; check client_id and that it speaks MQTT v5")


def _no_passphrase() -> bytes:
    """OpenSSL would ask on the terminal, and a daemon would wait there for ever."""
    raise ValueError("the key is encrypted; give one without a passphrase")
