"""Turns that belong together."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from daemon.prompt import stable
from daemon.sessions import Sessions
from memory.records import MemoryFailed, Turn
from memory.store import Store
from tests.clock import run
from tests.doubles.models import ScriptedMind
from tests.memory.turns import NOW

TODAY = datetime.fromtimestamp(NOW).astimezone().date()

Story = Callable[[Store, Sessions], Awaitable[None]]


class Clock:
    """The wall clock, moved by hand."""

    at = NOW

    def __call__(self) -> float:
        return self.at


def told(
    path: Path, mind: ScriptedMind, story: Story, *, clock: Clock | None = None, tokens: int = 40
) -> None:
    now = clock or Clock()

    async def main() -> None:
        async with Store.open(path / "m.db", clock=now) as store:
            await story(store, Sessions(store.journal, mind, lambda: ["lamp"], 180, tokens, now))

    run(main())


async def exchange(store: Store, sessions: Sessions, asked: str, heard: str, at: float) -> Turn:
    turn = await sessions.begin("mic", at)
    turn.asked, turn.answered, turn.heard = asked, heard, heard
    await store.journal.append(turn)
    return turn


def test_a_follow_up_belongs_to_the_session_and_a_late_turn_begins_one(tmp_path: Path) -> None:
    clock = Clock()

    async def story(store: Store, sessions: Sessions) -> None:
        first = await exchange(store, sessions, "one", "Yes.", NOW)
        second = await exchange(store, sessions, "two", "Yes.", NOW + 179)
        clock.at = NOW + 1000
        third = await exchange(store, sessions, "three", "Yes.", NOW + 1000)
        assert first.session == second.session != third.session
        assert [t.asked for t in (await sessions.history(first.session)).history] == ["one", "two"]
        assert [t.asked for t in (await sessions.history(third.session)).history] == ["three"]

    told(tmp_path, ScriptedMind([]), story, clock=clock)


def test_a_turn_knows_when_where_and_as_what(tmp_path: Path) -> None:
    clock = Clock()

    async def story(_: Store, sessions: Sessions) -> None:
        turn = await sessions.begin("wav", NOW - 3)
        assert (turn.channel, turn.started_at, turn.asked, turn.route) == (
            "wav",
            NOW - 3,
            "",
            "none",
        )
        clock.at += 1
        other = await sessions.begin("wav", NOW - 3)
        assert other.id > turn.id

    told(tmp_path, ScriptedMind([]), story, clock=clock)


def test_the_pause_reads_ahead_what_the_next_prompt_begins_with(tmp_path: Path) -> None:
    mind = ScriptedMind([])

    async def story(store: Store, sessions: Sessions) -> None:
        turn = await exchange(store, sessions, "one", "Yes.", NOW)
        await sessions.rest(turn.session)
        context = await sessions.history(turn.session)
        assert mind.warmed == [tuple(stable(["lamp"], context, TODAY))]

    told(tmp_path, mind, story)


def test_a_long_session_is_summarised_once_and_keeps_its_beginning(tmp_path: Path) -> None:
    mind = ScriptedMind([])

    async def story(store: Store, sessions: Sessions) -> None:
        for n in range(8):
            turn = await exchange(store, sessions, f"number {n} please", "a b c d", NOW + n)
            await sessions.rest(turn.session)
        # Eight words a turn and room for forty: the sixth was one too many.
        context = await sessions.history(turn.session)
        assert context.summary.splitlines() == [f"You asked: number {n} please" for n in range(4)]
        assert [t.asked for t in context.history] == [f"number {n} please" for n in range(4, 8)]
        assert mind.warmed[-1] == tuple(stable(["lamp"], context, TODAY))
        # What was read ahead after each later turn begins with what was read before it.
        *_, before, after = mind.warmed
        assert after[: len(before)] == before

    told(tmp_path, mind, story)


def test_new_devices_are_read_before_anybody_asks(tmp_path: Path) -> None:
    mind = ScriptedMind([])
    places = ["lamp"]

    async def story(store: Store, sessions: Sessions) -> None:
        following = asyncio.create_task(replace(sessions, places=lambda: list(places)).follow())
        await asyncio.sleep(10)
        assert not mind.warmed, "nothing has changed"
        places.append("washing machine")
        await asyncio.sleep(10)
        (read,) = mind.warmed
        assert "washing machine" in read[-1].text
        following.cancel()
        await asyncio.wait([following])

    told(tmp_path, mind, story)


def test_without_time_to_summarise_the_newest_turns_are_told(tmp_path: Path) -> None:
    mind = ScriptedMind([])

    async def story(store: Store, sessions: Sessions) -> None:
        for n in range(8):
            turn = await exchange(store, sessions, f"number {n} please", "a b c d", NOW + n)
        context = await sessions.history(turn.session)
        assert context.history[-1].asked == "number 7 please"
        assert sum(mind.count(t.asked) + mind.count(t.heard) for t in context.history) <= 40

    told(tmp_path, mind, story)


def test_a_turn_that_failed_tells_the_mind_nothing(tmp_path: Path) -> None:
    async def story(store: Store, sessions: Sessions) -> None:
        turn = await exchange(store, sessions, "one", "Yes.", NOW)
        for asked in ("", "two"):
            failed = await sessions.begin("mic", NOW + 1)
            failed.asked, failed.heard, failed.error = asked, "Sorry.", "EngineFailed: no"
            await store.journal.append(failed)
        assert [t.asked for t in (await sessions.history(turn.session)).history] == ["one"]

    told(tmp_path, ScriptedMind([]), story)


def test_a_store_that_cannot_be_read_begins_a_session_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> str:
        raise MemoryFailed("the disk is gone")

    async def story(store: Store, sessions: Sessions) -> None:
        monkeypatch.setattr(store.journal, "current_session", broken)
        turn = await sessions.begin("mic", NOW)
        assert turn.session

    told(tmp_path, ScriptedMind([]), story)
