from pathlib import Path

from memory.store import Store
from tests.clock import run


def test_the_first_description_is_agreed_to_and_a_changed_one_waits(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            assert await store.pins.see({"s.a": "1", "s.b": "1"}) == {"s.a", "s.b"}
            assert await store.pins.see({"s.a": "2", "s.b": "1"}) == {"s.b"}
            assert await store.pins.changed() == ["s.a"]
        async with Store.open(tmp_path / "m.db") as store:
            assert await store.pins.see({"s.a": "2"}) == set()
            assert not await store.pins.agree("s.b")
            assert await store.pins.agree("s.a")
            assert await store.pins.changed() == []
            assert await store.pins.see({"s.a": "2"}) == {"s.a"}
            assert await store.pins.see({"s.a": "1"}) == set()

    run(main())


def test_what_went_back_to_what_was_agreed_is_agreed(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            await store.pins.see({"s.a": "1"})
            await store.pins.see({"s.a": "2"})
            assert await store.pins.see({"s.a": "1"}) == {"s.a"}
            assert await store.pins.changed() == []

    run(main())
