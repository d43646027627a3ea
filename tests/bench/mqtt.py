"""How many messages a second reach the house: a real broker, another process that publishes.

python -m tests.bench.mqtt [--messages N] [--rate N] [--out FILE.json]

Two ways for each kind of message. "drained": the broker has all of them already, queued for our
session, and the daemon takes them as fast as it can. "paced": another process publishes a fixed
number a second. Everything behind the broker runs as in the daemon, on one core: interpreter,
registry, house, notable events, store on disk. Each message carries the next number of its topic,
so that what is lost or out of order shows in the house.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING, Any

import paho.mqtt.publish
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from daemon.sensing import Sensing
from memory.store import Store
from sensors.broker import BrokerSettings
from sensors.discovery.dialects import dialects
from sensors.events import Reading
from sensors.house import House
from sensors.mqtt import MqttEdge
from sensors.registry import Registry
from tests.broker import Mosquitto, eventually

if TYPE_CHECKING:
    from paho.mqtt.publish import MessageDict, MessageTuple  # it exists for type checkers alone

TOPICS = 300

_BURST_S = 0.02
"""Of its rate, what a publisher sends at once when it was held up."""

_SILENCE_S = 5.0
"""After which nothing more is expected."""


@dataclass(frozen=True)
class Kind:
    """A kind of message.

    Attributes:
        topic: with the number of the thing.
        payload: with the number of the message as a hundredth.
        counted: property in which that number arrives.
        announcements: topics and payloads with which each thing announces itself.
    """

    topic: str
    payload: str
    counted: str
    announcements: Sequence[tuple[str, str]] = ()


_PLUG = (
    '{{"current": 0.4, "energy": 12.5, "linkquality": 120, "power": {n}, "state": "ON",'
    ' "temperature": 31, "update": {{"state": "idle"}}, "voltage": 230}}'
)


def _sensor(quantity: str, unit: str) -> tuple[str, str]:
    """An entity of a plug in Home Assistant's words, as zigbee2mqtt announces it."""
    config = {
        "name": quantity,
        "unique_id": f"plug{{thing}}_{quantity}",
        "state_topic": "plugs/plug{thing}",
        "value_template": f"{{{{ value_json.{quantity} }}}}",
        "device_class": quantity,
        "unit_of_measurement": unit,
        "device": {"identifiers": ["plug{thing}"], "name": "plug {thing}"},
    }
    text = json.dumps(config).replace("{thing}", "%d")
    return f"homeassistant/sensor/plug%d/{quantity}/config", text


KINDS = {
    "plain": Kind("home/room{thing}/sensor", '{{"temperature": {n}}}', "temperature"),
    "json": Kind("zigbee2mqtt/plug{thing}", _PLUG, "power"),
    "discovery": Kind(
        "plugs/plug{thing}",
        _PLUG,
        "power",
        [_sensor("power", "W"), _sensor("voltage", "V"), _sensor("temperature", "°C")],
    ),
}
"""One reading from one message; six from one; three entities of one device, by templates."""


