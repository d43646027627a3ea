"""MCP servers as the configuration names them."""

from pathlib import Path

import pytest

from daemon.config import ConfigError
from daemon.settings import McpServer
from daemon.tools.configured import configured


def test_a_token_is_read_from_its_file_and_sent_as_a_header(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc\n")
    told = McpServer(name="x", url="https://x.example/mcp", token_file=str(tmp_path / "token"))
    (server,) = configured([told])
    assert server.headers == {"Authorization": "Bearer abc"}
    assert "abc" not in repr(server)


@pytest.mark.parametrize(
    ("servers", "told"),
    [
        ([McpServer(name="x")], "needs a command or a url"),
        ([McpServer(name="x", url="ftp://x")], "http or https"),
        ([McpServer(name="x", command=["a"]), McpServer(name="x", command=["b"])], "two servers"),
        ([McpServer(name="x", url="http://x", token_file="/none/x")], "token_file /none/x"),
    ],
)
def test_what_makes_no_sense_is_refused(servers: list[McpServer], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        configured(servers)
