from pathlib import Path

import pytest

from memory.records import MemoryFailed, Source, Step, Turn
from memory.store import Store
from tests.clock import run
from tests.memory.turns import NOW, a_turn


def test_a_turn_comes_back_as_it_was(tmp_path: Path) -> None:
    turn = Turn(
        "id",
        "session",
        NOW,
        "mic",
        asked="Ist die Küche warm? 🔥",
        answered="Yes, it is.",
        heard="Yes,",
        route="edge",
        model="qwen",
        interrupted=True,
        tools=[{"name": "state", "arguments": {"entity": "k"}, "result": 21.5, "ok": True}],
        sources=[Source(7, "The kitchen is warm.", 0.03, "mqtt:kitchen")],
        latency_ms={"total": 812.5},
        trace=[Step("prefill", -3.0, 120.0)],
        kv_reused=10,
        prompt_tokens=20,
        confidence=0.9,
        error="",
    )

    async def main() -> list[Turn]:
        async with Store.open(tmp_path / "m.db") as store:
            await store.journal.append(turn)
        async with Store.open(tmp_path / "m.db") as store:
            return await store.journal.last(1)

    assert run(main()) == [turn]


def test_last_gives_the_newest_with_the_newest_at_the_end(tmp_path: Path) -> None:
    turns = [a_turn(asked=str(n)) for n in range(5)]

    async def main() -> list[list[Turn]]:
        async with Store.open(tmp_path / "m.db") as store:
            for turn in turns:
                await store.journal.append(turn)
            return [await store.journal.last(2), await store.journal.last(99)]

    assert run(main()) == [turns[3:], turns]


def test_a_turn_is_never_written_twice_or_changed(tmp_path: Path) -> None:
    turn = a_turn(asked="first")

    async def main() -> list[Turn]:
        async with Store.open(tmp_path / "m.db") as store:
            await store.journal.append(turn)
            turn.asked = "second"
            with pytest.raises(MemoryFailed, match="UNIQUE"):
                await store.journal.append(turn)
            database = store.journal._database
            with pytest.raises(MemoryFailed, match="append-only"):
                await database.write(lambda c: c.execute("UPDATE turns SET asked = 'x'").get)
            return await store.journal.last(9)

    assert [t.asked for t in run(main())] == ["first"]


def test_undecodable_words_are_kept_as_far_as_possible(tmp_path: Path) -> None:
    async def main() -> list[Turn]:
        async with Store.open(tmp_path / "m.db") as store:
            await store.journal.append(a_turn(asked="caf\udce9 \x00 au lait"))
            return await store.journal.last(1)

    assert "au lait" in run(main())[0].asked


@pytest.mark.parametrize(
    ("later", "same"), [(0.0, True), (30.0, True), (30.1, False), (-20.0, True), (-3600.0, False)]
)
def test_a_session_goes_on_within_the_window_after_the_end_of_its_last_turn(
    tmp_path: Path, later: float, same: bool
) -> None:
    ended = NOW + 12

    async def main() -> str:
        async with Store.open(tmp_path / "m.db", clock=lambda: ended) as store:
            await store.journal.append(a_turn(session="this one"))
            return await store.journal.current_session(ended + later, 30.0)

    assert (run(main()) == "this one") is same


def test_the_first_session_of_an_empty_journal_is_new(tmp_path: Path) -> None:
    async def main() -> tuple[str, str]:
        async with Store.open(tmp_path / "m.db") as store:
            journal = store.journal
            return await journal.current_session(NOW, 30), await journal.current_session(NOW, 30)

    one, other = run(main())
    assert one != other


def test_history_is_the_summary_and_the_turns_after_it(tmp_path: Path) -> None:
    turns = [a_turn(asked=str(n)) for n in range(4)]
    stranger = a_turn(session="another")

    async def main() -> list[tuple[str, list[Turn]]]:
        async with Store.open(tmp_path / "m.db") as store:
            journal = store.journal
            for turn in (*turns[:2], stranger, *turns[2:]):
                await journal.append(turn)
            seen = [await journal.history("s")]
            await journal.save_summary("s", turns[2].id, "three")
            seen.append(await journal.history("s"))
            await journal.save_summary("s", turns[0].id, "late and shorter")
            seen.append(await journal.history("s"))
            seen.append(await journal.history("nobody"))
            return seen

    assert run(main()) == [("", turns), ("three", turns[3:]), ("three", turns[3:]), ("", [])]


def test_a_summary_needs_a_turn_of_its_session(tmp_path: Path) -> None:
    async def main() -> None:
        async with Store.open(tmp_path / "m.db") as store:
            turn = a_turn(session="s")
            await store.journal.append(turn)
            with pytest.raises(KeyError):
                await store.journal.save_summary("another", turn.id, "x")

    run(main())
