"""Auricle as a device among others: what it tells, what it lets others do."""

import asyncio
import json
from collections.abc import Sequence

import pytest

from daemon.announcements import Announcement
from daemon.controls import Controls
from daemon.presence import Presence
from sensors.entities import Publication
from sensors.events import BrokerLost
from tests.clock import run


class Broker:
    """Keeps what was published, as retained messages are kept."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.away = False
        self.greeted = asyncio.Event()
        self.said: list[Announcement] = []

    async def publish(self, publications: Sequence[Publication]) -> None:
        if self.away:
            raise BrokerLost("away")
        assert all(one.retain for one in publications)
        self.kept.update((one.topic, one.payload) for one in publications)

    async def connected(self) -> None:
        await self.greeted.wait()
        self.greeted.clear()

    def post(self, announcement: Announcement) -> bool:
        self.said.append(announcement)
        return True


def presence(
    broker: Broker, *, visible: bool = True, tell_intent: bool = False, speak: bool = True
) -> Presence:
    return Presence(
        "den", "Study", "homeassistant", visible, tell_intent, speak,
        broker.publish, broker.post, Controls(),
    )  # fmt: skip


def test_after_a_connection_it_says_who_and_how_it_is() -> None:
    async def main() -> dict[str, str]:
        broker = Broker()
        task = asyncio.create_task(presence(broker).run(broker.connected))
        broker.greeted.set()
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
        return broker.kept

    kept = run(main())
    config = json.loads(kept.pop("homeassistant/device/auricle_den/config"))
    assert set(config["components"]) == {"state", "mute", "talk", "call", "volume", "say"}
    assert config["device"]["suggested_area"] == "Study"
    assert config["availability"] == [{"topic": "auricle/den/status"}]
    assert kept == {
        "auricle/den/state": "idle",
        "auricle/den/mute": "OFF",
        "auricle/den/talk": "OFF",
        "auricle/den/volume": "100",
        "auricle/den/intent": "",
    }


def test_what_is_not_to_be_seen_any_more_is_taken_back() -> None:
    unseen = presence(Broker(), visible=False).discovery()
    assert (unseen.topic, unseen.payload, unseen.retain) == (
        "homeassistant/device/auricle_den/config",
        "",
        True,
    )


def test_changes_are_told_and_a_broker_that_was_away_is_told_all_of_them() -> None:
    async def main() -> list[str]:
        broker, told = Broker(), []
        one = presence(broker)
        task = asyncio.create_task(one.run(broker.connected))
        broker.greeted.set()
        await asyncio.sleep(1)
        one.controls.phase = "thinking"
        await asyncio.sleep(1)
        told.append(broker.kept["auricle/den/state"])
        broker.away = True
        one.controls.muted = True
        await asyncio.sleep(1)
        told.append(broker.kept["auricle/den/state"])
        broker.away = False
        broker.greeted.set()
        await asyncio.sleep(1)
        told.append(broker.kept["auricle/den/state"])
        task.cancel()
        await asyncio.wait([task])
        return told

    assert run(main()) == ["thinking", "thinking", "muted"]


def test_the_last_intent_is_told_only_where_the_owner_agreed() -> None:
    broker = Broker()
    shy, open_ = presence(broker), presence(broker, tell_intent=True)
    for one in (shy, open_):
        one.controls.last_intent = "HassTurnOn"
    assert ("auricle/den/intent", "") in {(p.topic, p.payload) for p in shy.state()}
    assert ("auricle/den/intent", "HassTurnOn") in {(p.topic, p.payload) for p in open_.state()}


def received(
    topic: str, payload: str | bytes, *, late: bool = False, speak: bool = True
) -> tuple[Controls, list[Announcement]]:
    broker = Broker()
    one = presence(broker, speak=speak)

    async def main() -> None:
        raw = payload if isinstance(payload, bytes) else payload.encode()
        one.received(topic, raw, late)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    run(main())
    return one.controls, broker.said


def said(payload: str | bytes, **options: bool) -> list[Announcement]:
    return received("auricle/den/say", payload, **options)[1]


def test_others_may_have_something_said() -> None:
    (plain,) = said("Dinner\nis  ready.")
    assert (plain.text, plain.urgency, plain.cause) == ("Dinner is ready.", "info", "mqtt")
    (urgent,) = said('{"text": "Water in the cellar!", "urgency": "alarm"}')
    assert (urgent.text, urgent.urgency) == ("Water in the cellar!", "alarm")


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"   ", b"...", b"\xff\xfe", b"{", b'{"text": 7}', b'{"urgency": "alarm"}',
        b"[" * 2000,        b'{"text": "x", "urgency": "loud"}', b"a" * 3_000,
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_not_said(payload: bytes) -> None:
    assert said(payload) == []


def test_who_has_too_much_said_is_not_heard() -> None:
    async def main() -> list[str]:
        broker = Broker()
        one = presence(broker)
        one.clock = asyncio.get_running_loop().time
        for number in range(100):
            one.received(
                "auricle/den/say", f'{{"urgency": "alarm", "text": "{number}"}}'.encode(), False
            )
            await asyncio.sleep(0.125)
        await asyncio.sleep(60)
        for number in range(100, 110):
            one.received("auricle/den/say", str(number).encode(), False)
        return [announcement.text for announcement in broker.said]

    said = run(main())
    assert said[:4] == ["0", "1", "2", "3"]
    assert said[4:-4] == ["16", "32", "48", "64", "80", "96"], "one every two seconds"
    assert said[-4:] == ["100", "101", "102", "103"]


def test_what_is_left_undone_is_told_once_a_minute_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        one = presence(Broker())
        one.clock = asyncio.get_running_loop().time
        for _ in range(200):
            one.received("auricle/den/volume/set", b"what a stranger says", False)
            one.received("auricle/den/say", b"words", False)
            await asyncio.sleep(0.5)

    run(main())
    assert len(caplog.records) == 2, "in a hundred seconds"
    assert "stranger" not in caplog.text
    assert "120 that ask for nothing" in caplog.messages[1]
    assert " to say, too many at once" in caplog.messages[1]


def test_what_the_broker_had_kept_is_not_said_now() -> None:
    assert said("Dinner is ready.", late=True) == []


def test_nobody_speaks_through_it_unless_the_owner_lets_them() -> None:
    assert said("Dinner is ready.", speak=False) == []


def test_a_long_speech_is_cut() -> None:
    assert len(said("word " * 400)[0].text) <= 600


@pytest.mark.parametrize(
    ("topic", "payload", "muted", "volume"),
    [
        ("mute/set", "ON", True, 100), ("mute/set", "maybe", False, 100),
        ("volume/set", "30", False, 30), ("volume/set", "250", False, 100),
        ("volume/set", "-3", False, 100), ("volume/set", "²", False, 100), ("x", "ON", False, 100),
    ],
)  # fmt: skip
def test_mute_and_volume_can_be_set(topic: str, payload: str, muted: bool, volume: int) -> None:
    controls, _ = received(f"auricle/den/{topic}", payload)
    assert (controls.muted, controls.volume) == (muted, volume)


def test_a_button_is_held_released_and_pressed() -> None:
    broker = Broker()
    one = presence(broker)
    held = []
    for payload in (b"ON", b"maybe", b"OFF", b"once"):
        one.received("auricle/den/talk/set", payload, False)
        held.append(one.controls.talking)
    assert held == [True, True, False, False]
    assert one.controls.calls == 1
    assert ("auricle/den/talk", "OFF") in {(told.topic, told.payload) for told in one.state()}
    assert "auricle/den/talk/set" in one.topics


@pytest.mark.parametrize("payload", ["ON", "ONCE"])
def test_a_retained_button_is_not_pressed(payload: str) -> None:
    controls, _ = received("auricle/den/talk/set", payload, late=True)
    assert (controls.talking, controls.calls) == (False, 0)


def test_a_retained_mute_is_not_taken_for_a_wish() -> None:
    controls, _ = received("auricle/den/mute/set", "ON", late=True)
    assert not controls.muted


def test_half_the_volume_is_a_quarter_of_the_amplitude() -> None:
    assert Controls(volume=50).gain == 0.25
    assert Controls().gain == 1.0
