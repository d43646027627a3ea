"""The egress policy: this process talks to the hosts that the configuration names, to nobody else.

Enforced where every Python library must pass, at the socket (PEP 578 audit events), so that a
dependency that would phone home fails instead. Native code that opens sockets by itself is not
seen; the engines in use do not.
"""

import ipaddress
import logging
import socket
import sys
import threading
from collections.abc import Iterable
from typing import Any

log = logging.getLogger(__name__)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class EgressRefused(OSError):
    """A connection to a host that nobody allowed; libraries see a connection that failed."""


class EgressPolicy:
    """Refuses connections to strangers, and says once per stranger that it did.

    Args:
        allowed: host names or addresses besides this machine itself.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        self._allowed = frozenset(allowed)
        self._told: set[str] = set()
        self._seen: set[Address] = set()
        self._resolving = threading.local()

    def enforce(self) -> None:
        """From now on and until the process ends: an audit hook cannot be taken away again."""
        sys.addaudithook(self._audit)

    def permits(self, address: str) -> bool:
        """Whether an IP address is this machine, or belongs to an allowed host."""
        found = _plain(address)
        return found.is_loopback or found in self._addresses()

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _EVENTS or getattr(self._resolving, "now", False):
            return
        opened, destination = arguments[0], arguments[1]
        if opened.family not in {socket.AF_INET, socket.AF_INET6} or not destination:
            return
        host = str(destination[0])
        if not self._permits_name(host):
            if host not in self._told:
                self._told.add(host)
                log.warning("refused a connection to %s: the configuration does not name it", host)
            raise EgressRefused(f"{host} is not a host that the configuration names")

    def _permits_name(self, host: str) -> bool:
        try:
            return self.permits(host)
        except ValueError:
            return host in self._allowed or host in {"", "localhost"}

    def _addresses(self) -> set[Address]:
        """Addresses of the allowed hosts, looked up anew: a broker may move."""
        self._resolving.now = True
        try:
            # What a name once stood for stays allowed: names take turns among addresses, and the
            # name server may be away when the connection is already there.
            self._seen |= {
                _plain(str(entry[4][0])) for host in self._allowed for entry in _lookup(host)
            }
            return self._seen
        finally:
            self._resolving.now = False


def _plain(address: str) -> Address:
    """An address without its zone, and one of IPv4 as such."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return getattr(found, "ipv4_mapped", None) or found


def _lookup(host: str) -> list[Any]:
    try:
        return socket.getaddrinfo(host, None)
    except OSError:
        return []
