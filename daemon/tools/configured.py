"""The MCP servers that the configuration names."""

from pathlib import Path

from daemon.config import ConfigError
from daemon.settings import McpServer
from daemon.tools.mcp import Server


def configured(servers: list[McpServer]) -> list[Server]:
    """Servers as the tools want them, with their secrets read.

    Raises:
        ConfigError: one makes no sense, two have one name, or a token cannot be read.
    """
    names = [server.name for server in servers]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ConfigError(f"tools.mcp: two servers are called {min(twice)}")
    try:
        return [_server(server) for server in servers]
    except ValueError as error:
        raise ConfigError(f"tools.mcp: {error}") from error


def _server(told: McpServer) -> Server:
    token = _token(told.token_file) if told.token_file else ""
    return Server(
        told.name,
        command=tuple(told.command),
        url=told.url,
        env=told.env,
        headers={"Authorization": f"Bearer {token}"} if token else {},
        tools=None if told.tools is None else tuple(told.tools),
        read_only=tuple(told.read_only),
        timeout_s=told.timeout_s,
    )


def _token(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except OSError as error:
        raise ConfigError(f"tools.mcp: token_file {path}: {error.strerror}") from error
