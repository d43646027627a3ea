"""What is sent to devices that announced themselves and heard of them, at a real broker."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sensors.broker import BrokerSettings
from sensors.control import Control
from sensors.entities import Command, Discovery, Entity, Publication
from sensors.events import BrokerLost, BrokerRefused, SensorError
from sensors.house import House
from sensors.inbox import Batch
from sensors.mqtt import MqttEdge
from sensors.registry import Registry
from tests.broker import Mosquitto, eventually, needs_mosquitto
from tests.doubles.devices import JsonDialect, JsonDriver
from tests.doubles.mqtt_device import MqttDevice
from tests.sensors.test_mqtt import Listening, listening, settings

pytestmark = [pytest.mark.broker, needs_mosquitto]

LAMP = "device/light.lamp"
SET = f"{LAMP}/set"
ON = Publication(SET, '{"service": "turn_on"}')


def edge(broker: Mosquitto, **changes: object) -> MqttEdge:
    return MqttEdge(settings(broker, **changes), [JsonDialect()])


def told(path: Path, story: Callable[[Mosquitto], Coroutine[Any, Any, None]]) -> None:
    with Mosquitto(path) as broker:
        asyncio.run(story(broker))


def told_times(lamp: MqttDevice, times: int) -> bool:
    return len(lamp.told) == times


async def discovers(heard: Listening, origin: str) -> None:
    await eventually(lambda: any(one.origin == origin for one in heard.discoveries))


def test_a_device_announces_itself_and_is_heard(tmp_path: Path) -> None:
    async def story(broker: Mosquitto) -> None:
        with MqttDevice(broker.port, retains=False) as lamp:
            async with listening(edge(broker)) as heard:
                await heard.connects()
                await asyncio.to_thread(broker.publish, "announce/light.lamp", "lamp")
                await discovers(heard, "announce/light.lamp")
                await eventually(lambda: LAMP in broker.log())
                lamp.say(state="on")
                assert (await heard.hears("light.lamp/state", "on")).name == "lamp"
                assert len(heard.readings) == 1, "and once only"

    told(tmp_path, story)


def test_a_state_that_was_retained_before_its_announcement_is_not_lost(tmp_path: Path) -> None:
    async def story(broker: Mosquitto) -> None:
        # "a/..." is subscribed to as a whole, so the broker sends it before "announce/...".
        covering = edge(broker, filters=("device/#",))
        async with listening(covering) as heard:
            await heard.connects()
            await heard.hears("light.lamp/state", "off")
            await asyncio.to_thread(broker.publish, "announce/light.lamp", "bed", retain=True)
            await eventually(lambda: any(one.name == "bed" for one in heard.readings))
            assert [one.value for one in heard.readings if one.name == "bed"] == ["off"]
        # Not covered by any filter: the subscription that follows brings it.
        other = edge(broker, client_id="other", filters=("home/+/sensor",))
        async with listening(other) as heard:
            kept = await heard.hears("light.lamp/state", "off")
            assert (kept.name, kept.late) == ("bed", True)

    with Mosquitto(tmp_path) as broker:
        broker.publish(LAMP, '{"state": "off"}', retain=True)
        asyncio.run(story(broker))


def test_what_was_subscribed_to_on_the_way_survives_a_broker_that_forgot_us(tmp_path: Path) -> None:
    async def story(broker: Mosquitto) -> None:
        async with listening(edge(broker)) as heard:
            await heard.connects()
            await asyncio.to_thread(broker.publish, "announce/light.lamp", "lamp")
            await discovers(heard, "announce/light.lamp")
            await asyncio.to_thread(broker.stop)
            await eventually(lambda: not heard.edge.connected)
            (broker.folder / "mosquitto.db").unlink()
            await asyncio.to_thread(broker.start)
            await heard.connects()
            await asyncio.to_thread(broker.publish, LAMP, '{"state": "on"}', retain=True)
            await heard.hears("light.lamp/state", "on")

    told(tmp_path, story)


def test_the_owners_own_devices_are_announced_from_here(tmp_path: Path) -> None:
    mine = Discovery("owner:1", (JsonDriver(Entity("light.lamp", "my lamp", "light")),))
    later = Discovery("owner:2", (JsonDriver(Entity("light.desk", "desk", "light")),))

    async def story(broker: Mosquitto) -> None:
        listener = edge(broker)
        listener.announce([mine])
        async with listening(listener) as heard:
            assert (await heard.hears("light.lamp/state", "off")).name == "my lamp"
            listener.announce([later])
            await discovers(heard, "owner:2")
            await asyncio.to_thread(broker.publish, "device/light.desk", '{"state": "on"}')
            await heard.hears("light.desk/state", "on")

    with Mosquitto(tmp_path) as broker:
        broker.publish(LAMP, '{"state": "off"}', retain=True)
        asyncio.run(story(broker))


def test_the_owners_devices_exist_without_a_broker() -> None:
    mine = Discovery("owner:1", (JsonDriver(Entity("light.lamp", "my lamp", "light")),))

    async def story() -> None:
        nowhere = MqttEdge(BrokerSettings(host="127.0.0.1", port=1))
        nowhere.announce([mine])
        async with listening(nowhere) as heard:
            await discovers(heard, "owner:1")

    asyncio.run(story())


def test_devices_that_want_to_be_asked_are_asked_at_each_connecting(tmp_path: Path) -> None:
    async def story(broker: Mosquitto) -> None:
        greeting = Publication(SET, '{"service": "turn_off"}', 0)
        asking = MqttEdge(settings(broker), [JsonDialect()], greetings=[greeting])
        with MqttDevice(broker.port) as lamp:
            for times in (1, 2):
                async with listening(asking):
                    await eventually(partial(told_times, lamp, times))

    told(tmp_path, story)


def test_a_command_arrives_at_once_and_its_effect_comes_back(tmp_path: Path) -> None:
    async def story(broker: Mosquitto) -> None:
        house = House()
        registry = Registry(house)
        serving = edge(broker)
        control = Control(registry, house, serving.publish)

        def take(batch: Batch) -> None:
            for discovery in batch.discoveries:
                registry.apply(discovery)
            house.apply(registry.observe(batch.readings))

        async def serve() -> None:
            async for batch in serving.batches():
                take(batch)

        with MqttDevice(broker.port) as lamp:
            tasks = [asyncio.create_task(serving.run()), asyncio.create_task(serve())]
            await asyncio.to_thread(broker.publish, "announce/light.lamp", "lamp", retain=True)
            await eventually(lambda: registry.get("light.lamp"))
            began = asyncio.get_running_loop().time()
            for n in range(20):
                service = "turn_off" if n % 2 else "turn_on"
                (outcome,) = await control.perform([Command("light.lamp", service)])
                assert outcome.status == "confirmed"
                assert outcome.state.value == ("off" if n % 2 else "on")
            # Delayed acknowledgements alone would cost more than this, and polling much more.
            assert asyncio.get_running_loop().time() - began < 20 * 0.04
            assert len(lamp.told) == 20
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    told(tmp_path, story)


def test_messages_keep_their_order(tmp_path: Path) -> None:
    async def story(broker: Mosquitto) -> None:
        with MqttDevice(broker.port, answer=lambda _: None) as lamp:
            async with listening(edge(broker)) as heard:
                await heard.connects()
                await heard.edge.publish([Publication(SET, f'{{"n": {n}}}') for n in range(200)])
                await eventually(lambda: len(lamp.told) == 200)
                assert lamp.told == [f'{{"n": {n}}}' for n in range(200)]

    told(tmp_path, story)


def test_without_a_connection_nothing_is_sent_and_nothing_is_kept_for_later(tmp_path: Path) -> None:
    async def story(broker: Mosquitto) -> None:
        sender = edge(broker)
        with pytest.raises(BrokerLost):
            await sender.publish([ON])
        async with listening(sender) as heard:
            await heard.connects()
            with MqttDevice(broker.port) as lamp:
                await sender.publish([Publication(SET, '{"service": "turn_off"}')])
                await eventually(lambda: lamp.told)
                assert lamp.told == ['{"service": "turn_off"}'], "the first one never came"
            await asyncio.to_thread(broker.stop)
            await eventually(lambda: not sender.connected)
            with pytest.raises(BrokerLost, match="no connection"):
                await sender.publish([ON])

    told(tmp_path, story)


def test_a_broker_that_hangs_fails_the_command_in_time(tmp_path: Path) -> None:
    async def story(broker: Mosquitto) -> None:
        async with listening(edge(broker)) as heard:
            await heard.connects()
            assert broker._process is not None
            os.kill(broker._process.pid, signal.SIGSTOP)
            try:
                with pytest.raises(BrokerLost, match=r"not answered within 0\.2 s"):
                    await heard.edge.publish([ON], within=0.2)
            finally:
                os.kill(broker._process.pid, signal.SIGCONT)
            await heard.edge.publish([ON])

    told(tmp_path, story)


def test_a_connection_that_ends_fails_what_was_not_acknowledged(tmp_path: Path) -> None:
    async def story(broker: Mosquitto) -> None:
        async with listening(edge(broker)) as heard:
            await heard.connects()
            assert broker._process is not None
            os.kill(broker._process.pid, signal.SIGSTOP)
            sending = asyncio.create_task(heard.edge.publish([ON], within=60))
            await asyncio.sleep(0)
            os.kill(broker._process.pid, signal.SIGKILL)
            with pytest.raises(BrokerLost):
                await sending

    told(tmp_path, story)


@pytest.mark.slow
def test_a_device_that_was_away_does_not_do_later_what_was_asked_before(tmp_path: Path) -> None:
    async def story(broker: Mosquitto) -> None:
        lamp = MqttDevice(broker.port, remembered=600)
        with lamp:
            pass
        async with listening(edge(broker)) as heard:
            await heard.connects()
            await heard.edge.publish([ON], within=1.0)
            kept = Publication(SET, '{"service": "turn_off"}', retain=True)
            await heard.edge.publish([kept], within=1.0)
            await asyncio.sleep(2.1)  # the broker counts whole seconds of its own clock
        again = MqttDevice(broker.port, remembered=600)
        with again:
            await eventually(lambda: again.told)
            assert set(again.told) == {'{"service": "turn_off"}'}, "retained: it holds until then"

    told(tmp_path, story)


def test_a_topic_that_is_not_ours_to_write_is_told(tmp_path: Path) -> None:
    async def story(broker: Mosquitto) -> None:
        async with listening(edge(broker)) as heard:
            await heard.connects()
            with pytest.raises(BrokerRefused, match="check its access rules"):
                await heard.edge.publish([ON])
            with pytest.raises(SensorError, match="cannot be sent"):
                await heard.edge.publish([Publication("a/+/b", "")])
            await heard.edge.publish([Publication("allowed", "x"), Publication("allowed", "y", 0)])

    broker = Mosquitto(tmp_path)
    (tmp_path / "rules").write_text("topic read #\ntopic write allowed\ntopic write auricle/#\n")
    with (tmp_path / "mosquitto.conf").open("a") as config:
        config.write(f"acl_file {tmp_path}/rules\n")
    with broker:
        asyncio.run(story(broker))
