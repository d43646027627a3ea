"""A real mosquitto on a free port, for tests that talk to a broker."""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import paho.mqtt.publish
import pytest
from paho.mqtt.enums import MQTTProtocolVersion

if TYPE_CHECKING:
    from paho.mqtt.publish import AuthParameter  # it exists for type checkers alone

_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_MOSQUITTO = shutil.which("mosquitto", path=_PATH)
_PASSWD = shutil.which("mosquitto_passwd", path=_PATH)
_OPENSSL = shutil.which("openssl", path=_PATH)
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

needs_mosquitto = pytest.mark.skipif(
    _MOSQUITTO is None or _PASSWD is None, reason="mosquitto is not installed"
)
needs_openssl = pytest.mark.skipif(_OPENSSL is None, reason="openssl is not installed")


async def eventually(condition: Callable[[], object], within: float = 10.0) -> None:
    """Poll an external process's effect until it shows."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s")
        await asyncio.sleep(0.01)


@dataclass(frozen=True)
class Certificates:
    """An authority, a certificate for localhost and one for a client, made on the spot."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / "ca.crt"

    def certificate(self, name: str) -> Path:
        return self.folder / f"{name}.crt"

    def key(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    @classmethod
    def make(cls, folder: Path, common_name: str = "Test authority") -> Self:
        folder.mkdir()
        made = cls(folder)
        made._openssl(
            *("req", "-x509", "-days", "2", *_NEW_KEY),
            *("-subj", f"/CN={common_name}", "-keyout", "ca.key", "-out", "ca.crt"),
        )
        made._sign("localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        made._sign("client", "extendedKeyUsage=clientAuth")
        return made

    def _sign(self, name: str, extension: str) -> None:
        (self.folder / f"{name}.ext").write_text(extension)
        self._openssl(
            *("req", *_NEW_KEY),
            *("-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr"),
        )
        self._openssl(
            *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key"),
            *("-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.crt"),
        )

    def _openssl(self, *arguments: str) -> None:
        assert _OPENSSL
        subprocess.run([_OPENSSL, *arguments], cwd=self.folder, check=True, capture_output=True)


@dataclass
class Mosquitto:
    """A broker that keeps its port and its sessions when it is stopped and started again."""

    folder: Path
    login: tuple[str, str] | None = None
    certificates: Certificates | None = None
    client_certificates: bool = False
    port: int = field(init=False)
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (self.folder / "mosquitto.conf").write_text("\n".join(self._config()) + "\n")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when the port answers."""
        assert self._process is None
        assert _MOSQUITTO
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [_MOSQUITTO, "-v", "-c", self.folder / "mosquitto.conf"], stdout=log, stderr=log
            )
        deadline = time.monotonic() + 10
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self.folder / "log").read_text())
            time.sleep(0.01)

    def stop(self) -> None:
        """A clean stop: sessions and retained messages are on disk afterwards."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def publish(self, topic: str, payload: bytes | str, *, retain: bool = False) -> None:
        """Publish with QoS 1 and wait for the acknowledgement."""
        auth: AuthParameter | None = None
        if self.login:
            auth = {"username": self.login[0], "password": self.login[1]}
        paho.mqtt.publish.single(
            topic,
            payload,
            qos=1,
            retain=retain,
            hostname="127.0.0.1",
            port=self.port,
            auth=auth,
            protocol=MQTTProtocolVersion.MQTTv5,
        )

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def _config(self) -> list[str]:
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {self.folder}/",
            f"allow_anonymous {'false' if self.login else 'true'}",
        ]
        if os.geteuid() == 0:
            lines.append("user root")  # else it gives up its rights and cannot enter our folder
        if self.login:
            assert _PASSWD
            passwords = self.folder / "passwords"
            subprocess.run([_PASSWD, "-b", "-c", passwords, *self.login], check=True)
            lines.append(f"password_file {passwords}")
        if self.certificates:
            lines += [
                f"cafile {self.certificates.authority}",
                f"certfile {self.certificates.certificate('localhost')}",
                f"keyfile {self.certificates.key('localhost')}",
                f"require_certificate {'true' if self.client_certificates else 'false'}",
            ]
        return lines
