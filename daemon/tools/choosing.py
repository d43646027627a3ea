"""The mind chooses a tool for what was said, or none.

Its prompt tells of the tools and never of the house: names of devices are a stranger's words. What
the house has is offered beside it, as far as the words speak of it (`narrowing`). So the prompt is
the same for every turn and stays in a cache of its own, and only what was said is read.
"""

import json
import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from daemon.prompt import Context
from daemon.tools.narrowing import Narrowing, is_ours, shown, words_of
from daemon.tools.targets import HouseView
from daemon.tools.tool import Tool
from daemon.tools.wanting import Reach, reach
from memory.records import Turn
from models.grammar import NONE, NotExpressible, grammar
from models.ports import Choice, LanguageModel, Message, Offer, ToolCall

log = logging.getLogger(__name__)

_TASK: Final = (
    "You control a home. For each request, answer with the one function to call, "
    f"or {NONE} if no function fits.\nFunctions:\n"
)
_DESCRIPTION: Final = 200
"""Letters of a tool's description; a stranger may have written it."""

_ROOM: Final = 2000
"""Tokens of all tools in the prompt; those of a home take half of it."""

_SHOWN: Final = 8
"""Arguments of a tool that are told; the others are offered all the same."""

_ALONE: Final = 6.0
_CROWD: Final = 2.15
"""Nats by which a lone tool must be likelier than none, and how much less for e times as many.

A small model takes whatever it is offered for what was asked. Measured by `tests/bench/tools.py`:
with one function, 6.0 parts what it is for from what it is near to; with the 33 tools of a home,
which share what is likely among them, -1.5 parts requests from other talk.
"""


_LOOKS: Final = "HassGetState"
"""The tool that looks at anything of the house."""

_STOPS: Final = " .,!?"

_NEEDS: Final[Mapping[str, str]] = {
    "HassClimateGetTemperature": "climate", "HassClimateSetTemperature": "climate",
    "HassFanSetSpeed": "fan", "HassGetWeather": "weather", "HassLawnMowerStartMowing": "lawn_mower",
    "HassLightSet": "light", "HassMediaNext": "media_player", "HassMediaPause": "media_player",
    "HassMediaPlayerMute": "media_player", "HassMediaPlayerUnmute": "media_player",
    "HassMediaPrevious": "media_player", "HassMediaSearchAndPlay": "media_player",
    "HassMediaUnpause": "media_player", "HassSetPosition": "cover", "HassSetVolume": "media_player",
    "HassSetVolumeRelative": "media_player", "HassVacuumReturnToBase": "vacuum",
    "HassVacuumStart": "vacuum",
}  # fmt: skip
"""Tools that a house without such a thing is not offered."""


