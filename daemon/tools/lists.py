"""Shopping lists and lists of things to do."""

from typing import Annotated, Any, Final

from pydantic import Field

from daemon.tools.tool import Tool, ToolResult
from daemon.tools.typed import tool
from memory.lists import Change, Lists, folded
from models.ports import ToolCall

SHOPPING: Final = "Shopping"
"""The list that is made as soon as something is put on it."""

READ: Final = "AuricleReadList"
"""Reads a list out; the package has no such intent."""

MAKE: Final = "AuricleMakeList"
"""Makes a list; the package has no such intent."""

_SHOPPING_NAMES: Final = frozenset({"", "shopping", "grocery", "groceries"})

_READ_OUT: Final = 60
"""Items that are told of a list."""

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
        tool(do.remove, name="HassListRemoveItem", effect="write", idempotent=True),
        tool(do.buy, name="HassShoppingListAddItem", effect="write", idempotent=True),
        tool(do.bought, name="HassShoppingListCompleteItem", effect="write", idempotent=True),
        tool(do.read, name=READ, effect="read", offered=True),
        tool(do.make, name=MAKE, effect="write", offered=True, idempotent=True),
    ]


class _Listing:
    """The functions behind the tools."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    async def add(self, item: Thing, name: ListName = "") -> ToolResult:
        """Puts an item on the shopping list or another list."""
        title = _title(name)
        if title == SHOPPING:
            await self._lists.make(SHOPPING)
        came = await self._lists.add(title, item)
        return _edited(came, title, item, undo="HassListRemoveItem")

    async def complete(self, item: Thing, name: ListName = "") -> ToolResult:
        """Checks an item of a list off."""
        came = await self._lists.complete(_title(name), item)
        return _edited(came, _title(name), item, undo="HassListAddItem")

    async def remove(self, item: Thing, name: ListName = "") -> ToolResult:
        """Takes an item off a list."""
        came = await self._lists.remove(_title(name), item)
        return _edited(came, _title(name), item, undo="HassListAddItem")

    async def buy(self, item: Thing) -> ToolResult:
        """Puts an item on the shopping list."""
        return await self.add(item)

    async def bought(self, item: Thing) -> ToolResult:
        """Checks an item of the shopping list off."""
        return await self.complete(item)

    async def read(self, name: ListName = "") -> ToolResult:
        """Tells what is on the shopping list or another list."""
        title = _title(name)
        items = await self._lists.items(title)
        if items is None and title != SHOPPING:
            return _missing(title)
        texts = [item.text for item in items or ()]
        told: dict[str, Any] = {"list": title, "items": texts[:_READ_OUT], "count": len(texts)}
        return ToolResult("done", told)

    async def make(self, name: NewName) -> ToolResult:
        """Makes a new list."""
        came = await self._lists.make(_title(name))
        if came == "full":
            return ToolResult("failed", {"error": "full", "list": name})
        return ToolResult("done", {"list": _title(name), "already": came == "already"})


def _title(name: str) -> str:
    return SHOPPING if folded(name) in _SHOPPING_NAMES else name


def _edited(came: Change, title: str, item: str, undo: str) -> ToolResult:
    """What came of a change, and what takes it back."""
    if came == "no_list":
        return _missing(title)
    told = {"list": title, "item": item}
    if came in {"no_item", "full"}:
        return ToolResult("failed", {"error": came, **told})
    if came == "already":
        return ToolResult("done", {**told, "already": True})
    return ToolResult("done", told, undo=(ToolCall(undo, {"name": title, "item": item}),))


def _missing(title: str) -> ToolResult:
    return ToolResult("failed", {"error": "no_entity", "entity": title, "list": title})
