"""What a turn is given to know, and what it leaves behind."""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.knowledge import Knowledge
from daemon.sessions import Sessions
from daemon.speech_acts import is_statement
from memory.records import MemoryFailed, Passage, StoreFull, Turn
from memory.store import Store
from sensors.events import Reading
from sensors.house import House
from sensors.registry import Registry
from sensors.telling import Telling
from tests.clock import run
from tests.doubles.embedder import WordEmbedder
from tests.doubles.models import ScriptedMind
from tests.memory.turns import NOW, a_turn

BEDROOM = Reading(
    "bedroom/temperature", "bedroom", "temperature", 21.5, "°C", NOW - 60, "home/bedroom/sensor"
)
Story = Callable[[Store, Knowledge], Awaitable[None]]


def told(path: Path, story: Story, *, remember_speech: bool = True, passages: int = 3) -> None:
    async def main() -> None:
        house = House()
        registry = Registry(house)
        house.apply(registry.observe([BEDROOM]))
        telling = Telling(house, registry)
        async with Store.open(path / "m.db", WordEmbedder()) as store:
            sessions = Sessions(
                store.journal, ScriptedMind([]), telling.names, 180, 100, lambda: NOW
            )
            knowledge = Knowledge(
                store,
                telling,
                sessions,
                passages=passages,
                remember_speech=remember_speech,
                now=lambda: NOW,
            )
            await story(store, knowledge)

    run(main())


def failing(error: Exception) -> Callable[..., Awaitable[Any]]:
    async def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def test_a_question_brings_up_the_house_the_past_and_the_talk_so_far(tmp_path: Path) -> None:
    async def story(store: Store, knowledge: Knowledge) -> None:
        await store.journal.append(a_turn("s", asked="hello", heard="Good evening."))
        dryer = Passage(0, "The bedroom window was opened.", "mqtt:zigbee2mqtt/window", NOW - 7200)
        (passage,) = await store.passages.remember([dryer])
        context = await knowledge.recall("what about the bedroom?", "s")
        (live,) = context.house
        assert live.text == "bedroom temperature: 21.5 °C (1 minute ago)"
        assert (live.origin, live.id) == ("mqtt:home/bedroom/sensor", 0)
        (past,) = context.passages
        assert past.text.endswith(": The bedroom window was opened.")
        assert past.text.startswith(("today at", "yesterday at"))
        assert (past.origin, past.id) == ("mqtt:zigbee2mqtt/window", passage)
        assert past.score > 0
        assert [turn.asked for turn in context.history] == ["hello"]
        assert context.sources == [live, past]

    told(tmp_path, story)


def test_passages_come_in_the_order_in_which_it_happened(tmp_path: Path) -> None:
    async def story(store: Store, knowledge: Knowledge) -> None:
        await store.passages.remember(
            [
                Passage(0, f"The dryer {what}.", "mqtt:dryer", NOW - hours * 3600)
                for what, hours in (("finished", 1), ("started", 3), ("went offline", 2))
            ]
        )
        context = await knowledge.recall("what did the dryer do", "s")
        told = [source.text.rpartition(": ")[2] for source in context.passages]
        assert told == ["The dryer started.", "The dryer went offline.", "The dryer finished."]

    told(tmp_path, story)


def test_no_more_passages_than_are_wanted(tmp_path: Path) -> None:
    async def story(store: Store, knowledge: Knowledge) -> None:
        await store.passages.remember(
            [Passage(0, f"The dryer did thing {n}.", "mqtt:dryer", NOW - n) for n in range(9)]
        )
        assert len((await knowledge.recall("what did the dryer do", "s")).passages) == 2

    told(tmp_path, story, passages=2)


@pytest.mark.parametrize("part", ["passages.recall", "journal.history"])
def test_a_failing_store_costs_memory_not_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    where, what = part.split(".")

    async def story(store: Store, knowledge: Knowledge) -> None:
        monkeypatch.setattr(getattr(store, where), what, failing(MemoryFailed("rot")))
        context = await knowledge.recall("how warm is the bedroom?", "s")
        assert [source.text for source in context.sources] == [
            "bedroom temperature: 21.5 °C (1 minute ago)"
        ]

    told(tmp_path, story)