class Choosing:
    """Chooses among the tools of a house.

    Args:
        mind: chooses.
        tools: of which those that are `offered` are told of.
        house: what there is.
        language: ISO 639-1.
        reluctance: smallest margin with which a tool is called; None for what was measured.
    """

    def __init__(
        self,
        mind: LanguageModel,
        tools: Iterable[Tool],
        house: HouseView,
        *,
        language: str = "en",
        reluctance: float | None = None,
    ) -> None:
        self._mind = mind
        self._words = words_of(language)
        self._house = house
        self._narrowing = Narrowing(house, language)
        self._tools = self._told([t for t in tools if t.offered and _expressible(t)])
        self._reluctance = measured(len(self._tools)) if reluctance is None else reluctance

    async def choose(self, asked: str, context: Context) -> ToolCall | None:
        """The call that does what was asked, None when there is none. Has no effects itself."""
        choice = await self.chosen(asked, context)
        return None if choice is None else choice.call

    async def chosen(
        self, asked: str, context: Context, wanted: Reach | None = None
    ) -> Choice | None:
        """The same with its figures; None when the mind was not even asked.

        Args:
            asked: what was said.
            context: of the turn.
            wanted: what the words may lead to; None lets the words themselves tell.

        Raises:
            ModelError: the mind failed.
        """
        tools = self._concerned(asked, reach(asked) if wanted is None else wanted)
        if not tools:
            return None
        offers = self._narrowing.offers(tools, asked)
        prompt = self._prompt(asked, context)
        choice = await self._mind.choose(prompt, offers, said=asked, reluctance=self._reluctance)
        if choice.call is None:
            return choice
        call = self._narrowing.settled(self._tools[choice.call.name], choice.call)
        return replace(choice, call=call)

    async def warm(self) -> bool:
        """Read what every prompt begins with into its cache; whether all of it was read."""
        if not self._tools:
            return True
        # The first number takes as long as learning all of a language's number words.
        self._narrowing.offers(self._tools.values(), "1")
        return await self._mind.warm_choosing(self.stable())

    async def prepare(self, asked: str, context: Context) -> None:
        """Read a prompt with words that somebody has not finished yet, if they may want a tool."""
        if self._tools and reach(asked):
            await self._mind.warm_choosing(self._prompt(asked, context), keep=False)

    def concerns(self, asked: str) -> bool:
        """Whether words may be about anything that a tool does or looks at; cheap."""
        return bool(self._concerned(asked, reach(asked)))

    def _concerned(self, asked: str, wanted: Reach) -> list[Tool]:
        there = {entity.domain for entity in self._house.entities()}
        return [
            tool
            for tool in self._tools.values()
            if wanted in ("write", tool.effect)
            and _NEEDS.get(tool.name) in (None, *there)
            and self._is_spoken_of(tool, asked)
        ]

    def _prompt(self, asked: str, context: Context) -> list[Message]:
        before = [message for turn in context.history[-1:] for message in _exchange(turn)]
        return [*self.stable(), *before, Message("user", asked)]

    def _is_spoken_of(self, tool: Tool, asked: str) -> bool:
        """Whether a tool for one kind of thing is one that the words are about."""
        kinds: Sequence[str] = self._words["spoken_of"].get(tool.name, ())
        # A word at the end is one as any other: "is the heating on?"
        said = f" {asked.casefold().strip(_STOPS)}? "
        return not kinds or any(kind in said for kind in kinds) or self._is_named(tool, said)

    def _is_named(self, tool: Tool, said: str) -> bool:
        """Whether something of the house is named, where a tool looks at the house."""
        if tool.name != _LOOKS:
            return False
        things = self._house.entities()
        names = [thing.name for thing in things if thing.name]
        rooms = [area.name for area in self._house.areas()]
        return any(name.casefold() in said for name in (*names, *rooms))

    def stable(self) -> list[Message]:
        """What every prompt begins with; changes only with the tools."""
        hint = self._words["none"].get("hint", "anything else")
        lines = [*map(self._line, self._tools.values()), f"{NONE}: {hint}"]
        messages = [Message("system", _TASK + "\n".join(lines))]
        known = [one for one in self._words["examples"] if one.get("name", "") in self._tools]
        others = [one for one in self._words["examples"] if "name" not in one]
        # As many that call nothing as call something: they would tip the scales.
        for example in (one for pair in zip(others, known, strict=False) for one in pair):
            name = example.get("name")
            call = ToolCall(name, example["arguments"]) if name else None
            messages += _asked(example["said"], call)
        return messages

    def _told(self, tools: Sequence[Tool]) -> Mapping[str, Tool]:
        """As many of the tools as a mind can be told of, ours first."""
        told: dict[str, Tool] = {}
        room = _ROOM
        for tool in sorted(tools, key=lambda tool: not is_ours(tool)):
            room -= self._mind.count(self._line(tool)) + 1
            if room < 0:
                log.warning("The mind is told of %d tools of %d", len(told), len(tools))
                break
            told[tool.name] = tool
        return told

    def _line(self, tool: Tool) -> str:
        keys = ", ".join(shown(tool)[:_SHOWN])
        hint = self._words["hints"].get(tool.name, "")
        told = " ".join(tool.description.split())[:_DESCRIPTION].rstrip(".")
        return f"{tool.name}({keys}): {told}{f' ({hint})' if hint else ''}"


def measured(tools: int) -> float:
    """The margin with which one of so many tools is called."""
    return _ALONE - _CROWD * math.log(max(tools, 1))


def written(call: ToolCall | None) -> str:
    """A choice as the mind writes it."""
    if call is None:
        return NONE
    return f"{call.name} {json.dumps(call.arguments, ensure_ascii=False, separators=(',', ':'))}"


def _asked(said: str, call: ToolCall | None) -> Sequence[Message]:
    return Message("user", said), Message("assistant", written(call))


def _exchange(turn: Turn) -> Sequence[Message]:
    """What was done last, for "and now turn it off"."""
    if not turn.tools:
        return ()
    done: Mapping[str, Any] = turn.tools[-1]
    return _asked(turn.asked, ToolCall(done["name"], done["arguments"]))


def _expressible(tool: Tool) -> bool:
    try:
        grammar([Offer(tool.name, tool.schema)], "")
    except NotExpressible as error:
        log.warning("The mind cannot choose %s: %s", tool.name, error)
        return False
    return True
