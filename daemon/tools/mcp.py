"""Servers of the Model Context Protocol that the owner has named. None are used until then.

What such a server says is a stranger's word: the names and descriptions of its tools, their
schemas, its hints and its results. `mcp_taming` makes them harmless before anybody sees them. What
a server does in its own process is its own: the egress policy of this one does not reach it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import urlsplit

NAME: Final = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)
"""What servers and tools may be called."""


@dataclass(frozen=True, slots=True)
class Server:
    """One server: a process that is started, or an address that is spoken to over HTTP.

    Attributes:
        name: first part of the names of its tools, "weather" for "weather.forecast".
        command: program and arguments; an absolute path unless `env` has a PATH.
        url: of its streamable HTTP endpoint; one of `command` and `url` is given.
        env: the whole environment of the process: nothing of ours is handed down.
        headers: sent with every HTTP request, for what lets us in.
        tools: those that may be used, as they are called here; None for all of them.
        read_only: those that the owner knows to change nothing. All others ask first, whatever
            the server says of them.
        effect: of the tools that are not `read_only`; "read" makes all of them so.
        timeout_s: of one call.

    Raises:
        ValueError: it makes no sense; the text says why.
    """

    name: str
    command: tuple[str, ...] = ()
    url: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tools: tuple[str, ...] | None = None
    read_only: tuple[str, ...] = ()
    effect: Literal["read", "write"] = "write"
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not NAME.fullmatch(self.name):
            raise ValueError(f"an MCP server's name is of a-z, 0-9 and _, not {self.name!r}")
        if bool(self.command) == bool(self.url):
            raise ValueError(f"the MCP server {self.name} needs a command or a url, one of them")
        parts = urlsplit(self.url)
        if self.url and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError(f"the url of the MCP server {self.name} is not one of http or https")

    def reads(self, tool: str) -> bool:
        """Whether the owner knows a tool to change nothing."""
        return self.effect == "read" or tool in self.read_only


def hosts(servers: Iterable[Server]) -> frozenset[str]:
    """The hosts that this process will connect to, for the egress policy."""
    return frozenset(urlsplit(server.url).hostname or "" for server in servers if server.url)
