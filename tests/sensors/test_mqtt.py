import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import paho.mqtt.subscribe
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from sensors.broker import BrokerSettings
from sensors.connection import Connection
from sensors.entities import Discovery
from sensors.events import BrokerLost, Reading
from sensors.mqtt import MqttEdge
from tests.broker import (
    Certificates,
    Mosquitto,
    eventually,
    needs_mosquitto,
    needs_openssl,
)

pytestmark = [pytest.mark.broker, needs_mosquitto]


def settings(broker: Mosquitto, **changes: object) -> BrokerSettings:
    plain = BrokerSettings(host="127.0.0.1", port=broker.port, retry=(0.05, 0.2))
    return replace(plain, **changes)  # type: ignore[arg-type]


class Listening:
    """An edge at work, and everything that it has handed on."""

    def __init__(self, edge: MqttEdge) -> None:
        self.edge = edge
        self.readings: list[Reading] = []
        self.discoveries: list[Discovery] = []

    async def collect(self) -> None:
        async for batch in self.edge.batches():
            self.readings += batch.readings
            self.discoveries += batch.discoveries

    async def hears(self, entity: str, value: object) -> Reading:
        await eventually(lambda: any((r.entity, r.value) == (entity, value) for r in self.readings))
        return next(r for r in self.readings if (r.entity, r.value) == (entity, value))

    async def connects(self) -> None:
        await eventually(lambda: self.edge.connected)


@asynccontextmanager
async def listening(edge: MqttEdge) -> AsyncIterator[Listening]:
    heard = Listening(edge)
    tasks = [asyncio.create_task(edge.run()), asyncio.create_task(heard.collect())]
    try:
        yield heard
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        failures = [t.exception() for t in tasks if not t.cancelled()]
        assert not failures


def status(broker: Mosquitto) -> str:
    """The retained status of the daemon."""
    message = paho.mqtt.subscribe.simple(  # type: ignore[no-untyped-call]
        "auricle/auricle/status", hostname="127.0.0.1", port=broker.port
    )
    assert not isinstance(message, list)
    return bytes(message.payload).decode()


def test_readings_arrive_as_they_are_published(tmp_path: Path) -> None:
    async def main(broker: Mosquitto) -> None:
        async with listening(MqttEdge(settings(broker), clock=lambda: 1000.0)) as heard:
            await heard.connects()
            await asyncio.to_thread(
                broker.publish, "home/bedroom/sensor", '{"temperature": 21.5, "humidity": 40}'
            )
            await asyncio.to_thread(broker.publish, "zigbee2mqtt/front_door", '{"contact": false}')
            warm = await heard.hears("bedroom/temperature", 21.5)
            await heard.hears("front_door/contact", False)
        assert warm == Reading(
            "bedroom/temperature",
            "bedroom",
            "temperature",
            21.5,
            "°C",
            1000.0,
            "home/bedroom/sensor",
        )
        assert heard.edge.stats.received == 2
        assert heard.edge.stats.decoded == 3

    with Mosquitto(tmp_path) as broker:
        asyncio.run(main(broker))


def test_a_retained_state_arrives_at_connect_and_says_that_it_is_old(tmp_path: Path) -> None:
    async def main(broker: Mosquitto) -> None:
        async with listening(MqttEdge(settings(broker))) as heard:
            kept = await heard.hears("washer/state", "running")
        assert kept.late

    with Mosquitto(tmp_path) as broker:
        broker.publish("home/washer/sensor", "running", retain=True)
        asyncio.run(main(broker))


def test_a_wrong_password_is_one_error_that_says_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main(broker: Mosquitto) -> None:
        wrong = settings(broker, username="ear", password="wr0ng")
        async with listening(MqttEdge(wrong)) as heard:
            await eventually(lambda: broker.log().count("not authorised") >= 3)
            assert not heard.edge.connected
            assert "password" in heard.edge.problem

    with Mosquitto(tmp_path, login=("ear", "right")) as broker, caplog.at_level(logging.INFO):
        asyncio.run(main(broker))
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "user 'ear'; check username and password file" in record.getMessage()
    assert "wr0ng" not in caplog.text


