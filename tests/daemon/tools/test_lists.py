from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from daemon.tools.lists import MAKE, READ, list_tools
from daemon.tools.tool import ToolResult
from memory.store import Store
from tests.clock import run
from tests.daemon.tools.acting import SAID

Calls = Sequence[tuple[str, dict[str, Any]]]


def outcomes(path: Path, calls: Calls, *, back: bool = False) -> list[ToolResult]:
    """What comes of each call, the last one taken back if wanted; then what is left to buy."""

    ticks = count(1)

    async def main() -> list[ToolResult]:
        async with Store.open(path / "m.db", clock=lambda: float(next(ticks))) as store:
            made = {tool.name: tool for tool in list_tools(store.lists)}
            results = [await made[name].run(arguments, SAID) for name, arguments in calls]
            if back:
                results += [
                    await made[one.name].run(one.arguments, SAID) for one in results[-1].undo
                ]
            return [*results, await made[READ].run({}, SAID)]

    return run(main())


MILK = {"item": "milk"}


@pytest.mark.parametrize(
    ("calls", "items"),
    [
        ([("HassShoppingListAddItem", MILK)], ["milk"]),
        ([("HassListAddItem", {"item": "milk", "name": "grocery list"})], ["milk"]),
        ([("HassListAddItem", MILK), ("HassShoppingListCompleteItem", {"item": "Milk"})], []),
        ([("HassListAddItem", MILK), ("HassListRemoveItem", MILK)], []),
        ([("HassListAddItem", MILK), ("HassListAddItem", {"item": "the milk"})], ["milk"]),
        ([], []),
    ],
)
def test_the_shopping_list_is_there_when_it_is_needed(
    tmp_path: Path, calls: Calls, items: list[str]
) -> None:
    *done, left = outcomes(tmp_path, calls)
    assert all(result.ok for result in done)
    assert left.value == {"list": "Shopping", "items": items, "count": len(items)}


@pytest.mark.parametrize(
    ("calls", "items"),
    [
        ([("HassListAddItem", MILK)], []),
        ([("HassListAddItem", MILK), ("HassListCompleteItem", MILK)], ["milk"]),
        ([("HassListAddItem", MILK), ("HassListRemoveItem", MILK)], ["milk"]),
        ([("HassListAddItem", MILK), ("HassListAddItem", MILK)], ["milk"]),
    ],
)
def test_a_change_can_be_taken_back(tmp_path: Path, calls: Calls, items: list[str]) -> None:
    assert outcomes(tmp_path, calls, back=True)[-1].value["items"] == items


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (("HassListAddItem", {"item": "sweep", "name": "Chores"}), "no_list"),
        (("HassListCompleteItem", {"item": "sweep", "name": "Chores"}), "no_list"),
        ((READ, {"name": "Chores"}), "no_list"),
        (("HassListRemoveItem", {"item": "sweep", "name": "Work"}), "no_item"),
        (("HassListAddItem", {"item": "  ,"}), "full"),
        (("HassListAddItem", {}), "wrong_arguments"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, call: tuple[str, dict[str, Any]], error: str
) -> None:
    _, result, left = outcomes(tmp_path, [(MAKE, {"name": "Work"}), call])
    assert (result.status, result.value["error"]) == ("failed", error)
    assert left.value["items"] == []


def test_other_lists_exist_once_they_were_made(tmp_path: Path) -> None:
    sweep = {"item": "sweep", "name": "my chores list"}
    made, again, added, read, unnamed = outcomes(
        tmp_path,
        [
            (MAKE, {"name": "Chores"}),
            (MAKE, {"name": "the Chores list"}),
            ("HassListAddItem", sweep),
            (READ, {"name": "chores"}),
        ],
    )
    assert (made.value["already"], again.value["already"]) == (False, True)
    assert again.say == "There is a list called Chores."
    assert added.ok
    assert read.value["items"] == unnamed.value["items"] == ["sweep"]


@pytest.mark.parametrize(
    ("many", "said"),
    [
        (0, "The Shopping list is empty."),
        (1, "On the Shopping list: a0."),
        (3, "On the Shopping list: a0, a1 and a2."),
        (13, f"On the Shopping list: {', '.join(f'a{n}' for n in range(11))} and 2 more."),
    ],
)
def test_a_list_is_read_out(tmp_path: Path, many: int, said: str) -> None:
    calls = [("HassListAddItem", {"item": f"a{n}"}) for n in range(many)]
    assert outcomes(tmp_path, calls)[-1].say == said
