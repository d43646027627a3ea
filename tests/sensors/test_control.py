"""Commands, what devices say to them, and what is said of that."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from sensors.control import Control, Outcome
from sensors.discovery.homeassistant import HomeAssistant
from sensors.entities import Command, Entity, EntityState, Publication
from sensors.events import BrokerLost, Reading, Value
from sensors.house import House
from sensors.registry import Registry
from tests.clock import run
from tests.doubles.devices import Answer, Devices, JsonDriver, announced

NOW = 1_000_000.0


@dataclass
class Home:
    """A house with some devices, on the virtual clock."""

    answers: Mapping[str, Sequence[Answer]] = field(default_factory=dict)
    drivers: Sequence[JsonDriver] = (
        JsonDriver(Entity("light.lamp", "lamp", "light")),
        JsonDriver(Entity("light.desk", "desk", "light")),
        JsonDriver(Entity("cover.blind", "blind", "cover")),
        JsonDriver(Entity("lock.door", "door", "lock"), cannot=frozenset({"open"})),
        JsonDriver(Entity("scene.night", "night", "scene"), silent=True),
        JsonDriver(Entity("switch.blind", "deaf", "switch"), silent=True),
        JsonDriver(Entity("climate.hall", "hall", "climate")),
    )

    def __post_init__(self) -> None:
        self.house = House(now=self.now)
        self.registry = Registry(self.house)
        for discovery in announced(*self.drivers):
            self.registry.apply(discovery)
        topics = {f"device/{name}/set": answers for name, answers in self.answers.items()}
        self.devices = Devices(self.say, topics)
        self.control = Control(self.registry, self.house, self.devices.publish, self.now)
        self.watching = 0

    def now(self) -> float:
        try:
            return NOW + asyncio.get_running_loop().time()
        except RuntimeError:
            return NOW

    def say(self, topic: str, payload: bytes, *, late: bool = False) -> None:
        driver = next(one for one in self.drivers if topic in one.topics)
        self.house.apply(driver.read(topic, payload, self.now(), late=late))

    def ask(self, *commands: Command, within: float = 1.5) -> tuple[list[Outcome], float]:
        async def main() -> tuple[list[Outcome], float]:
            outcomes = await self.control.perform(commands, within)
            return outcomes, asyncio.get_running_loop().time()

        return run(main())


ON = Command("light.lamp", "turn_on")
HALF = Command("light.lamp", "turn_on", {"brightness": 50.0})


def test_a_device_that_answers_is_believed_as_soon_as_it_does() -> None:
    home = Home({"light.lamp": [(0.2, {"state": "on"})]})
    (outcome,), took = home.ask(ON)
    assert (outcome.status, outcome.state.value, outcome.why) == ("confirmed", "on", "")
    assert took == pytest.approx(0.2)
    assert home.devices.sent == [Publication("device/light.lamp/set", '{"service": "turn_on"}')]
    assert home.house._watchers == [], "nobody goes on watching"


def test_a_silent_device_has_not_answered() -> None:
    (outcome,), took = Home().ask(ON)
    assert (outcome.status, outcome.state.value) == ("unanswered", None)
    assert took == pytest.approx(1.5)


def test_a_device_that_says_otherwise_contradicts() -> None:
    (outcome,), took = Home({"light.lamp": [(0.2, {"state": "off"})]}).ask(ON)
    assert (outcome.status, outcome.state.value) == ("contradicted", "off")
    assert took == pytest.approx(1.5), "it might have thought better of it"


def test_the_last_word_counts() -> None:
    home = Home({"light.lamp": [(0.2, {"state": "off"}), (0.7, {"state": "on"})]})
    assert home.ask(ON)[0][0].status == "confirmed"


def test_all_that_was_wanted_has_to_be_seen() -> None:
    home = Home({"light.lamp": [(0.1, {"state": "on"}), (0.3, {"brightness": 49.0})]})
    (outcome,), took = home.ask(HALF)
    assert (outcome.status, outcome.state.attributes["brightness"]) == ("confirmed", 49.0)
    assert took == pytest.approx(0.3)
    (outcome,), _ = Home({"light.lamp": [(0.1, {"state": "on"})]}).ask(HALF)
    assert outcome.status == "unanswered", "it did not say how bright it is"
    (outcome,), _ = Home({"light.lamp": [(0.1, {"state": "on", "brightness": 80.0})]}).ask(HALF)
    assert outcome.status == "contradicted"


def test_a_lamp_that_fades_is_on_its_way() -> None:
    home = Home({"light.lamp": [(0.1, {"state": "on", "brightness": 20.0})]})
    home.say("device/light.lamp", b'{"state": "on", "brightness": 10}')
    assert home.ask(HALF)[0][0].status == "confirmed"
    home = Home({"light.lamp": [(0.1, {"state": "on", "brightness": 20.0})]})
    home.say("device/light.lamp", b'{"state": "on", "brightness": 30}')
    assert home.ask(HALF)[0][0].status == "contradicted", "that is the wrong way"


@pytest.mark.parametrize("said", ['{"state": "on"}', '{"state": "on", "at": 999000}'])
def test_what_the_broker_had_kept_confirms_nothing(said: str) -> None:
    home = Home()
    late = '"at"' not in said

    async def main() -> list[Outcome]:
        asyncio.get_running_loop().call_later(
            0.1, lambda: home.say("device/light.lamp", said.encode(), late=late)
        )
        return await home.control.perform([ON])

    home.say("device/light.lamp", b'{"state": "off", "at": 990000}')
    (outcome,) = run(main())
    assert (outcome.status, outcome.state.value) == ("unanswered", "on")


def test_a_device_that_does_not_repeat_itself_is_believed_for_an_hour() -> None:
    home = Home()
    home.say("device/light.lamp", b'{"state": "on"}')
    (outcome,), took = home.ask(ON)
    assert (outcome.status, outcome.why) == ("confirmed", "it was so already")
    assert took == pytest.approx(0.6)
    assert home.devices.sent, "somebody may have used the switch on the wall"


@pytest.mark.parametrize(
    ("said", "late"), [('{"state": "on", "at": 990000}', False), ('{"state": "on"}', True)]
)
def test_what_was_so_long_ago_or_at_an_unknown_time_is_not_believed(said: str, late: bool) -> None:
    home = Home()
    home.say("device/light.lamp", said.encode(), late=late)
    (outcome,), took = home.ask(ON)
    assert outcome.status == "unanswered"
    assert took == pytest.approx(1.5)


def test_what_was_so_is_not_believed_against_what_the_device_says_now() -> None:
    home = Home({"light.lamp": [(0.2, {"state": "off"})]})
    home.say("device/light.lamp", b'{"state": "on"}')
    assert home.ask(ON)[0][0].status == "contradicted"


def test_a_cover_is_confirmed_while_it_moves_and_a_lock_only_when_it_is_locked() -> None:
    closing = Command("cover.blind", "close")
    assert Home({"cover.blind": [(0.2, {"state": "closing"})]}).ask(closing)[0][0].status == (
        "confirmed"
    )
    home = Home({"cover.blind": [(0.2, {"state": "open", "position": 90.0})]})
    home.say("device/cover.blind", b'{"state": "open", "position": 100}')
    assert home.ask(closing)[0][0].status == "confirmed", "it is open still, but less so"
    lock = Command("lock.door", "lock")
    (outcome,), _ = Home({"lock.door": [(0.2, {"state": "locking"})]}).ask(lock)
    assert (outcome.status, outcome.state.value) == ("unanswered", "locking")
    home = Home({"lock.door": [(0.2, {"state": "locking"}), (1.2, {"state": "locked"})]})
    assert home.ask(lock)[0][0].status == "confirmed"
    assert Home({"lock.door": [(1.0, {"state": "jammed"})]}).ask(lock)[0][0].status == (
        "contradicted"
    )


def test_what_leaves_nothing_to_observe_is_sent_at_once() -> None:
    for command in (Command("scene.night", "activate"), Command("switch.blind", "turn_on")):
        home = Home()
        (outcome,), took = home.ask(command)
        assert outcome.status == "sent"
        assert took == 0.0
        assert len(home.devices.sent) == 1


def test_what_cannot_be_done_is_not_sent() -> None:
    home = Home()
    home.say("device/light.desk", b'{"state": "on", "availability": "offline"}')
    commands = [
        Command("lock.door", "open"),
        Command("light.nowhere", "turn_on"),
        Command("light.desk", "turn_off"),
    ]
    outcomes, took = home.ask(*commands)
    assert [outcome.status for outcome in outcomes] == ["impossible", "impossible", "unavailable"]
    assert [outcome.command for outcome in outcomes] == commands
    assert outcomes[0].why == "lock.door cannot open"
    assert home.devices.sent == []
    assert took == 0.0


class Poison(JsonDriver):
    """Of a device that announced a number which its driver divides by."""

    def write(self, command: Command, state: EntityState) -> list[Publication]:
        raise ZeroDivisionError("float division by zero")


def test_a_driver_that_breaks_stops_nothing_beside_it(caplog: pytest.LogCaptureFixture) -> None:
    home = Home({"light.desk": [(0.2, {"state": "on"})]})
    poison = Poison(Entity("light.poison", "what a stranger calls it", "light"))
    home.registry.apply(announced(poison)[0])
    outcomes, _ = home.ask(Command("light.poison", "turn_on"), Command("light.desk", "turn_on"))
    assert [outcome.status for outcome in outcomes] == ["impossible", "confirmed"]
    assert outcomes[0].why == "its driver broke"
    assert "ZeroDivisionError" in caplog.text
    assert "stranger" not in caplog.text


class Deputy(JsonDriver):
    """A lamp whose commands go to the door."""

    def write(self, command: Command, state: EntityState) -> list[Publication]:
        return [Publication("device/lock.door/set", '{"service": "unlock"}')]


def test_a_lamp_that_would_open_the_door_is_not_commanded(
    caplog: pytest.LogCaptureFixture,
) -> None:
    home = Home()
    home.registry.apply(announced(Deputy(Entity("light.deputy", "reading lamp", "light")))[0])
    (outcome,), _ = home.ask(Command("light.deputy", "turn_on"))
    assert outcome.status == "impossible"
    assert outcome.why == "it would command a lock, a gate or an alarm"
    assert home.devices.sent == []
    assert caplog.messages == ["A light would command a lock"]


def test_of_what_tells_no_state_a_command_is_sent_and_nothing_awaited() -> None:
    for told in ("", ', "availability_topic": "gw/status"'):
        home = Home()
        config = f'{{"name": "Pump", "command_topic": "pump/set"{told}}}'
        found = HomeAssistant().announced("homeassistant/switch/pump/config", config.encode())
        for discovery in found or ():
            home.registry.apply(discovery)
        (outcome,), took = home.ask(Command("switch.pump", "turn_on"))
        assert (outcome.status, took) == ("sent", 0.0)


def test_what_is_remembered_and_has_not_announced_itself_is_away() -> None:
    home = Home()
    home.registry.load([Entity("light.old", "old", "light", source="old")])
    heard = Reading("plug/state", "plug", "state", "on", "", NOW, "plug")
    home.house.apply(home.registry.observe([heard]))
    (only_heard,) = [one.id for one in home.registry.entities() if one.source == "plug"]
    outcomes, _ = home.ask(Command("light.old", "turn_on"), Command(only_heard, "turn_on"))
    assert [(outcome.status, outcome.why) for outcome in outcomes] == [
        ("unavailable", "it has not announced itself since the start"),
        ("impossible", "it cannot be commanded"),
    ]
    home.registry.apply(announced(JsonDriver(Entity("light.old", "old", "light", source="old")))[0])
    assert home.ask(Command("light.old", "turn_on"))[0][0].status == "unanswered"


def test_several_commands_go_at_once_and_each_has_its_own_outcome() -> None:
    home = Home({"light.lamp": [(0.2, {"state": "on"})], "light.desk": [(0.4, {"state": "on"})]})
    outcomes, took = home.ask(
        ON, Command("light.desk", "turn_on"), Command("cover.blind", "open"), within=1.0
    )
    assert [outcome.status for outcome in outcomes] == ["confirmed", "confirmed", "unanswered"]
    assert [one.topic for one in home.devices.sent] == [
        "device/light.lamp/set",
        "device/light.desk/set",
        "device/cover.blind/set",
    ]
    assert took == pytest.approx(1.0)


def test_without_a_broker_nothing_was_sent() -> None:
    home = Home()

    async def refuse(_: Sequence[Publication]) -> None:
        raise BrokerLost("there is no connection")

    home.control = Control(home.registry, home.house, refuse, home.now)
    (outcome,), took = home.ask(ON)
    assert (outcome.status, outcome.why) == ("unsent", "there is no connection")
    assert took == 0.0


def test_a_broker_that_hangs_is_not_waited_for_and_yet_the_lamp_may_prove_it() -> None:
    async def hang(_: Sequence[Publication]) -> None:
        await asyncio.sleep(1e6)

    home = Home()
    home.control = Control(home.registry, home.house, hang, home.now)
    (outcome,), took = home.ask(ON)
    assert (outcome.status, outcome.why) == ("unsent", "the broker has not answered")
    assert took == pytest.approx(1.5)

    async def hang_and_shine(_: Sequence[Publication]) -> None:
        home.say("device/light.lamp", b'{"state": "on"}')
        await asyncio.sleep(1e6)

    home.control = Control(home.registry, home.house, hang_and_shine, home.now)
    assert home.ask(ON)[0][0].status == "confirmed"


def test_who_is_interrupted_stops_watching() -> None:
    home = Home()

    async def main() -> None:
        performing = asyncio.create_task(home.control.perform([ON]))
        await asyncio.sleep(0.5)
        performing.cancel()
        await asyncio.wait([performing])
        assert performing.cancelled()

    run(main())
    assert home.house._watchers == []


@pytest.mark.parametrize(
    ("command", "said", "status"),
    [
        (Command("climate.hall", "set_temperature", {"temperature": 21.2}), 21.0, "confirmed"),
        (Command("climate.hall", "set_temperature", {"temperature": 21.2}), 20.5, "contradicted"),
    ],
)
def test_thermostats_round(command: Command, said: Value, status: str) -> None:
    assert Home({"climate.hall": [(0.1, {"temperature": said})]}).ask(command)[0][0].status == (
        status
    )


def test_what_was_left_unanswered_is_not_known_to_be_as_it_was() -> None:
    home = Home()

    async def main() -> list[object]:
        home.say("device/light.lamp", b'{"state": "on"}')
        await asyncio.sleep(1)
        (off,) = await home.control.perform([Command("light.lamp", "turn_off")])
        (on,) = await home.control.perform([ON])
        doubted = home.registry.state("light.lamp").stale
        home.say("device/light.lamp", b'{"state": "off"}')
        return [off.status, on.status, doubted, home.registry.state("light.lamp").stale]

    assert run(main()) == ["unanswered", "unanswered", True, False]


def test_a_lock_that_says_nothing_is_never_said_to_be_locked() -> None:
    home = Home()
    home.say("device/lock.door", b'{"state": "locked"}')
    (outcome,), _ = home.ask(Command("lock.door", "lock"))
    assert outcome.status == "unanswered"
