"""Speaking to a server over HTTP, with a limit to what it may send."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx2
from mcp.client._transport import TransportStreams
from mcp.client.streamable_http import streamable_http_client

from daemon.tools.mcp import Server

RESPONSE_BYTES: Final = 1024 * 1024
"""Of one response, streams of events included: those are opened again."""

_STREAM_S: Final = 300.0
"""Seconds that a stream of events may be silent, as the SDK has it."""


class _Bounded(httpx2.AsyncByteStream):
    """A response's body that ends with an error when it is too long."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._body:
            size += len(piece)
            if size > RESPONSE_BYTES:
                raise httpx2.ReadError("the response is too long")
            yield piece

    async def aclose(self) -> None:
        await self._body.aclose()


class _BoundedTransport(httpx2.AsyncHTTPTransport):
    """Connects as usual; no proxy of the environment, no body without a limit."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        # Compressed, a little would become a lot behind the limit.
        request.headers["Accept-Encoding"] = "identity"
        response = await super().handle_async_request(request)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            await response.aclose()
            raise httpx2.ReadError("the response is compressed")
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Bounded(response.stream)
        return response


@asynccontextmanager
async def http(server: Server) -> AsyncGenerator[TransportStreams, None]:
    """The SDK's transport over a connection of ours."""
    timeout = httpx2.Timeout(server.timeout_s, read=_STREAM_S)
    transport = _BoundedTransport(trust_env=False)
    async with (
        httpx2.AsyncClient(
            transport=transport, headers=dict(server.headers), timeout=timeout, trust_env=False
        ) as client,
        streamable_http_client(server.url, http_client=client) as streams,
    ):
        yield streams
