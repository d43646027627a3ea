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
        self._read: Choosing | None = None

    async def choose(self, asked: str, context: Context) -> ToolCall | None:
        """See `daemon.acting.Choose`."""
        choosing, wanted = self._now(), reach(asked)
        if wanted == "read" and self._read is not choosing:
            return None  # Reading takes ten seconds; the mind answers from the notes meanwhile.
        if wanted:
            # What was read in an earlier life is taken from disk.
            await self.warm()
        return await choosing.choose(asked, context)

    def concerns(self, asked: str) -> bool:
        """Whether words may be about anything that a tool does or looks at; cheap."""
        return self._now().concerns(asked)

    async def prepare(self, asked: str, context: Context) -> None:
        """Read ahead for words that somebody has not finished yet."""
        if self._read is (choosing := self._now()):
            await choosing.prepare(asked, context)

    async def warm(self) -> bool:
        """Read the tools' descriptions ahead; False when that gave way to somebody who asked."""
        choosing = self._now()
        if await choosing.warm():
            self._read = choosing
            return True
        return False

    def _now(self) -> Choosing:
        tools = self._gate.tools()
        # Tools themselves, not their names: a stranger's may have been described anew.
        if self._choosing is None or tools != self._tools:
            self._tools = tools
            self._choosing = Choosing(self._mind, tools, self._house, language=self._language)
        return self._choosing
