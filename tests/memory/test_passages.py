import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from memory.passages import BATCH
from memory.records import Passage, Source
from memory.store import Store
from models.ports import Vectors
from tests.clock import run
from tests.doubles.embedder import WordEmbedder
from tests.memory.turns import NOW, a_turn


def passage(text: str, origin: str = "mqtt:home/x/sensor", at: float = NOW) -> Passage:
    return Passage(0, text, origin, at)


def test_the_same_thing_told_twice_is_kept_once(tmp_path: Path) -> None:
    told = [
        passage("The door was opened."),
        passage("The door was opened.", at=NOW + 59),
        passage("The door was opened.", at=NOW - 61),
        passage("The door was opened.", origin="mqtt:other"),
        passage("  The door was opened.\n"),
    ]

    async def main() -> tuple[list[int], list[Passage]]:
        async with Store.open(tmp_path / "m.db") as store:
            return await store.passages.remember(told), await store.passages.newest(9)

    ids, kept = run(main())
    assert ids == [1, 1, 2, 3, 1]
    assert len(kept) == 3


def test_a_passage_without_text_is_refused(tmp_path: Path) -> None:
    async def main() -> list[Passage]:
        async with Store.open(tmp_path / "m.db") as store:
            with pytest.raises(ValueError, match="without text"):
                await store.passages.remember([passage("Good."), passage(" \n")])
            return await store.passages.newest(9)

    assert run(main()) == []


def test_newest_are_in_order_and_chosen_by_origin(tmp_path: Path) -> None:
    async def main() -> list[list[str]]:
        async with Store.open(tmp_path / "m.db") as store:
            await store.passages.remember(
                [
                    passage("b", "note:a%", NOW + 2),
                    passage("a", "mqtt:x", NOW + 1),
                    passage("c", "note:b", NOW + 3),
                ]
            )
            lists = [
                await store.passages.newest(2),
                await store.passages.newest(9, "note:"),
                await store.passages.newest(9, "note:%"),
            ]
            return [[p.text for p in one] for one in lists]

    assert run(main()) == [["c", "b"], ["c", "b"], []]


def test_why_names_origin_time_and_the_turns_that_used_it(tmp_path: Path) -> None:
    turn, other = a_turn(), a_turn()

    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            ids = await store.passages.remember([passage("Known.", "note:n", 5.0), passage("Not.")])
            turn.sources = [Source(ids[0], "Known.", 0.03, "note:n")]
            for one in (turn, other):
                await store.journal.append(one)
            assert await store.passages.why(ids[0]) == (
                Passage(ids[0], "Known.", "note:n", 5.0),
                [turn],
            )
            found = await store.passages.why(ids[1])
            assert found is not None
            assert found[1] == []
            assert await store.passages.why(99) is None

    run(main())


def test_the_oldest_of_the_sensors_make_room_and_nothing_else_does(tmp_path: Path) -> None:
    async def main() -> list[str]:
        async with Store.open(tmp_path / "m.db", WordEmbedder(), sensor_limit=2) as store:
            await store.passages.remember([passage("note", "note:n", 1.0)])
            for n in (3, 2, 5, 4):
                await store.passages.remember([passage(f"event {n}", at=float(n))])
            assert await store.passages.recall("event 2", limit=9, now=NOW)
            return [p.text for p in await store.passages.newest(9)]

    assert run(main()) == ["event 5", "event 4", "note"]


def test_a_removed_id_is_never_given_again(tmp_path: Path) -> None:
    async def main() -> list[int]:
        async with Store.open(tmp_path / "m.db", sensor_limit=0) as store:
            return [(await store.passages.remember([passage("x")]))[0] for _ in range(3)]

    assert run(main()) == [1, 2, 3]


