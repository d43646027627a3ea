from sensors.broker import BrokerSettings
from sensors.mqtt import MqttEdge
from sensors.stats import EdgeStats


def test_the_summary_of_nothing() -> None:
    edge = MqttEdge(BrokerSettings())
    assert edge.summary() == "received 0, understood 0, refused 0, dropped 0"


def test_the_summary_tells_what_came_of_the_messages_and_not_what_they_said() -> None:
    edge = MqttEdge(BrokerSettings(max_payload=40), queue=1, patience=0.0)
    for payload in (
        b'{"temperature": 21, "humidity": 40}',
        b'{"humidity": 41}',
        b'{"humidity": 41, "state": "too many words"}',
        b'{"humidity": 42, "state": "my secret!"}',
        b"\xff",
        b"\xfe",
    ):
        edge._message("home/secret/sensor", payload, False)
    assert edge.summary() == (
        "received 6, understood 3, "
        "refused 4 (neither a number nor a short text 1, not UTF-8 2, too large 1), dropped 3"
    )
    assert edge.stats.decoded == 4


def test_the_summary_warns_of_a_full_house() -> None:
    stats = EdgeStats(received=9, understood=9, decoded=9, dropped=0, refused={})
    assert stats.summary(8) == (
        "received 9, understood 9, refused 0, dropped 0, beyond the house's capacity 8"
    )
