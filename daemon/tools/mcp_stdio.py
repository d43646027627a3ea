"""Speaking to a server that is a process of ours, over its standard input and output.

The SDK's own transport hands down our environment and reads lines without a limit; this one does
neither. Its messages are the SDK's.
"""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import Process, SubprocessStreamProtocol
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from daemon.tools.mcp import Server

LINE_BYTES: Final = 1024 * 1024
"""Of one message; a server that sends a longer one is stopped."""

_BURST: Final = 500
"""Messages within ten seconds; a server that sends more is stopped."""

_GRACE_S: Final = 1.0
"""Seconds that a server is given to end when its input is closed, and again when it is told to."""

Incoming = MemoryObjectReceiveStream[SessionMessage | Exception]
Outgoing = MemoryObjectSendStream[SessionMessage]


class ServerLost(Exception):
    """A server is gone, or was given up; the text says why, in words of ours."""


@asynccontextmanager
async def stdio(server: Server) -> AsyncGenerator[tuple[Incoming, Outgoing], None]:
    """Start a server and give its messages; when it ends, so does the body, with `ServerLost`.

    At the end the process and all that it started are gone. They also are when this process is
    killed, as far as the system has setpriv(1).

    Raises:
        OSError: it cannot be started.
        ServerLost: there is no such program; inside an exception group, how it ended.
    """
    if shutil.which(server.command[0], path=server.env.get("PATH", os.defpath)) is None:
        raise ServerLost("its program cannot be found")
    loop = asyncio.get_running_loop()
    # What `create_subprocess_exec` does, keeping hold of the transport: only closing that lets go
    # of a pipe which a survivor of the server's holds open.
    transport, protocol = await loop.subprocess_exec(
        lambda: SubprocessStreamProtocol(LINE_BYTES, loop),
        *_leashed(server.command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # What it complains about may quote what somebody asked it.
        stderr=asyncio.subprocess.DEVNULL,
        env=dict(server.env),
        cwd="/",
        start_new_session=True,
    )
    process = Process(transport, protocol, loop)
    try:
        to_us, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        outgoing, from_us = anyio.create_memory_object_stream[SessionMessage](0)
        async with to_us, incoming, outgoing, from_us, anyio.create_task_group() as tasks:
            if process.stdout is not None and process.stdin is not None:
                tasks.start_soon(_read, process.stdout, to_us)
                tasks.start_soon(_write, process.stdin, from_us)
            try:
                yield incoming, outgoing
            finally:
                tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await _stop(process)
            transport.close()


def _leashed(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command so that the kernel ends it when we are killed; closed pipes only ask it to."""
    setpriv = shutil.which("setpriv", path="/usr/bin:/bin")
    return (setpriv, "--pdeathsig", "KILL", "--", *command) if setpriv else command


async def _read(
    stdout: asyncio.StreamReader,
    to_us: MemoryObjectSendStream[SessionMessage | Exception],
) -> None:
    clock = asyncio.get_running_loop().time
    since, count = clock(), 0
    while True:
        try:
            line = await stdout.readline()
        except ValueError as error:
            raise ServerLost("it sent too long a message") from error
        if not line:
            raise ServerLost("it ended")
        if clock() - since > 10.0:
            since, count = clock(), 0
        count += 1
        if count > _BURST:
            raise ServerLost("it sent too many messages")
        with suppress(ValueError):  # what is no message is passed over
            await to_us.send(SessionMessage(jsonrpc_message_adapter.validate_json(line)))


async def _write(
    stdin: asyncio.StreamWriter,
    from_us: MemoryObjectReceiveStream[SessionMessage],
) -> None:
    async for message in from_us:
        line = message.message.model_dump_json(by_alias=True, exclude_unset=True)
        stdin.write(line.encode() + b"\n")
        try:
            await stdin.drain()
        except ConnectionError as error:
            raise ServerLost("it does not listen any more") from error


async def _stop(process: Process) -> None:
    """Close its input, then tell it, then make it."""
    if process.stdin is not None:
        process.stdin.close()
    for told in (signal.SIGTERM, signal.SIGKILL):
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_S)
            break
        _signal(process, told)
    # Whatever it started itself is in its group.
    _signal(process, signal.SIGKILL)
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _GRACE_S)


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
