"""A real MCP server with the SDK: python -m tests.doubles.mcp_server TOOLS.json [PORT].

TOOLS.json is a list of {"name", "description", "inputSchema", ...}, read anew for every list, so
that a test can change it. Without a port it speaks over standard input and output.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import mcp_types as types
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server


def _text(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])


async def _call(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    arguments = params.arguments or {}
    match params.name:
        case "big":
            return _text("x" * 5_000_000)
        case "slow":
            await asyncio.sleep(3600)
        case "environment":
            return _text(json.dumps(dict(os.environ)))
        case "refuse":
            return types.CallToolResult(content=_text("no").content, is_error=True)
        case "picture":
            image = types.ImageContent(type="image", data="aGk=", mime_type="image/png")
            return types.CallToolResult(content=[image])
    return _text(f"{params.name}: {json.dumps(arguments)}")


def _said(tools: Path) -> list[types.Tool]:
    return [types.Tool.model_validate(one) for one in json.loads(tools.read_text("utf-8"))]


def server(tools: Path) -> Server[Any]:
    async def listed(_: Any, __: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=_said(tools))

    return Server("double", on_list_tools=listed, on_call_tool=_call)


async def _stdio(made: Server[Any]) -> None:
    async with stdio_server() as (incoming, outgoing):
        await made.run(incoming, outgoing, made.create_initialization_options())


def main(tools: str, port: str = "") -> None:
    made = server(Path(tools))
    if port:
        uvicorn.run(made.streamable_http_app(), port=int(port), log_level="critical")
    else:
        asyncio.run(_stdio(made))


if __name__ == "__main__":
    main(*sys.argv[1:])
