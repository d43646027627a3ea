"""Routines: proposed once, done with consent and with their cause, given up when not wanted."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from daemon.announcements import Announcement
from daemon.pending import Option
from daemon.routines.anticipation import Anticipation
from daemon.routines.habitat import House
from daemon.tools.tool import Occasion, ToolResult
from memory.routines import Routine
from memory.store import Store
from models.ports import ToolCall
from sensors.anticipation import Habit
from sensors.entities import Entity, EntityState
from sensors.events import Reading, Value
from tests.clock import run

T = TypeVar("T")
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LAMP = Entity("light.hall", "hall lamp", "light", area="Hall", source="light.hall")
DOOR = Entity("lock.front", "front door", "lock", source="lock.front")
GARAGE = Entity("cover.garage", "garage door", "cover", "garage", source="cover.garage")
ANNA = Entity(
    "binary_sensor.anna", "Anna", "binary_sensor", "presence", source="binary_sensor.anna"
)


class Home:
    """A home whose time passes as the test says, with a store of its own."""

    def __init__(self, folder: Path, *things: Entity) -> None:
        self.path = folder / "m.db"
        self.now = MONDAY.timestamp()
        self.things = things
        self.states: dict[str, Value] = {}
        self.said: list[str] = []
        self.called: list[ToolCall] = []
        self.offered: list[tuple[Option, Option]] = []
        self.asked_about: set[str] = set()
        self.deaf = False
        self.hangs = False
        self.status = "done"

    def entities(self) -> Sequence[Entity]:
        return self.things

    def get(self, entity_id: str) -> Entity | None:
        return next((e for e in self.things if e.id == entity_id), None)

    def state(self, entity_id: str) -> EntityState:
        return EntityState(self.states.get(entity_id))

    async def announce(self, announcement: Announcement) -> bool:
        if not self.deaf:
            self.said.append(announcement.text)
        return not self.deaf

    async def call(self, call: ToolCall, occasion: Occasion) -> ToolResult:
        assert occasion.cause == "routine"
        assert not occasion.confirmed
        self.called.append(call)
        if self.hangs:
            await asyncio.Event().wait()
        return ToolResult(self.status)  # type: ignore[arg-type]

    def at(self, day: int, hour: float) -> None:
        self.now = (MONDAY + timedelta(days=day, hours=hour)).timestamp()

    def moment(self, day: int, hour: float) -> float:
        hour = hour if hour >= 0 else day * 5 % 18
        return (MONDAY + timedelta(days=day, hours=hour)).timestamp()

    async def live(self, days: int, *events: tuple[str, float, Value]) -> list[Reading]:
        """Readings of so many days, each day the same; -1 is another hour before six every day."""
        return [
            Reading(f"{entity}/state", entity, "state", value, "",
                    self.moment(day, hour), "t")
            for day in range(days)
            for entity, hour, value in events
        ]  # fmt: skip

    def play(self, work: Callable[[Anticipation, Store], Awaitable[T]]) -> T:
        async def main() -> T:
            async with Store.open(self.path, clock=lambda: self.now) as store:
                anticipation = Anticipation(
                    store.routines,
                    House(self, store.history, self.call, self.asks),
                    announce=self.announce,
                    offer=lambda options, no: self.offered.append((options[0], no)),
                    zone=UTC,
                    now=lambda: self.now,
                )
                return await work(anticipation, store)

        return run(main())

    def asks(self, call: ToolCall, _: Occasion) -> bool:
        return call.arguments["name"] in self.asked_about


async def lived(
    home: Home, store: Store, *events: tuple[str, float, Value], days: int = 14
) -> None:
    home.at(days, 0)
    await store.history.add(await home.live(days, *events))


EVENING = (("light.hall", 19, "on"), ("light.hall", 23, "off"))
ONE = (("light.hall", -1, "off"), ("light.hall", 19, "on"))


def accepted(home: Home) -> Callable[[Anticipation, Store], Awaitable[None]]:
    """Two weeks of a lamp that goes on at seven in the evening, proposed and agreed to."""

    async def work(anticipation: Anticipation, store: Store) -> None:
        await lived(home, store, *ONE)
        home.at(14, 12)
        anticipation.talked()
        await anticipation.tick()
        (yes, _), *_ = home.offered
        tool = anticipation.answer_tool()
        await tool.run(yes.call.arguments, Occasion("t", "intent"))
        home.said.clear()

    return work


def test_a_habit_is_proposed_aloud_when_somebody_has_talked_and_never_again(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)

    async def work(anticipation: Anticipation, store: Store) -> list[str]:
        await lived(home, store, *ONE)
        home.at(14, 12)
        await anticipation.tick()
        assert home.said == [], "nobody is there"
        for day in range(14, 20):
            home.at(day, 12)
            anticipation.talked()
            await anticipation.tick()
        return home.said

    said = "Every day, the hall lamp is usually turned on at about 7:00 PM."
    assert home.play(work) == [f"I have noticed something. {said} Shall I do that from now on?"]
    assert home.called == [], "nothing is done without consent"


def test_what_nobody_heard_is_proposed_again(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)

    async def work(anticipation: Anticipation, store: Store) -> int:
        await lived(home, store, *ONE)
        home.at(14, 12)
        for home.deaf in (True, False):
            anticipation.talked()
            await anticipation.tick()
        return len(home.said)

    assert home.play(work) == 1


def test_one_proposal_a_day(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)

    async def work(anticipation: Anticipation, store: Store) -> list[int]:
        await lived(home, store, *EVENING)
        counts = []
        for hour in (10, 12, 20, 34):
            home.at(14, hour)
            anticipation.talked()
            await anticipation.tick()
            counts.append(len(home.said))
        return counts

    assert home.play(work) == [1, 1, 1, 2]


def test_an_accepted_one_is_done_once_a_day_with_its_cause(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)

    async def work(anticipation: Anticipation, store: Store) -> None:
        await accepted(home)(anticipation, store)
        home.states["light.hall"] = "off"
        for minute in (-1, 1, 2, 3):
            home.at(14, 19 + minute / 60)
            await anticipation.tick()

    home.play(work)
    (call,) = home.called
    assert (call.name, call.arguments["name"]) == ("HassTurnOn", LAMP.id)
    assert call.key.startswith("routine/")
    (said,) = home.said
    assert "because you usually do so every day at about 7:00 PM. Say undo that" in said


def test_it_is_not_done_late_nor_when_somebody_was_faster(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)

    async def work(anticipation: Anticipation, store: Store) -> None:
        await accepted(home)(anticipation, store)
        home.states["light.hall"] = "on"
        home.at(14, 19.1)
        await anticipation.tick()
        home.states["light.hall"] = "off"
        home.at(14, 19.5)
        await anticipation.tick()

    home.play(work)
    assert home.called == []


def test_a_declined_one_is_never_done_nor_asked_again(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)

    async def work(anticipation: Anticipation, store: Store) -> None:
        await accepted(home)(anticipation, store)
        (_, no), *_ = home.offered
        result = await anticipation.answer_tool().run(no.call.arguments, Occasion("t", "intent"))
        assert result.undo[0].arguments["accept"] is True
        home.states["light.hall"] = "off"
        for day in range(14, 18):
            home.at(day, 19.1)
            anticipation.talked()
            await anticipation.tick()

    home.play(work)
    assert (home.called, home.said) == ([], [])


def test_what_is_put_back_twice_is_given_up_and_said(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)

    async def work(anticipation: Anticipation, store: Store) -> Routine:
        await accepted(home)(anticipation, store)
        for day in (14, 15, 16):
            home.states["light.hall"] = "off"
            home.at(day, 19.1)
            await anticipation.tick()
            home.states["light.hall"] = "off"  # Somebody put it back at once.
            for minute in (1, 2):
                home.at(day, 19.1 + minute / 60)
                await anticipation.tick()
        return (await store.routines.all())[0]

    routine = home.play(work)
    assert (routine.state, routine.undone, len(home.called)) == ("expired", 2, 2)
    assert home.said[-1].startswith("You took that back again")


def test_an_unused_one_expires(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)

    async def work(anticipation: Anticipation, store: Store) -> str:
        await accepted(home)(anticipation, store)
        home.states["light.hall"] = "on"
        home.at(14 + 31, 19.1)
        await anticipation.tick()
        return (await store.routines.all())[0].state

    assert home.play(work) == "expired"


def test_a_condition_must_hold(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP, ANNA)

    async def work(anticipation: Anticipation, store: Store) -> None:
        events = (*ONE, (ANNA.id, 18, "on"), (ANNA.id, 22, "off"))
        home.at(14, 0)
        for event in sorted(await home.live(14, *events), key=lambda r: r.at):
            await store.history.add([event])
        home.at(14, 12)
        await anticipation.look()
        (routine,) = await store.routines.all()
        assert routine.condition == (ANNA.id, "on")
        await store.routines.change(routine.id, state="accepted", since=home.now)
        home.states |= {"light.hall": "off", ANNA.id: "off"}
        home.at(14, 19.1)
        await anticipation.tick()
        assert home.called == []
        home.states[ANNA.id] = "on"
        await anticipation.tick()

    home.play(work)
    assert len(home.called) == 1


@pytest.mark.parametrize(
    ("thing", "value"), [(DOOR, "unlocked"), (GARAGE, "open"), (GARAGE, "closed")]
)
def test_what_is_dangerous_is_never_proposed(tmp_path: Path, thing: Entity, value: str) -> None:
    home = Home(tmp_path, thing)

    async def work(anticipation: Anticipation, store: Store) -> list[Routine]:
        await lived(home, store, (thing.id, 19, value), (thing.id, 20, "x"))
        await anticipation.look()
        return await store.routines.all()

    assert home.play(work) == []


def test_what_would_be_asked_about_is_never_proposed(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)
    home.asked_about.add(LAMP.id)

    async def work(anticipation: Anticipation, store: Store) -> list[Routine]:
        await lived(home, store, *EVENING)
        await anticipation.look()
        return await store.routines.all()

    assert home.play(work) == []


def test_it_looks_once_a_day_and_survives_a_restart(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)
    home.play(accepted(home))
    home.states["light.hall"] = "off"
    home.at(14, 19.1)
    home.play(lambda anticipation, _: anticipation.tick())
    home.play(lambda anticipation, _: anticipation.tick())
    assert len(home.called) == 1


def test_no_answer_is_said_as_such(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)
    home.status = "sent"

    async def work(anticipation: Anticipation, store: Store) -> None:
        await accepted(home)(anticipation, store)
        home.at(14, 19.1)
        await anticipation.tick()
        await asyncio.sleep(0)

    home.play(work)
    assert home.said[0].endswith("but it has not answered.")


@pytest.mark.parametrize(
    ("status", "told"), [("ask", "somebody must be asked first."), ("failed", "it did not work.")]
)
def test_what_was_not_done_is_said_once(tmp_path: Path, status: str, told: str) -> None:
    home = Home(tmp_path, LAMP)
    home.status = status

    async def work(anticipation: Anticipation, store: Store) -> None:
        await accepted(home)(anticipation, store)
        home.at(14, 19.1)
        await anticipation.tick()
        await anticipation.tick()

    home.play(work)
    (said,) = home.said
    assert said.startswith("I wanted to turn on the hall lamp")
    assert said.endswith(told)


def test_a_kill_while_it_is_done_does_not_lose_the_day(tmp_path: Path) -> None:
    home = Home(tmp_path, LAMP)

    async def killed(anticipation: Anticipation, store: Store) -> None:
        await accepted(home)(anticipation, store)
        home.at(14, 19.1)
        home.hangs = True
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anticipation.tick(), 1)
        home.hangs = False

    home.play(killed)
    home.play(lambda anticipation, _: anticipation.tick())
    first, again = home.called
    assert first == again
    assert first.key
    assert home.said[-1].startswith("I turned on the hall lamp")


def test_a_routine_names_its_thing_by_its_id(tmp_path: Path) -> None:
    namesake = replace(LAMP, id="light.other", source="light.other")
    home = Home(tmp_path, LAMP, namesake)

    async def work(anticipation: Anticipation, store: Store) -> None:
        await accepted(home)(anticipation, store)
        home.at(14, 19.1)
        await anticipation.tick()

    home.play(work)
    assert home.called[0].arguments == {"name": LAMP.id, "domain": "light"}


def test_habits_are_looked_for_beside_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path, LAMP)
    threads: list[int] = []

    def slow(*_: object, **__: object) -> list[Habit]:
        threads.append(threading.get_ident())
        return []

    monkeypatch.setattr("daemon.routines.anticipation.habits", slow)
    home.play(lambda anticipation, _: anticipation.look())
    assert threads
    assert threads != [threading.get_ident()]


@pytest.mark.parametrize("status", ["sent", "failed"])
def test_what_never_answered_was_not_put_back_by_anybody(tmp_path: Path, status: str) -> None:
    home = Home(tmp_path, LAMP)
    home.status = status
    home.states["light.hall"] = "off"

    async def work(anticipation: Anticipation, store: Store) -> Routine:
        await accepted(home)(anticipation, store)
        for day in (14, 15, 16):
            for minute in (0, 1, 2):
                home.at(day, 19.1 + minute / 60)
                await anticipation.tick()
        return (await store.routines.all())[0]

    routine = home.play(work)
    assert (routine.state, routine.undone, len(home.called)) == ("accepted", 0, 3)
