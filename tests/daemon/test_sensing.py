"""From readings to the live house and, where it is notable, into memory."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest

from daemon.sensing import Sensing
from memory.hours import Sample
from memory.records import StoreFull
from memory.store import Store
from sensors.decoder import Decoder
from sensors.entities import Discovery, Entity
from sensors.events import Reading
from sensors.house import House
from sensors.inbox import Batch
from sensors.interpreter import Interpreter
from sensors.mqtt import MqttEdge
from sensors.owner import Correction, Owner
from sensors.registry import Registry
from sensors.slices import SLICE
from tests.clock import run
from tests.doubles.devices import JsonDialect, JsonDriver, announced
from tests.memory.turns import NOW

TOPIC = "zigbee2mqtt/washing machine"
Story = Callable[[Store, House, Sensing], Awaitable[None]]


def washer(state: str, at: float) -> Reading:
    return Reading("washing machine/state", "washing machine", "state", state, "", NOW + at, TOPIC)


def power(watts: float, at: float) -> Reading:
    return Reading("dryer/power", "dryer", "power", watts, "W", NOW + at, "zigbee2mqtt/dryer")


def told(path: Path, story: Story) -> None:
    async def main() -> None:
        def now() -> float:
            return NOW + 9_000 + asyncio.get_running_loop().time()

        async with Store.open(path / "m.db", clock=now) as store:
            house = House(now=now)
            sensing = Sensing(store, house, now=now)
            await sensing.load()
            await story(store, house, sensing)

    run(main())


class Edge:
    """Hands on batches, then waits; says when it was connected."""

    def __init__(self, *batches: list[Reading]) -> None:
        self._batches = batches
        self.running = False
        self.received = 0
        self.left: list[Reading] = []

    async def run(self) -> None:
        self.running = True
        try:
            await asyncio.Event().wait()
        finally:
            self.running = False

    async def batches(self) -> AsyncGenerator[Batch, None]:
        for batch in self._batches:
            self.received += 1
            yield Batch(readings=batch)
        await asyncio.sleep(1e6)

    def rest(self) -> Batch:
        return Batch(readings=self.left)

    def summary(self, overflowed: int = 0) -> str:
        return f"received {self.received}, no room for {overflowed}"


async def taken(sensing: Sensing, *readings: Reading) -> None:
    sensing.take(Batch(readings=list(readings)))
    await sensing.flush()


async def full(*_: Any, **__: Any) -> Any:
    raise StoreFull("the disk is full")


def test_a_change_is_known_kept_and_remembered_with_its_topic(tmp_path: Path) -> None:
    async def story(store: Store, house: House, sensing: Sensing) -> None:
        await taken(sensing, washer("running", 0))
        assert await store.passages.newest(9) == [], "a first value is no event"
        await taken(sensing, washer("finished", 60))
        (passage,) = await store.passages.newest(9)
        assert passage.text == "The washing machine finished."
        assert (passage.origin, passage.at) == (f"mqtt:{TOPIC}", NOW + 60)
        assert house.latest() == await store.house.load() == [washer("finished", 60)]

    told(tmp_path, story)


def test_what_is_remembered_is_called_as_its_owner_calls_it(tmp_path: Path) -> None:
    async def story(store: Store, house: House, _: Sensing) -> None:
        owner = Owner(entities={"sensor.0x12_state": Correction(name="Washing Machine")})
        sensing = Sensing(store, house, Registry(house, owner))
        running = Reading("0x12/state", "0x12", "state", "running", "", NOW, "zigbee2mqtt/0x12")
        await taken(sensing, running, replace(running, value="finished", at=NOW + 5))
        (passage,) = await store.passages.newest(9)
        assert passage.text == "The washing machine finished."

    told(tmp_path, story)


def test_a_restart_goes_on_from_the_last_known_state(tmp_path: Path) -> None:
    async def before(_: Store, __: House, sensing: Sensing) -> None:
        await taken(sensing, washer("running", 0))

    async def after(store: Store, house: House, sensing: Sensing) -> None:
        assert house.latest() == [washer("running", 0)]
        await taken(sensing, washer("finished", 3600))
        assert [p.text for p in await store.passages.newest(9)] == ["The washing machine finished."]

    told(tmp_path, before)
    told(tmp_path, after)


def test_old_news_is_none(tmp_path: Path) -> None:
    async def story(store: Store, house: House, sensing: Sensing) -> None:
        await taken(sensing, washer("running", 60))
        await taken(sensing, washer("finished", 0))
        assert house.latest() == [washer("running", 60)]
        assert await store.passages.newest(9) == []

    told(tmp_path, story)


def test_old_news_changes_nothing_on_the_way_from_a_message_to_the_disk(tmp_path: Path) -> None:
    knows = Interpreter(Decoder(("home/+/sensor",)), [JsonDialect()])

    async def story(store: Store, house: House, sensing: Sensing) -> None:
        def arrives(topic: str, payload: str, at: float, *, late: bool = False) -> None:
            heard = knows.interpret(topic, payload.encode(), NOW + at, late=late)
            sensing.take(Batch(heard.discoveries, heard.readings))

        lamp = "device/light.lamp"
        arrives("announce/light.lamp", "lamp", 0)
        arrives(lamp, f'{{"state": "on", "at": {NOW + 50}}}', 60)
        arrives(lamp, f'{{"state": "off", "at": {NOW + 40}}}', 61)  # the network dawdled
        arrives(lamp, f'{{"state": "on", "at": {NOW + 50}}}', 62)  # and repeated itself
        arrives(lamp, '{"state": "on"}', 63, late=True)  # retained
        await sensing.flush()
        (now,) = house.latest()
        assert (now.value, now.at) == ("on", NOW + 50)
        assert await store.house.load() == [now]
        assert await store.history.range("light.lamp/state", NOW, NOW + 99) == [
            Sample(NOW + 50, "on")
        ]
        assert await store.passages.newest(9) == []

    told(tmp_path, story)


def test_a_device_that_is_gone_leaves_the_house_and_the_disk(tmp_path: Path) -> None:
    lamp = JsonDriver(Entity("light.lamp", "lamp", "light"))
    there, gone = announced(lamp)[0], Discovery("announce/light.lamp")
    on = Reading("light.lamp/state", "lamp", "state", "on", "", NOW, "device/light.lamp")

    async def story(store: Store, house: House, sensing: Sensing) -> None:
        sensing.take(Batch([there], [on]))
        await sensing.flush()
        assert await store.house.load() == house.latest() == [on]
        sensing.take(Batch([gone]))
        await sensing.flush()
        assert await store.house.load() == house.latest() == []
        # The same in one breath, and what is announced again is there again.
        sensing.take(Batch([there], [on]))
        sensing.take(Batch([gone]))
        await sensing.flush()
        assert await store.house.load() == house.latest() == []
        sensing.take(Batch([there], [on]))
        sensing.take(Batch([gone]))
        sensing.take(Batch([there], [replace(on, at=NOW + 1)]))
        await sensing.flush()
        assert await store.house.load() == house.latest() == [replace(on, at=NOW + 1)]

    told(tmp_path, story)


def test_much_is_written_together_and_a_little_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(store: Store, house: House, sensing: Sensing) -> None:
        written: list[tuple[float, int]] = []
        clock = asyncio.get_running_loop().time
        save = store.house.save

        async def noticed(readings: Sequence[Reading]) -> None:
            written.append((clock(), len(readings)))
            await save(readings)

        monkeypatch.setattr(store.house, "save", noticed)

        class Busy(Edge):
            async def batches(self) -> AsyncGenerator[Batch, None]:
                for n in range(500):
                    yield Batch(readings=[power(float(n), n), washer(f"step {n}", n)])
                    await asyncio.sleep(0.01)
                await asyncio.sleep(1e6)

        task = asyncio.create_task(sensing.run(cast("MqttEdge", Busy())))
        await asyncio.sleep(20)
        assert written[0] == (0.0, 2)
        assert len(written) <= 7, "five seconds of messages, once a second"
        assert {count for _, count in written} == {2}, "of each thing only the latest"
        assert await store.house.load() == house.latest()
        task.cancel()
        await asyncio.wait([task])

    told(tmp_path, story)


def test_a_full_disk_costs_neither_the_live_state_nor_the_next_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(store: Store, house: House, sensing: Sensing) -> None:
        await taken(sensing, washer("running", 0))
        with monkeypatch.context() as now:
            now.setattr(store.house, "save", full)
            now.setattr(store.passages, "remember", full)
            await taken(sensing, washer("finished", 60))
        with monkeypatch.context() as now:
            now.setattr(store.passages, "remember", full)
            await sensing.flush()
        assert house.latest() == [washer("finished", 60)]
        await taken(sensing, washer("running", 1200))
        # What had no room was not lost: it was written with the next event.
        assert [p.text for p in await store.passages.newest(9)] == [
            "The washing machine started.",
            "The washing machine finished.",
        ]

    told(tmp_path, story)
    assert "sensor state is not saved" in caplog.text
    assert "1 events wait" in caplog.text
    assert "washing" not in caplog.text, "what sensors say stays out of the log"


def test_what_was_received_before_a_stop_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(store: Store, _: House, sensing: Sensing) -> None:
        save = store.house.save

        async def slow(readings: Any) -> None:
            await asyncio.sleep(1)
            await save(readings)

        monkeypatch.setattr(store.house, "save", slow)
        edge = Edge([washer("running", 0)])
        edge.left = [washer("finished", 60)]
        task = asyncio.create_task(sensing.run(edge))  # type: ignore[arg-type]
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.wait([task])
        assert await store.house.load() == [washer("finished", 60)]
        (passage,) = await store.passages.newest(9)
        assert passage.text == "The washing machine finished."

    told(tmp_path, story)


def flood(size: int = 2_000) -> list[Reading]:
    return [
        Reading(f"plug {n}/power", "plug", "power", float(n), "W", NOW, "x") for n in range(size)
    ]


def test_others_have_their_turn_while_a_flood_is_taken_in(tmp_path: Path) -> None:
    async def story(_: Store, house: House, sensing: Sensing) -> None:
        known = []

        async def beat() -> None:
            while len(house.latest()) < 2_000:
                known.append(len(house.latest()))
                await asyncio.sleep(0)

        task = asyncio.create_task(sensing.run(cast("MqttEdge", Edge(flood()))))
        await asyncio.wait_for(beat(), 5)
        steps = sorted(set(known))
        assert all(after - before <= SLICE for before, after in pairwise(steps))
        assert len(steps) >= 9
        task.cancel()
        await asyncio.wait([task])

    told(tmp_path, story)


def test_a_stop_in_a_flood_loses_nothing_and_keeps_the_order(tmp_path: Path) -> None:
    async def story(store: Store, house: House, sensing: Sensing) -> None:
        edge = Edge([*flood(), washer("running", 0)])
        edge.left = [washer("finished", 60)]
        begun = asyncio.Event()
        house.watch(lambda _: begun.set())
        task = asyncio.create_task(sensing.run(cast("MqttEdge", edge)))
        await begun.wait()
        assert len(house.latest()) < 1_000
        task.cancel()
        await asyncio.wait([task])
        assert len(await store.house.load()) == 2_001
        assert house.reading("washing machine/state") == washer("finished", 60)
        assert len(await store.passages.newest(9)) == 1, "it was seen to run before"

    told(tmp_path, story)


def test_what_became_of_messages_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(_: Store, __: House, sensing: Sensing) -> None:
        task = asyncio.create_task(sensing.run(Edge([washer("running", 0)])))  # type: ignore[arg-type]
        await asyncio.sleep(2000)
        task.cancel()
        await asyncio.wait([task])

    with caplog.at_level("INFO"):
        told(tmp_path, story)
    assert caplog.text.count("sensors: received 1, no room for 0") == 1


def test_what_only_time_makes_certain_is_remembered_while_nothing_arrives(tmp_path: Path) -> None:
    edge = Edge([power(900.0, 0)], [power(1000.0, 600)], [power(1.0, 700)])

    async def story(store: Store, _: House, sensing: Sensing) -> None:
        task = asyncio.create_task(sensing.run(cast("MqttEdge", edge)))
        await asyncio.sleep(1000)
        assert edge.running
        assert [p.text for p in await store.passages.newest(9)] == ["The dryer finished."]
        assert [p.at for p in await store.passages.newest(9)] == [NOW + 700]
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert not edge.running

    told(tmp_path, story)
