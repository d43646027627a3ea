import subprocess
import sys

import pytest

from sync.egress import EgressPolicy

_ATTEMPT = """
import socket, sys
from sync.egress import EgressPolicy, EgressRefused
EgressPolicy(sys.argv[1].split(",")).enforce()
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
    print("here: connected")
family = socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET
with socket.socket(family, getattr(socket, sys.argv[3])) as out:
    out.setblocking(False)
    try:
        if sys.argv[3] == "SOCK_STREAM":
            out.connect((sys.argv[2], 9))
        else:
            out.sendto(b"x", (sys.argv[2], 9))
    except EgressRefused as error:
        print("refused:", error)
    except OSError:
        print("tried")
    else:
        print("tried")
"""
"""Runs in a process of its own, for an audit hook stays for good. Nothing is sent: 192.0.2.0/24 and
2001:db8::/32 are reserved for documentation (RFC 5737, RFC 3849)."""


def attempt(allowed: str, destination: str, kind: str = "SOCK_STREAM") -> str:
    done = subprocess.run(
        [sys.executable, "-c", _ATTEMPT, allowed, destination, kind],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    here, there = done.stdout.splitlines()
    assert here == "here: connected"
    return there


@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_a_stranger_is_refused_before_anything_is_sent(kind: str) -> None:
    assert attempt("localhost", "192.0.2.7", kind).startswith("refused: 192.0.2.7 is not")
    assert attempt("", "2001:db8::7", kind).startswith("refused: 2001:db8::7 is not")


def test_only_the_hosts_that_the_configuration_names_are_permitted() -> None:
    assert EgressPolicy(["192.0.2.7"]).permits("192.0.2.7")
    assert not EgressPolicy(["192.0.2.7"]).permits("192.0.2.8")


def test_this_machine_needs_no_permission() -> None:
    policy = EgressPolicy([])
    assert policy.permits("127.0.0.1")
    assert policy.permits("::1")
    assert policy.permits("::ffff:127.0.0.1")
    assert not policy.permits("10.0.0.1")


def test_names_are_compared_by_their_addresses() -> None:
    assert EgressPolicy(["localhost"]).permits("127.0.0.1")
