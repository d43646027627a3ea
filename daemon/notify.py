"""The systemd side of the lifecycle: sd_notify(3), in the few lines it takes."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


class Notifier:
    """Tells systemd how the service is; does nothing when nobody listens."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the abstract namespace.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_s = int(environment.get("WATCHDOG_USEC", "0")) / 1e6
        """Seconds within which `alive` must be called; 0 without a watchdog."""

    def ready(self, status: str) -> None:
        """The service can do its job."""
        self._send(f"READY=1\nSTATUS={status}")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={text}")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The service has begun to stop."""
        self._send("STOPPING=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
        # As sd_notify(3) advises: a service manager that does not listen is no reason to stop.
        with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as out:
            out.sendto(message.encode(), self._address)
