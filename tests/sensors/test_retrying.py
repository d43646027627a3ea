import asyncio
import logging

import pytest

from sensors.broker import BrokerSettings
from sensors.events import BrokerLost, BrokerRefused, SensorError
from sensors.mqtt import MqttEdge
from tests.clock import run


class Unlucky(MqttEdge):
    """Fails at once, every time, and notes when."""

    def __init__(self, error: SensorError) -> None:
        super().__init__(BrokerSettings(retry=(1.0, 60.0)))
        self._error = error
        self.tries: list[float] = []

    async def _attempt(self) -> None:
        self.tries.append(asyncio.get_running_loop().time())
        raise self._error


def tries_within(edge: Unlucky, seconds: float) -> int:
    async def main() -> int:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(edge.run(), seconds)
        return len(edge.tries)

    return run(main())


def test_a_lost_broker_is_sought_soon_and_then_less_and_less(
    caplog: pytest.LogCaptureFixture,
) -> None:
    edge = Unlucky(BrokerLost("Connection refused"))
    assert 4 <= tries_within(edge, 10.0) <= 6
    assert tries_within(Unlucky(BrokerLost("gone")), 3_600.0) < 140
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert edge.problem == "Connection refused"


def test_a_refusing_broker_is_asked_slowly_from_the_start(caplog: pytest.LogCaptureFixture) -> None:
    assert tries_within(Unlucky(BrokerRefused("bad password")), 29.0) == 1
    assert 60 <= tries_within(Unlucky(BrokerRefused("bad password")), 3_600.0) <= 121
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
