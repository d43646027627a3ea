"""Shopping lists and lists of things to do."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from daemon.tools.sayings import Sayings
from daemon.tools.tool import Occasion, Tool, ToolResult
from daemon.tools.typed import tool
from memory.lists import Change, Lists, folded
from models.ports import ToolCall

SHOPPING: Final = "Shopping"
"""The list that is made as soon as something is put on it."""

READ: Final = "AuricleReadList"
"""Reads a list out; the package has no such intent."""

MAKE: Final = "AuricleMakeList"
"""Makes a list; the package has no such intent."""

_SHOPPING_NAMES: Final = frozenset({"", "list", "shopping", "grocery", "groceries"})

_AROUND: Final = re.compile(r"^(?:the|my|our)\s|\slist$", re.IGNORECASE)

_READ_OUT: Final = 60
"""Items that a result holds."""

_READ_ALOUD: Final = 12
"""Items that are spoken; longer lists are looked at."""

Thing = Annotated[str, Field(min_length=1, max_length=200, description="One item")]
ListName = Annotated[
    str, Field(max_length=200, description="Name of the list, empty for the shopping list")
]
NewName = Annotated[str, Field(min_length=1, max_length=200, description="Name of the new list")]


def list_tools(lists: Lists) -> list[Tool]:
    """HassListAddItem, -CompleteItem, -RemoveItem, the shopping list's own, `READ` and `MAKE`."""
    do = _Listing(lists)
    return [
        tool(do.add, name="HassListAddItem", effect="write", offered=True, idempotent=True),
        tool(do.complete, name="HassListCompleteItem", effect="write", idempotent=True),
        tool(do.remove, name="HassListRemoveItem", effect="write", offered=True, idempotent=True),
        tool(do.buy, name="HassShoppingListAddItem", effect="write", idempotent=True),
        tool(do.bought, name="HassShoppingListCompleteItem", effect="write", idempotent=True),
        tool(do.read, name=READ, effect="read", offered=True),
        tool(do.make, name=MAKE, effect="write", offered=True, idempotent=True),
    ]


class _Listing:
    """The functions behind the tools. What the package has words for is worded from `value`."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    async def add(self, occasion: Occasion, item: Thing, name: ListName = "") -> ToolResult:
        """Puts an item on the shopping list or another list."""
        title = _title(name)
        if title == SHOPPING:
            await self._lists.make(SHOPPING)
        came = await self._lists.add(title, item)
        return _edited(came, title, item, occasion, undo="HassListRemoveItem")

    async def complete(self, occasion: Occasion, item: Thing, name: ListName = "") -> ToolResult:
        """Checks an item of a list off."""
        came = await self._lists.complete(_title(name), item)
        return _edited(came, _title(name), item, occasion, undo="HassListAddItem")

    async def remove(self, occasion: Occasion, item: Thing, name: ListName = "") -> ToolResult:
        """Takes an item off a list."""
        came = await self._lists.remove(_title(name), item)
        return _edited(came, _title(name), item, occasion, undo="HassListAddItem")

    async def buy(self, occasion: Occasion, item: Thing) -> ToolResult:
        """Puts an item on the shopping list."""
        return await self.add(occasion, item)

    async def bought(self, occasion: Occasion, item: Thing) -> ToolResult:
        """Checks an item of the shopping list off."""
        return await self.complete(occasion, item)

    async def read(self, occasion: Occasion, name: ListName = "") -> ToolResult:
        """Tells what is on the shopping list or another list."""
        known = [] if name else await self._lists.names()
        title = known[0] if len(known) == 1 else _title(name)
        items = await self._lists.items(title)
        if items is None and title != SHOPPING:
            return _missing(title, occasion)
        texts = [item.text for item in items or ()]
        told: dict[str, Any] = {"list": title, "items": texts[:_READ_OUT], "count": len(texts)}
        return ToolResult("done", told, _contents(Sayings(occasion.language), title, texts))

    async def make(self, occasion: Occasion, name: NewName) -> ToolResult:
        """Makes a new list."""
        title = _title(name)
        sayings = Sayings(occasion.language)
        came = await self._lists.make(title)
        if came == "full":
            say = sayings.say("too_many")
            return ToolResult("failed", {"error": "full", "list": title}, say)
        made = "list_there" if came == "already" else "list_made"
        told = {"list": title, "already": came == "already"}
        return ToolResult("done", told, sayings.say(made, list=title))


def _title(name: str) -> str:
    """A list's name without what people say around it: "my chores list" is "chores"."""
    if folded(name) in _SHOPPING_NAMES:
        return SHOPPING
    return _AROUND.sub("", " ".join(name.split())) or name


def _edited(came: Change, title: str, item: str, occasion: Occasion, undo: str) -> ToolResult:
    """What came of a change, and what takes it back."""
    told = {"list": title, "item": item}
    match came:
        case "done":
            return ToolResult("done", told, undo=(ToolCall(undo, {"name": title, "item": item}),))
        case "already":
            return ToolResult("done", {**told, "already": True})
        case "no_list":
            return _missing(title, occasion)
        case "no_item" | "full":
            say = Sayings(occasion.language).say(came, item=item, list=title)
            return ToolResult("failed", {"error": came, **told}, say)


def _missing(title: str, occasion: Occasion) -> ToolResult:
    say = Sayings(occasion.language).say("no_list", list=title)
    return ToolResult("failed", {"error": "no_list", "list": title}, say)


def _contents(sayings: Sayings, title: str, items: Sequence[str]) -> str:
    """A list as it is read out."""
    if not items:
        return sayings.say("list_empty", list=title)
    return sayings.say("list_items", list=title, things=sayings.listed(items, few=_READ_ALOUD))