def test_what_has_made_room_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    secret = "The zanzibarium exploded quietly."

    async def main() -> bytes:
        async with Store.open(tmp_path / "m.db", embedder, sensor_limit=1) as store:
            await store.passages.remember([passage(secret, at=1.0)])
            vector = (await embedder.embed([secret]))[0]
        # Two numbers of it: the whole is cut apart by the file's pages.
        peak = int(vector[:-1].argmax())
        piece: bytes = vector[peak : peak + 2].tobytes()
        assert b"zanzibar" in (tmp_path / "m.db").read_bytes()
        assert piece in (tmp_path / "m.db").read_bytes()
        async with Store.open(tmp_path / "m.db", embedder, sensor_limit=1) as store:
            await store.passages.remember([passage("Something else.")])
        return piece

    piece = run(main())
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"else" in left
    assert b"zanzibar" not in left
    assert piece not in left


def test_texts_are_embedded_once_and_in_bounded_batches(tmp_path: Path) -> None:
    embedder = WordEmbedder()

    async def main() -> None:
        async with Store.open(tmp_path / "m.db", embedder) as store:
            await store.passages.remember(
                [passage(f"text {n % 50}", at=n * 99.0) for n in range(200)]
            )

    run(main())
    assert sum(len(batch) for batch in embedder.batches) == 50
    assert max(len(batch) for batch in embedder.batches) <= BATCH


def test_a_failing_embedder_loses_nothing_and_is_made_up_for(tmp_path: Path) -> None:
    embedder = WordEmbedder()

    async def main() -> None:
        async with Store.open(tmp_path / "m.db", embedder) as store:
            embedder.failing = True
            await store.passages.remember([passage("The washing machine finished.")])
            found = await store.passages.recall("washing machine", limit=3, now=NOW)
            assert [p.text for p in found] == ["The washing machine finished."]
            embedder.failing = False
            assert [await store.passages.index(), await store.passages.index()] == [1, 0]

    run(main())


def test_another_embedder_never_meets_the_vectors_of_the_first(tmp_path: Path) -> None:
    # No content word in common: only a vector can find it.
    asked = "what is it that there was on the"
    text = "it was that what is on there the"

    async def main() -> list[int]:
        counts = []
        async with Store.open(tmp_path / "m.db", WordEmbedder("one", 64)) as first:
            await first.passages.remember([passage(text)])
            counts.append(len(await first.passages.recall(asked, limit=3, now=NOW)))
            async with Store.open(tmp_path / "m.db", WordEmbedder("two", 32)) as second:
                counts.append(len(await second.passages.recall(asked, limit=3, now=NOW)))
                counts.append(await second.passages.index())
                counts.append(len(await second.passages.recall(asked, limit=3, now=NOW)))
                # The first is still open, as a daemon is while a command runs.
                counts.append(len(await first.passages.recall(asked, limit=3, now=NOW)))
                await first.passages.remember([passage("on the " + text)])
                counts.append(await first.passages.index())
                counts.append(await second.passages.index())
        return counts

    assert run(main()) == [1, 0, 1, 1, 0, 0, 1]


def test_the_same_embedder_finds_its_vectors_again(tmp_path: Path) -> None:
    async def main() -> int:
        async with Store.open(tmp_path / "m.db", WordEmbedder()) as store:
            await store.passages.remember([passage("The door was opened.")])
        async with Store.open(tmp_path / "m.db", WordEmbedder()) as store:
            return await store.passages.index()

    assert run(main()) == 0


def test_indexing_can_be_cancelled_and_taken_up_again(tmp_path: Path) -> None:
    class Slow(WordEmbedder):
        async def embed(self, texts: Sequence[str]) -> Vectors:
            vectors = await super().embed(texts)
            await asyncio.sleep(1)
            return vectors

    async def main() -> int:
        async with Store.open(tmp_path / "m.db") as store:
            await store.passages.remember([passage(f"text {n}") for n in range(3 * BATCH)])
        async with Store.open(tmp_path / "m.db", Slow()) as store:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1.5):
                    await store.passages.index()
            return await store.passages.index()

    assert run(main()) == 2 * BATCH