@dataclass
class Tally:
    """Counts what arrives in the house, and what is out of order."""

    counted: str
    arrived: int = 0
    disordered: int = 0
    last: dict[str, int] = field(default_factory=dict)

    def take(self, news: Sequence[Reading]) -> None:
        for reading in news:
            if reading.quantity == self.counted and isinstance(reading.value, float):
                number = round(reading.value * 100)
                self.arrived += 1
                self.disordered += number != self.last.get(reading.entity, 0) + 1
                self.last[reading.entity] = number


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=60_000)
    parser.add_argument("--rate", type=int, default=3_000)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--publish", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.publish:
        port, kind, messages, rate = options.publish
        _publish(int(port), KINDS[kind], int(messages), int(rate))
        return
    report: dict[str, Any] = {
        "command": "python -m tests.bench.mqtt",
        "topics": TOPICS,
        "load": os.getloadavg(),
    }
    for name in options.kinds:
        report[name] = {
            "drained": asyncio.run(_drained(name, options.messages)),
            "paced": asyncio.run(_paced(name, options.messages, options.rate)),
        }
    text = json.dumps(report, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


async def _drained(name: str, messages: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        broker = Mosquitto(Path(folder) / "broker")
        with (broker.folder / "mosquitto.conf").open("a") as config:
            config.write("max_queued_messages 0\n")
        with broker:
            async with _daemon(broker, Path(folder), name) as (edge, tally):
                go = Event()
                _hold_up(edge, go)
                await asyncio.to_thread(_run_publisher, broker.port, name, messages, 0)
                go.set()
                return await _measured(edge, tally, messages)


def _hold_up(edge: MqttEdge, go: Event) -> None:
    """Let messages wait at the broker until it is said to go."""
    interpret = edge._interpreter.interpret

    def held_up(*arguments: Any, **options: Any) -> Any:
        go.wait()
        return interpret(*arguments, **options)

    edge._interpreter.interpret = held_up  # type: ignore[method-assign]


async def _paced(name: str, messages: int, rate: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder, Mosquitto(Path(folder) / "broker") as broker:
        async with _daemon(broker, Path(folder), name) as (edge, tally):
            publisher = asyncio.create_task(
                asyncio.to_thread(_run_publisher, broker.port, name, messages, rate)
            )
            report = await _measured(edge, tally, messages)
            await publisher
            return {"rate": rate} | report


async def _measured(edge: MqttEdge, tally: Tally, messages: int) -> dict[str, Any]:
    await eventually(lambda: tally.arrived, within=60)
    began, cpu, before, memory = time.monotonic(), time.process_time(), tally.arrived, _rss_mib()
    ended = await _ending(tally, messages)
    took, arrived = ended - began, tally.arrived - before
    return {
        "messages": messages,
        "messages_per_s": round(arrived / took),
        "cpu_s_per_1000": round((time.process_time() - cpu) / arrived * 1000, 4),
        "lost": messages - tally.arrived,
        "out_of_order": tally.disordered,
        "dropped": edge.stats.dropped,
        "rss_growth_mib": round(_rss_mib() - memory, 1),
        "load": round(os.getloadavg()[0], 1),
    }


async def _ending(tally: Tally, messages: int) -> float:
    """When the last one arrived; some may have been lost, and that is a figure too."""
    arrived, at = tally.arrived, time.monotonic()
    while tally.arrived < messages and time.monotonic() - at < _SILENCE_S:
        await asyncio.sleep(0.01)
        if tally.arrived != arrived:
            arrived, at = tally.arrived, time.monotonic()
    return at


@asynccontextmanager
async def _daemon(broker: Mosquitto, folder: Path, name: str) -> Any:
    kind = KINDS[name]
    _announce(broker, kind)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})  # of this thread, and of those that it starts
    tally = Tally(kind.counted)
    async with Store.open(folder / "memory.db") as store:
        house = House()
        registry = Registry(house)
        sensing = Sensing(store, house, registry)
        await sensing.load()
        house.watch(tally.take)
        edge = MqttEdge(BrokerSettings(host="127.0.0.1", port=broker.port), dialects())
        running = asyncio.create_task(sensing.run(edge))
        announced = TOPICS * len(kind.announcements)
        try:
            await eventually(lambda: edge.connected and len(registry.entities()) >= announced)
            await asyncio.sleep(1)  # for the subscriptions, on both sides
            yield edge, tally
        finally:
            running.cancel()
            await asyncio.wait([running])
            os.sched_setaffinity(0, cores)


def _announce(broker: Mosquitto, kind: Kind) -> None:
    for topic, payload in kind.announcements:
        told: list[MessageDict | MessageTuple] = [
            {
                "topic": topic % thing,
                "payload": payload % ((thing,) * payload.count("%d")),
                "qos": 1,
                "retain": True,
            }
            for thing in range(TOPICS)
        ]
        paho.mqtt.publish.multiple(told, hostname="127.0.0.1", port=broker.port)


def _rss_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _run_publisher(port: int, name: str, messages: int, rate: int) -> None:
    options = map(str, (port, name, messages, rate))
    subprocess.run([sys.executable, "-m", "tests.bench.mqtt", "--publish", *options], check=True)


def _publish(port: int, kind: Kind, messages: int, rate: int) -> None:
    """Publish in another process; `rate` a second, 0 for as fast as the broker takes them."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(500)
    client.connect("127.0.0.1", port)
    client.loop_start()
    sent: Counter[int] = Counter()
    due = time.monotonic()
    for number in range(messages):
        # A publisher that was held up does not make up for it in a burst: no house does.
        due = max(due + 1 / rate, time.monotonic() - _BURST_S) if rate else 0.0
        time.sleep(max(0.0, due - time.monotonic()))
        thing = number % TOPICS
        sent[thing] += 1
        payload = kind.payload.format(n=sent[thing] / 100)
        info = client.publish(kind.topic.format(thing=thing), payload, qos=1)
        if number % 400 == 399:
            info.wait_for_publish()
    info.wait_for_publish()
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main()
