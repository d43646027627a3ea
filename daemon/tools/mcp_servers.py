"""Keeps the connections to the owner's MCP servers, and their tools at the gate."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Final

import mcp_types as types
from mcp import Client
from mcp.client import Transport

from daemon.tools.gate import Gate
from daemon.tools.mcp import Server
from daemon.tools.mcp_http import http
from daemon.tools.mcp_stdio import ServerLost, stdio
from daemon.tools.mcp_taming import (
    DESCRIPTION,
    Untamable,
    digest,
    plain,
    result_text,
    tamed,
    tool_name,
)
from daemon.tools.tool import Occasion, Tool, ToolResult
from memory.pins import Pins
from sensors.backoff import Backoff

log = logging.getLogger(__name__)

TOOLS: Final = 32
"""Tools of one server; a small model does not choose well among more."""

_PAGES: Final = 4
"""Of a list of tools."""

_LOOK_S: Final = 60.0
"""Seconds after which the tools are listed again: it also shows whether the server is there."""

_SOONEST_S: Final = 5.0
"""Seconds between two lists, however often a server says that something has changed."""

_HELD_S: Final = 60.0
"""Seconds after which the end of a connection is news, even if the last one ended like it."""

_RETRY: Final = (1.0, 300.0)
"""Seconds before a server that was lost is tried again, the first time and at the most."""

_COST: Final = 2.0
"""Of a call, see `Tool.cost`: another process or machine takes about that long."""

_ASKED: Final = 100
"""Characters of the arguments that are read out in a question."""


class McpServers:
    """Connects to servers, each in a task of its own, and adds their tools to the gate.

    Args:
        servers: that the owner has named.
        gate: gets the tools of servers that are there.
        pins: what was agreed to of each tool.
        backoff: how long to wait before a lost server is tried again.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        gate: Gate,
        pins: Pins,
        *,
        backoff: Callable[[], Backoff] = lambda: Backoff(*_RETRY),
    ) -> None:
        self._servers = servers
        self._gate = gate
        self._pins = pins
        self._backoff = backoff

    async def run(self) -> None:
        """Stay connected until cancelled; then no server of ours is left running.

        A server that cannot be reached, breaks or lies is no reason to return.
        """
        # The SDK logs what servers send, which may repeat what somebody said.
        for name in ("client", "mcp", "httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        async with asyncio.TaskGroup() as tasks:
            for server in self._servers:
                tasks.create_task(self._keep(server), name=f"mcp {server.name}")

    async def _keep(self, server: Server) -> None:
        backoff, clock, told = self._backoff(), asyncio.get_running_loop().time, ""
        while True:
            began = clock()
            try:
                await self._hold(server, _Shelf(server, self._gate, self._pins))
            except Exception as error:  # noqa: BLE001 - a task's border: a stranger's server must not end the daemon
                why = _why(error)
                if why != told or clock() - began > _HELD_S:
                    log.warning("No MCP server %s: %s. Trying again", server.name, why)
                told = why
            await asyncio.sleep(backoff.wait(clock() - began, refused=False))

    async def _hold(self, server: Server, shelf: "_Shelf") -> None:
        """One connection, from its beginning to its end in this task."""
        changed = asyncio.Event()

        async def heard(message: object) -> None:
            if isinstance(message, types.ToolListChangedNotification):
                changed.set()

        client = Client(
            _transport(server),
            read_timeout_seconds=server.timeout_s,
            client_info=types.Implementation(name="auricle", version="1"),
            message_handler=heard,
            cache=None,
        )
        async with client:
            try:
                while True:
                    await shelf.fill(client)
                    changed.clear()
                    await asyncio.sleep(_SOONEST_S)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(changed.wait(), _LOOK_S)
            finally:
                # Before the connection is taken down, which takes seconds if the server is stuck.
                shelf.clear()


class _Shelf:
    """The tools of one server that are at the gate now."""

    def __init__(self, server: Server, gate: Gate, pins: Pins) -> None:
        self._server = server
        self._gate = gate
        self._pins = pins
        self._offered: dict[str, str] = {}
        self._told: tuple[object, ...] = ()

    async def fill(self, client: Client) -> None:
        """Offer what the server offers now, as far as the owner has agreed to it.

        Raises:
            MCPError: it does not answer as it should.
            MemoryFailed: nobody knows what was agreed to.
        """
        refused: Counter[str] = Counter()
        said = self._described(await _listed(client), client, refused)
        agreed = await self._pins.see({name: identity for name, (identity, _) in said.items()})
        changed = sorted(said.keys() - agreed)
        self.clear(keep={n: i for n, (i, _) in said.items() if n in agreed})
        for name in sorted(agreed - self._offered.keys()):
            identity, tool = said[name]
            self._gate.add(tool)
            self._offered[name] = identity
        self._report(refused, changed)

    def clear(self, keep: Mapping[str, str] | None = None) -> None:
        """Take away all tools but those that are as they were."""
        for name, identity in list(self._offered.items()):
            if (keep or {}).get(name) != identity:
                self._gate.remove(name)
                del self._offered[name]

    def _described(
        self, tools: Sequence[types.Tool], client: Client, refused: Counter[str]
    ) -> dict[str, tuple[str, Tool]]:
        """The server's tools by their names here, each with the identity of its description."""
        said: dict[str, tuple[str, Tool]] = {}
        for tool in tools:
            try:
                short = tool_name(tool.name)
                if self._server.tools is None or short in self._server.tools:
                    self._put(said, short, tool, client)
            except Untamable as why:
                refused[str(why)] += 1
        return said

    def _put(
        self, said: dict[str, tuple[str, Tool]], short: str, tool: types.Tool, client: Client
    ) -> None:
        identity = digest(tool.name, tool.description or "", tool.input_schema)
        made = self._made(short, tool, client)
        if made.name in said or len(said) >= TOOLS:
            raise Untamable("their names" if made.name in said else "their number")
        said[made.name] = (identity, made)

    def _made(self, short: str, said: types.Tool, client: Client) -> Tool:
        server, remote = self._server, said.name
        reads = server.reads(short)

        async def run(arguments: Mapping[str, Any], _: Occasion) -> ToolResult:
            return await _called(client, server, remote, arguments)

        return Tool(
            name=f"{server.name}.{short}",
            description=plain(said.description or "", DESCRIPTION),
            schema=tamed(said.input_schema),
            run=run,
            effect="read" if reads else "write",
            # The connection's own limit comes first and says more.
            timeout_s=server.timeout_s + 1.0,
            cost=_COST,
            confirm=lambda arguments, _: "" if reads else _question(server.name, short, arguments),
        )

    def _report(self, refused: Counter[str], changed: list[str]) -> None:
        told = (tuple(self._offered), tuple(sorted(refused.items())), tuple(changed))
        if told == self._told:
            return
        self._told = told
        log.info("The MCP server %s has %d tools", self._server.name, len(self._offered))
        for why, count in sorted(refused.items()):
            log.warning(
                "%d tools of the MCP server %s are left out for %s", count, self._server.name, why
            )
        for name in changed:
            log.warning(
                "The tool %s describes itself differently than when it was first seen and is left"
                " out; `auricle audit agree %s` accepts that",
                name,
                name,
            )


def _transport(server: Server) -> Transport:
    open_: AbstractAsyncContextManager[Any] = http(server) if server.url else stdio(server)
    return open_


async def _listed(client: Client) -> list[types.Tool]:
    tools: list[types.Tool] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if not cursor:
            break
    return tools


async def _called(
    client: Client, server: Server, tool: str, arguments: Mapping[str, Any]
) -> ToolResult:
    """Call a tool; what it says is data.

    The session's own `call_tool` would check the answer against a schema of the server's making,
    which can take for ever, and would follow up questions that the server asks back.
    """
    request = types.CallToolRequest(
        params=types.CallToolRequestParams(name=tool, arguments=dict(arguments))
    )
    answer = await client.session.send_request(
        request, types.CallToolResult, request_read_timeout_seconds=server.timeout_s
    )
    texts = [part.text for part in answer.content if isinstance(part, types.TextContent)]
    text = result_text(texts, answer.structured_content, len(answer.content) - len(texts))
    value = {"from": server.name, "untrusted": True, "text": text}
    if answer.is_error:
        return ToolResult("failed", {"error": f"{server.name} says that it failed", **value})
    return ToolResult("done", value)


def _question(server: str, tool: str, arguments: Mapping[str, Any]) -> str:
    given = ", ".join(f"{name} {value}" for name, value in arguments.items())
    spoken = plain(given, _ASKED)
    words = f"{tool.replace('_', ' ')} of {server.replace('_', ' ')}"
    return f"Shall I use {words}, with {spoken}?" if spoken else f"Shall I use {words}?"


def _why(error: BaseException) -> str:
    """What ended a connection, without a word of what the server said."""
    while isinstance(error, BaseExceptionGroup):
        lost = [one for one in error.exceptions if isinstance(one, ServerLost)]
        error = (lost or error.exceptions)[0]
    if isinstance(error, ServerLost):
        return str(error)
    return error.strerror or "" if isinstance(error, OSError) else type(error).__name__
