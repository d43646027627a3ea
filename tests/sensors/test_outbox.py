"""What waits to be sent, without a broker."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from paho.mqtt.client import Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from sensors.entities import Publication
from sensors.events import BrokerLost
from sensors.outbox import Outbox

GRANTED = ReasonCode(PacketTypes.PUBACK, "Success")


@dataclass
class Handed:
    mid: int


@dataclass
class Line:
    """Takes messages like a client and numbers them."""

    payloads: list[str] = field(default_factory=list)
    expiries: list[int | None] = field(default_factory=list)

    def publish(self, _: str, payload: str, __: int, ___: bool, properties: Any) -> Handed:
        self.payloads.append(payload)
        self.expiries.append(getattr(properties, "MessageExpiryInterval", None))
        return Handed(len(self.payloads))


@pytest.fixture
def outbox() -> Iterator[Outbox]:
    made = Outbox()
    yield made
    made.end(BrokerLost("over"))


def send(outbox: Outbox) -> Line:
    line = Line()
    outbox.send(cast("Client", line))
    return line


def messages(*payloads: str) -> list[Publication]:
    return [Publication("t", payload) for payload in payloads]


def test_what_was_given_up_before_its_turn_is_not_sent(outbox: Outbox) -> None:
    first, second, third = outbox.add(messages("a", "b", "c"), 1.5)
    assert second.cancel()
    line = send(outbox)
    assert line.payloads == ["a", "c"]
    outbox.acknowledged(2, GRANTED)
    outbox.acknowledged(9, GRANTED)  # somebody else's
    assert third.done()
    assert not first.done()
    assert not first.cancel(), "it is on its way"


def test_the_broker_is_told_when_a_message_is_too_old(outbox: Outbox) -> None:
    outbox.add(messages("a"), 1.5)
    outbox.add(messages("b"), 0.1)
    outbox.add([Publication("t", "c", retain=True)], 1.5)
    assert send(outbox).expiries == [2, 1, None]


def test_the_bell_rings_until_it_is_answered(outbox: Outbox) -> None:
    outbox.add(messages("a"), 1.5)
    outbox.ring()
    assert outbox.bell.recv(1)
    assert send(outbox).payloads == ["a"]
    with pytest.raises(BlockingIOError):
        outbox.bell.recv(1)


def test_the_end_fails_what_waits_and_what_was_not_acknowledged(outbox: Outbox) -> None:
    (sent,) = outbox.add(messages("a"), 1.5)
    send(outbox)
    (waiting,) = outbox.add(messages("b"), 1.5)
    gone = BrokerLost("gone")
    outbox.end(gone)
    assert sent.exception(0) is waiting.exception(0) is gone
    (late,) = outbox.add(messages("c"), 1.5)
    assert late.exception(0) is gone


def test_it_does_not_grow_without_end(outbox: Outbox) -> None:
    assert not outbox.add(messages(*"x" * 1_024), 1.5)[-1].done()
    (over,) = outbox.add(messages("y"), 1.5)
    assert isinstance(over.exception(0), BrokerLost)
    assert len(send(outbox).payloads) == 1_024
