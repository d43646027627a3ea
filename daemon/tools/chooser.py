"""The mind's choice of a tool, among the tools that there are at the moment."""

from daemon.prompt import Context
from daemon.tools.choosing import Choosing
from daemon.tools.gate import Gate
from daemon.tools.targets import HouseView
from daemon.tools.tool import Tool
from daemon.tools.wanting import reach
from models.ports import LanguageModel, ToolCall


class Chooser:
    """The mind's choice among the tools that there are now."""

    def __init__(self, mind: LanguageModel, gate: Gate, house: HouseView, language: str) -> None:
        self._mind = mind
        self._gate = gate
        self._house = house
        self._language = language
        self._tools: list[Tool] = []
        self._choosing: Choosing | None = None

    async def choose(self, asked: str, context: Context) -> ToolCall | None:
        """See `daemon.acting.Choose`."""
        choosing = self._now()
        if reach(asked):
            # What was read in an earlier life is taken from disk; reading it takes ten seconds.
            await choosing.warm()
        return await choosing.choose(asked, context)

    async def prepare(self, asked: str, context: Context) -> None:
        """Read ahead for words that somebody has not finished yet."""
        await self._now().prepare(asked, context)

    async def warm(self) -> None:
        """Read the tools' descriptions ahead."""
        await self._now().warm()

    def _now(self) -> Choosing:
        tools = self._gate.tools()
        # Tools themselves, not their names: a stranger's may have been described anew.
        if self._choosing is None or tools != self._tools:
            self._tools = tools
            self._choosing = Choosing(self._mind, tools, self._house, language=self._language)
        return self._choosing
