from pathlib import Path

from memory.store import Store
from sensors.entities import Entity
from tests.clock import run

LAMP = Entity(
    "light.hall", "Hall lamp", "light", "", "%", "Hall", "ground floor", ("lamp",),
    frozenset(("brightness", "color")), ("rainbow",), (0.0, 100.0), "light.hall", "state",
    "Lamp 3", "homeassistant", "homeassistant/light/hall/config",
)  # fmt: skip
DOOR = Entity("lock.front", "Front door", "lock")


def test_entities_come_back_as_they_were_and_the_last_word_counts(tmp_path: Path) -> None:
    async def main() -> list[list[Entity]]:
        found = []
        async with Store.open(tmp_path / "m.db") as store:
            found.append(await store.entities.load())
            await store.entities.save([LAMP, DOOR])
        async with Store.open(tmp_path / "m.db") as store:
            found.append(await store.entities.load())
            await store.entities.save([DOOR])
            found.append(await store.entities.load())
        return found

    assert run(main()) == [[], [LAMP, DOOR], [DOOR]]