@pytest.mark.parametrize("part", ["journal.append", "passages.remember"])
def test_a_full_disk_is_waited_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    where, what = part.split(".")

    async def story(store: Store, knowledge: Knowledge) -> None:
        with monkeypatch.context() as full:
            full.setattr(getattr(store, where), what, failing(StoreFull("the disk is full")))
            for n in range(3):
                await knowledge.keep(a_turn(asked=f"my locker has the number {n}", at=NOW + n))
            assert await store.journal.last(9) == []
        await knowledge.keep(a_turn(asked="what is my number?", at=NOW + 9))
        asked = [turn.asked for turn in await store.journal.last(9)]
        assert asked == [
            *(f"my locker has the number {n}" for n in range(3)),
            "what is my number?",
        ]
        assert len(await store.passages.newest(9)) == 3
        await knowledge.keep(a_turn(asked="and now?", at=NOW + 10))
        assert len(await store.journal.last(9)) == 5

    told(tmp_path, story)
    assert "3 turns are not on disk yet: the disk is full" in caplog.text


def test_a_disk_that_stays_full_loses_the_oldest_turns_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    turns = [a_turn(asked="why", at=NOW + n) for n in range(66)]

    async def story(store: Store, knowledge: Knowledge) -> None:
        with monkeypatch.context() as full:
            full.setattr(store.journal, "append", failing(StoreFull("the disk is full")))
            for turn in turns[:65]:
                await knowledge.keep(turn)
        lost = [
            record.getMessage() for record in caplog.records if "is lost" in record.getMessage()
        ]
        assert len(lost) == 1
        assert turns[0].id in lost[0]

    with caplog.at_level(logging.ERROR):
        told(tmp_path, story)


def test_what_was_stated_can_be_recalled(tmp_path: Path) -> None:
    async def story(store: Store, knowledge: Knowledge) -> None:
        stated = a_turn(asked="my bike is in the cellar", heard="Thanks for telling me.")
        await knowledge.keep(stated)
        (source,) = (await knowledge.recall("where is my bike?", "other")).passages
        assert source.text.endswith('You said: "my bike is in the cellar"')
        assert source.origin == f"turn:{stated.id}"

    told(tmp_path, story)


def test_nothing_said_is_remembered_where_the_owner_does_not_want_it(tmp_path: Path) -> None:
    async def story(store: Store, knowledge: Knowledge) -> None:
        await knowledge.keep(a_turn(asked="my bike is in the cellar"))
        assert await store.passages.newest(9) == []
        assert len(await store.journal.last(9)) == 1

    told(tmp_path, story, remember_speech=False)


@pytest.mark.parametrize(
    "asked",
    [
        "my bike is in the cellar",
        "My brother is called Tom.",
        "I put the keys under the mat",
        "remember that the boiler code is four two",
        "please remember that Anna is allergic to nuts",
        "we're going to Rome in May",
        "Anna likes jazz.",
        "the locker has the number 5",
        "Okay, so my birthday is in June.",
        "I left the ladder at the neighbour's",
    ],
)
def test_a_statement_is_remembered(asked: str) -> None:
    assert is_statement(asked)


@pytest.mark.parametrize(
    "asked",
    [
        "is the front door locked",
        "what's the weather",
        "where is my bike?",
        "Okay, is it raining",
        "and what was that",
        "so when is her birthday",
        "my bike is in the cellar, isn't it?",
        "tell me who is at the door",
        "I wonder if it is cold outside",
        "turn on the light that is in the kitchen",
        "please turn off what is on",
        "set a timer, it's for the pasta",
        "play something that Anna likes",
        "lock the front door, it is late",
        "add milk, we're out of it",
        "hello there",
        "never mind",
        "",
    ],
)
def test_questions_and_commands_are_not(asked: str) -> None:
    assert not is_statement(asked)


def test_a_failed_turn_is_journalled_and_states_nothing(tmp_path: Path) -> None:
    async def story(store: Store, knowledge: Knowledge) -> None:
        turn: Turn = a_turn(asked="")
        turn.error = "EngineFailed: no"
        await knowledge.keep(turn)
        assert (await store.journal.last(1))[0].error
        assert await store.passages.newest(9) == []

    told(tmp_path, story)