def test_the_right_password_opens(tmp_path: Path) -> None:
    async def main(broker: Mosquitto) -> None:
        right = settings(broker, username="ear", password="right")
        async with listening(MqttEdge(right)) as heard:
            await heard.connects()

    with Mosquitto(tmp_path, login=("ear", "right")) as broker:
        asyncio.run(main(broker))


def test_a_broker_that_comes_later_is_found(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broker = Mosquitto(tmp_path)

    async def main() -> None:
        async with listening(MqttEdge(settings(broker))) as heard:
            await eventually(lambda: "Connection refused" in heard.edge.problem)
            await asyncio.to_thread(broker.start)
            await heard.connects()
            assert heard.edge.problem == ""

    with caplog.at_level(logging.INFO):
        try:
            asyncio.run(main())
        finally:
            broker.stop()
    lost, connected = [record.getMessage() for record in caplog.records]
    assert lost.startswith("No MQTT broker at 127.0.0.1")
    assert connected.startswith("Connected to the MQTT broker")


def test_a_restarted_broker_is_found_again(tmp_path: Path) -> None:
    async def main(broker: Mosquitto) -> None:
        async with listening(MqttEdge(settings(broker))) as heard:
            await heard.connects()
            await asyncio.to_thread(broker.stop)
            await eventually(lambda: not heard.edge.connected)
            await asyncio.to_thread(broker.start)
            await heard.connects()
            await asyncio.to_thread(broker.publish, "home/hall/sensor", "18")
            await heard.hears("hall/value", 18.0)

    with Mosquitto(tmp_path) as broker:
        asyncio.run(main(broker))


def test_what_was_published_while_away_is_delivered_and_marked_late(tmp_path: Path) -> None:
    async def main(broker: Mosquitto) -> None:
        async with listening(MqttEdge(settings(broker))) as first:
            await first.connects()
            # The session exists once the subscription does, which only its effect proves.
            await asyncio.to_thread(broker.publish, "home/washer/sensor", "running")
            await first.hears("washer/state", "running")
        await asyncio.to_thread(broker.publish, "home/washer/sensor", "finished")
        await asyncio.to_thread(broker.stop)
        await asyncio.to_thread(broker.start)
        async with listening(MqttEdge(settings(broker))) as second:
            missed = await second.hears("washer/state", "finished")
        assert missed.late

    with Mosquitto(tmp_path) as broker:
        asyncio.run(main(broker))


def test_hostile_payloads_are_counted_and_life_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hostile = {
        b"x" * 10_000_000: "too large",
        b"\xff\xfe\x00secret": "not UTF-8",
        b"[" * 60_000: "nested too deeply",
        b'{"secret": ': "malformed JSON",
        b"ignore all\nprevious secret": "neither a number nor a short text",
    }

    async def main(broker: Mosquitto) -> None:
        async with listening(MqttEdge(settings(broker))) as heard:
            await heard.connects()
            for payload in hostile:
                await asyncio.to_thread(broker.publish, "home/bedroom/sensor", payload)
            await asyncio.to_thread(broker.publish, "home/bedroom/sensor", '{"temperature": 20}')
            await heard.hears("bedroom/temperature", 20.0)
        assert heard.edge.stats.refused == dict.fromkeys(hostile.values(), 1)
        assert len(heard.readings) == 1

    with Mosquitto(tmp_path) as broker, caplog.at_level(logging.DEBUG):
        asyncio.run(main(broker))
    assert "secret" not in caplog.text


def test_status_is_online_while_connected_and_offline_after_a_stop(tmp_path: Path) -> None:
    async def main(broker: Mosquitto) -> None:
        async with listening(MqttEdge(settings(broker))) as heard:
            await heard.connects()
            assert await asyncio.to_thread(status, broker) == "online"
        assert await asyncio.to_thread(status, broker) == "offline"

    with Mosquitto(tmp_path) as broker:
        asyncio.run(main(broker))


_CLIENT = """
import asyncio, sys
from sensors.broker import BrokerSettings
from sensors.mqtt import MqttEdge
asyncio.run(MqttEdge(BrokerSettings(host="127.0.0.1", port=int(sys.argv[1]))).run())
"""


def test_the_last_will_speaks_for_a_killed_daemon(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        process = subprocess.Popen([sys.executable, "-c", _CLIENT, str(broker.port)])
        try:
            asyncio.run(eventually(lambda: "as auricle" in broker.log(), within=30))
            assert status(broker) == "online"
        finally:
            process.kill()
            process.wait()
        asyncio.run(eventually(lambda: status(broker) == "offline"))


@needs_openssl
def test_tls_with_the_right_authority_and_a_client_certificate(tmp_path: Path) -> None:
    pki = Certificates.make(tmp_path / "pki")

    async def main(broker: Mosquitto) -> None:
        ours = settings(
            broker,
            host="localhost",
            ca_file=pki.authority,
            certificate=pki.certificate("client"),
            key=pki.key("client"),
        )
        async with listening(MqttEdge(ours)) as heard:
            await heard.connects()
            assert await asyncio.to_thread(lambda: "client" in broker.log())

    with Mosquitto(tmp_path / "b", certificates=pki, client_certificates=True) as broker:
        asyncio.run(main(broker))


@needs_openssl
def test_tls_troubles_are_told_apart(tmp_path: Path) -> None:
    pki = Certificates.make(tmp_path / "pki")
    stranger = Certificates.make(tmp_path / "stranger", "Another authority")

    async def problem_of(**changes: object) -> str:
        edge = MqttEdge(settings(broker, **changes))
        async with listening(edge):
            await eventually(lambda: edge.problem)
        return edge.problem

    with Mosquitto(tmp_path / "b", certificates=pki, client_certificates=True) as broker:
        local = {"host": "localhost"}
        wrong = asyncio.run(problem_of(**local, ca_file=stranger.authority))
        assert "its certificate is not trusted" in wrong
        assert str(stranger.authority) in wrong
        assert "with TLS" in asyncio.run(problem_of(**local))
        none = asyncio.run(problem_of(**local, ca_file=pki.authority))
        assert "wants a client certificate" in none
        missing = asyncio.run(problem_of(**local, ca_file=tmp_path / "nowhere"))
        assert "cannot use ca_file" in missing
        mixed = asyncio.run(
            problem_of(
                **local,
                ca_file=pki.authority,
                certificate=pki.certificate("client"),
                key=pki.key("localhost"),
            )
        )
        assert "cannot use certificate" in mixed


def test_tls_to_a_plain_port_is_refused(tmp_path: Path) -> None:
    async def main(broker: Mosquitto) -> None:
        edge = MqttEdge(settings(broker, tls=True))
        async with listening(edge):
            await eventually(lambda: edge.problem)
        assert "TLS" in edge.problem

    with Mosquitto(tmp_path) as broker:
        asyncio.run(main(broker))


def test_two_daemons_with_one_name_are_told_so(tmp_path: Path) -> None:
    async def main(broker: Mosquitto) -> None:
        first, second = MqttEdge(settings(broker)), MqttEdge(settings(broker))
        async with listening(first) as heard:
            await heard.connects()
            async with listening(second):
                await eventually(lambda: "client_id" in first.problem + second.problem)

    with Mosquitto(tmp_path) as broker:
        asyncio.run(main(broker))


def test_stops_within_a_second_while_the_broker_does_not_answer() -> None:
    async def main(port: int) -> float:
        edge = MqttEdge(BrokerSettings(host="127.0.0.1", port=port))
        running = asyncio.create_task(edge.run())
        await asyncio.sleep(0)  # let it start its attempt
        began = asyncio.get_running_loop().time()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return asyncio.get_running_loop().time() - began

    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):  # its backlog is full from here on
            assert asyncio.run(main(port)) < 1.0


def test_a_denied_filter_is_told(caplog: pytest.LogCaptureFixture) -> None:
    denied: list[str] = []
    connection = Connection(
        BrokerSettings(), lambda *_: None, lambda _: None, on_denied=denied.append
    )
    reasons = [
        ReasonCode(PacketTypes.SUBACK, "Granted QoS 1"),
        ReasonCode(PacketTypes.SUBACK, "Not authorized"),
    ]
    client = paho.mqtt.client.Client(CallbackAPIVersion.VERSION2)
    connection._asked[7] = ["home/+/sensor", "zigbee2mqtt/#"]
    connection._subscribed(client, None, 7, reasons, None)
    assert denied == ["zigbee2mqtt/#"]
    connection.outbox.end(BrokerLost("never begun"))
