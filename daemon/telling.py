"""What acting needs of the grammar and of the responses, and how what came of a call is said."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from daemon.intents.intent import Understood
from daemon.pending import Option
from daemon.tools.mcp_taming import plain
from daemon.tools.tool import ToolResult
from models.ports import ToolCall

_QUOTED: Final = 300
"""Characters of a stranger's answer that are read out."""


class Grammar(Protocol):
    """Understands sentences; see `daemon.intents.recogniser`."""

    def recognise(self, text: str, *, area: str = "", confidence: float = 1.0) -> Understood | None:
        """What a sentence means, said in an area and heard so surely; None if it is unclear."""


class Wording(Protocol):
    """Tells what came of a call; see `daemon.intents.responses`."""

    def worded(self, call: ToolCall, response: str, result: ToolResult) -> str:
        """A sentence made from what was observed."""


def quoted(call: ToolCall, result: Mapping[str, Any]) -> str:
    """What a stranger's tool has found, as its word; "" where that is nothing to be quoted."""
    server, _, name = call.name.partition(".")
    text = plain(str(result.get("text", "")), _QUOTED)
    return f"{server.replace('_', ' ')} says: {text}" if name and text else ""


def told(wording: Wording, option: Option, result: ToolResult) -> str:
    """What came of a call, in words."""
    if result.ok and (text := quoted(option.call, result.value)):
        return text[0].upper() + text[1:]
    return result.say or wording.worded(option.call, option.response, result)


def sentence(said: str) -> str:
    """With a full stop: the package's responses have none, and what follows must not run on."""
    return f"{said}." if said and said[-1].isalnum() else said
