from pathlib import Path

import pytest

from memory.lists import ITEMS, KEPT, LISTS, Item, Lists, folded
from memory.store import Store
from tests.clock import run


def test_what_is_put_on_a_list_is_there_after_a_restart(tmp_path: Path) -> None:
    times = iter((1.0, 2.0, 3.0, 4.0))

    async def write() -> None:
        async with Store.open(tmp_path / "m.db", clock=lambda: next(times)) as store:
            assert await store.lists.make("Shopping") == "done"
            assert await store.lists.add("shopping list", "  oat   milk ") == "done"
            assert await store.lists.add("the Shopping List", "Apples") == "done"
            assert await store.lists.complete("shopping", "APPLES!") == "done"

    async def read() -> tuple[list[str], list[Item] | None, list[Item] | None]:
        async with Store.open(tmp_path / "m.db") as store:
            lists = store.lists
            return (
                await lists.names(),
                await lists.items("shopping"),
                await lists.items("shopping", done=True),
            )

    run(write())
    names, still_open, everything = run(read())
    assert names == ["Shopping"]
    assert still_open == [Item("oat milk", 1.0)]
    assert everything == [Item("oat milk", 1.0), Item("Apples", 2.0, 3.0)]


async def chores(lists: Lists) -> list[str]:
    await lists.make("Chores")
    return [
        await lists.make("the chores list"),
        await lists.add("Chores", "Trash"),
        await lists.add("Chores", "the trash"),
        await lists.complete("Chores", "dishes"),
        await lists.complete("Chores", "trash"),
        await lists.complete("Chores", "trash"),
        await lists.add("Chores", "trash"),
        await lists.remove("Chores", "trash"),
        await lists.remove("Chores", "trash"),
        await lists.add("Errands", "bank"),
        await lists.add("Chores", "?!"),
    ]


def test_doing_it_twice_changes_nothing_and_says_so(tmp_path: Path) -> None:
    async def main() -> tuple[list[str], list[Item] | None]:
        async with Store.open(tmp_path / "m.db") as store:
            return await chores(store.lists), await store.lists.items("Errands")

    answers, errands = run(main())
    assert answers == [
        "already", "done", "already", "no_item", "done", "already", "done", "done", "no_item",
        "no_list", "full",
    ]  # fmt: skip
    assert errands is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("The Trader Joe's list", "trader joes"),
        ("Trader Joe\u2019s", "trader joes"),
        ("some  Äpfel,", "äpfel"),
        ("list", "list"),
        ("a", "a"),
    ],
)
def test_names_and_items_are_compared_as_they_are_said(text: str, key: str) -> None:
    assert folded(text) == key


def test_nothing_grows_without_bound(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            lists = store.lists
            await lists.make("Chores")
            await lists.add("Chores", "x " * 5_000)
            items = await lists.items("Chores") or []
            assert [len(item.text) for item in items] == [200]
            database = lists._database
            await database.write(
                lambda c: c.executemany(
                    "INSERT INTO list_items VALUES (1, ?, ?, 0, ?)",
                    [(f"open {n}", f"open {n}", None) for n in range(ITEMS - 1)]
                    + [(f"done {n}", f"done {n}", float(n)) for n in range(KEPT)],
                )
            )
            assert await lists.add("Chores", "one more") == "full"
            await lists.complete("Chores", "open 1")
            remembered = await lists.items("Chores", done=True) or []
            assert sum(item.done_at is not None for item in remembered) == KEPT
            assert "done 0" not in {item.text for item in remembered}
            await database.write(
                lambda c: c.executemany(
                    "INSERT INTO lists (key, name) VALUES (?, ?)",
                    [(f"list {n}", f"list {n}") for n in range(LISTS - 1)],
                )
            )
            assert await lists.make("one more") == "full"

    run(main())
