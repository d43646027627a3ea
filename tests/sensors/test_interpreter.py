"""Who understands a message, and what strangers may make us keep."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from sensors.decoder import Decoder
from sensors.entities import Discovery, Driver, Entity
from sensors.events import Reading
from sensors.interpreter import Heard, Interpreter
from sensors.readers import MAX_SHARING
from sensors.recent import Message, Recent
from tests.doubles.devices import JsonDialect, JsonDriver

NOW = 1000.0
LAMP = "device/light.lamp"


def interpreter(*filters: str, max_drivers: int = 99) -> Interpreter:
    return Interpreter(Decoder(filters or ("home/+/sensor",)), [JsonDialect()], max_drivers)


def told(heard: Heard) -> list[tuple[str, object]]:
    return [(reading.entity, reading.value) for reading in heard.readings]


def announce(to: Interpreter, entity: str = "light.lamp", name: bytes = b"lamp") -> Heard:
    return to.interpret(f"announce/{entity}", name, NOW)


def test_an_announced_device_is_claimed_and_read() -> None:
    knows = interpreter()
    assert knows.filters == ("home/+/sensor", "announce/+")
    heard = announce(knows)
    (discovery,) = heard.discoveries
    assert [driver.entity.id for driver in discovery.drivers] == ["light.lamp"]
    assert heard.claimed == knows.topics == [LAMP]
    heard = knows.interpret(LAMP, b'{"state": "on", "brightness": 40}', NOW + 1, late=True)
    assert told(heard) == [("light.lamp/state", "on"), ("light.lamp/brightness", 40.0)]
    assert all(reading.late for reading in heard.readings)


def test_what_nobody_announced_is_decoded_as_ever() -> None:
    heard = interpreter().interpret("home/bedroom/sensor", b'{"temperature": 21}', NOW)
    assert told(heard) == [("bedroom/temperature", 21.0)]
    assert interpreter().interpret("home/bedroom/sensor", b"\xff", NOW).refused == ["not UTF-8"]
    assert interpreter().interpret("elsewhere", b"1", NOW).refused == ["topic not subscribed"]


def test_a_device_that_has_a_driver_is_not_decoded_a_second_time() -> None:
    knows = interpreter("device/+")
    before = knows.interpret(LAMP, b'{"state": "on"}', NOW)
    assert told(before) == [("light.lamp/state", "on")]
    assert before.readings[0].name == "light.lamp"
    heard = announce(knows, name=b"reading light")
    assert heard.claimed == [], "a filter has it already: it would come twice"
    assert [reading.name for reading in heard.readings] == ["reading light"]
    after = knows.interpret(LAMP, b'{"state": "off", "humidity": 40}', NOW)
    assert told(after) == [("light.lamp/state", "off")]


def test_what_was_heard_before_the_announcement_is_read_after_it() -> None:
    knows = interpreter("device/+")
    knows.interpret(LAMP, b'{"state": "off"}', NOW - 9)
    knows.interpret(LAMP, b'{"state": "on"}', NOW - 5, late=True)
    (reading,) = announce(knows).readings
    assert (reading.value, reading.at, reading.late) == ("on", NOW - 5, True)
    # A second entity of the same device learns the same.
    second = Discovery("other", (JsonDriver(Entity("light.lamp", "twin", "light")),))
    assert [reading.name for reading in knows.adopt(second).readings] == ["twin"]


def test_the_same_announcement_again_changes_nothing() -> None:
    dialect = JsonDialect()
    knows = Interpreter(Decoder(("home/+/sensor",)), [dialect])
    announce(knows)
    assert announce(knows) == Heard()
    assert dialect.asked == ["announce/light.lamp"]
    assert announce(knows, name=b"another name").discoveries


def test_a_later_announcement_replaces_all_of_an_earlier_one() -> None:
    knows = interpreter()
    announce(knows)
    knows.interpret(LAMP, b'{"state": "on"}', NOW)
    heard = announce(knows, name=b"lamp 2")
    assert heard.released == []
    assert [reading.name for reading in heard.readings] == ["lamp 2"]
    assert len(knows.interpret(LAMP, b'{"state": "on"}', NOW).readings) == 1

    heard = announce(knows, name=b"")
    assert [(one.origin, one.drivers) for one in heard.discoveries] == [("announce/light.lamp", ())]
    assert heard.released == [LAMP]
    assert knows.topics == []
    assert knows.interpret(LAMP, b'{"state": "on"}', NOW).readings == []


def test_a_topic_that_another_still_reads_is_not_released() -> None:
    knows = interpreter()
    announce(knows)
    twin = JsonDriver(Entity("light.lamp", "twin", "light"))
    assert knows.adopt(Discovery("other", (twin,))).claimed == [LAMP], "so it is retained anew"
    assert announce(knows, name=b"").released == []
    assert len(knows.interpret(LAMP, b'{"state": "on"}', NOW).readings) == 1


def test_refusals_are_told_without_what_was_said() -> None:
    knows = interpreter(max_drivers=1)
    assert announce(knows, name=b"broken").refused == ["it has no command topic"]
    announce(knows)
    heard = announce(knows, "light.second")
    assert heard.refused == ["too many entities"]
    assert heard.discoveries[0].drivers == ()
    announce(knows, name=b"")
    assert announce(knows, "light.second", b"now there is room").refused == []
    assert knows.interpret("device/light.second", b"nonsense", NOW).refused == [
        "no usable property"
    ]


@dataclass(frozen=True)
class Broken(JsonDriver):
    def read(
        self, topic: str, payload: bytes, received_at: float, *, late: bool = False
    ) -> list[Reading]:
        raise RecursionError


class BrokenDialect(JsonDialect):
    def announced(self, topic: str, payload: bytes) -> Sequence[Discovery] | None:
        raise ZeroDivisionError


def test_a_driver_that_breaks_takes_nobody_with_it() -> None:
    knows = interpreter()
    lamp = Entity("light.lamp", "lamp", "light")
    knows.adopt(Discovery("x", (Broken(lamp), JsonDriver(lamp))))
    heard = knows.interpret(LAMP, b'{"state": "on"}', NOW)
    assert told(heard) == [("light.lamp/state", "on")]
    assert heard.refused == ["its reader broke"]
    broken = Interpreter(Decoder(("home/+/sensor",)), [BrokenDialect()])
    assert announce(broken).refused == ["its reader broke"]


@dataclass(frozen=True)
class Widespread(JsonDriver):
    listed: tuple[str, ...] = ()

    @property
    def topics(self) -> Sequence[str]:
        return self.listed


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        (("device/+",), "topic of an entity is no topic"),
        (("",), "topic of an entity is no topic"),
        (tuple(f"t/{n}" for n in range(33)), "too many topics of one entity"),
    ],
)
def test_a_driver_with_strange_topics_is_refused(listed: tuple[str, ...], reason: str) -> None:
    driver = Widespread(Entity("light.lamp", "lamp", "light"), listed=listed)
    heard = interpreter().adopt(Discovery("x", (driver,)))
    assert (heard.refused, heard.claimed) == ([reason], [])


def test_one_topic_cannot_be_made_to_cost_without_end() -> None:
    lamp = Entity("light.lamp", "lamp", "light")
    drivers: list[Driver] = [
        JsonDriver(replace(lamp, name=f"lamp {n}")) for n in range(MAX_SHARING + 3)
    ]
    knows = Interpreter(Decoder(()), max_drivers=3_000)
    heard = knows.adopt(Discovery("x", tuple(drivers)))
    assert heard.refused == ["too many entities read one topic"] * 3
    assert len(heard.discoveries[0].drivers) == MAX_SHARING


def test_sizes_are_bounded() -> None:
    knows = Interpreter(Decoder(("home/+/sensor",), max_payload=100), [JsonDialect()])
    announce(knows)
    assert knows.interpret(LAMP, b" " * 101, NOW).refused == ["too large"]
    assert announce(knows, name=b"x" * 200).discoveries, "an announcement may be larger"
    assert announce(knows, name=b"x" * (9 * 2**20)).refused == ["too large"]


def test_the_memory_of_recent_messages_is_bounded() -> None:
    recent = Recent(topics=3, size=100)
    for n in range(9):
        recent.keep(f"t{n}", Message(b"x" * 40, NOW, late=False))
    assert [n for n in range(9) if recent.last(f"t{n}")] == [7, 8]
    recent.keep("t7", Message(b"y" * 20, NOW, late=False))
    recent.keep("a", Message(b"", NOW, late=False))
    assert recent.last("t8"), "40 + 20 are less than 100"
    recent.keep("b", Message(b"", NOW, late=False))
    assert recent.last("t8") is None, "the one that was silent longest goes first"
    recent.keep("t7", Message(b"z" * 10_000, NOW, late=False))
    assert recent.last("t7") is None, "what it said before does not hold any more"


def test_what_to_do_with_a_topic_is_not_remembered_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sensors.interpreter._REMEMBERED", 10)
    knows = interpreter()
    for n in range(100):
        knows.interpret(f"home/room{n}/sensor", b"1", NOW)
        announce(knows, f"light.{n}", b"broken")
    assert len(knows._asked) <= 10
    assert len(knows._announced) <= 10
