from collections.abc import Sequence
from dataclasses import replace

import pytest

from sensors import transitions
from sensors.events import Reading, SensorEvent, Value
from sensors.notable import Notable
from tests.sensors.test_house import reading

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
NOW = 1_000_000.0


def told(entity: str, steps: Sequence[tuple[float, Value]], unit: str = "") -> list[str]:
    """What is told of an entity that takes these values at these seconds."""
    notable = Notable()
    readings = [reading(entity, value, NOW + at, unit) for at, value in steps]
    events = notable.observe(readings)
    return [event.text for event in (*events, *notable.settle(NOW + steps[-1][0] + MINUTE))]


@pytest.mark.parametrize(
    ("entity", "before", "after", "text"),
    [
        ("washing_machine/state", "running", "finished", "The washing machine finished."),
        ("washing_machine/state", "spinning", "idle", "The washing machine finished."),
        ("washing_machine/state", "running", "off", "The washing machine finished."),
        ("washing_machine/state", "on", "done", "The washing machine finished."),
        ("washing_machine/state", "idle", "washing", "The washing machine started."),
        ("dryer/running", True, False, "The dryer finished."),
        ("lamp/state", "on", "off", "The lamp was switched off."),
        ("garage/state", "closed", "open", "The garage was opened."),
        ("boiler/state", "eco", "comfort", "The boiler changed from eco to comfort."),
        ("front_door/contact", True, False, "The front door was opened."),
        ("front_door_sensor/contact", False, True, "The front door was closed."),
        ("hall/door", False, True, ""),
        ("hall/opening", False, True, "The hall was opened."),
        ("hall_motion_sensor/occupancy", False, True, "Movement was noticed at the hall."),
        ("hall_motion_sensor/occupancy", True, False, ""),
        ("bathroom/water_leak", False, True, "The bathroom reported a water leak."),
        ("bathroom/water_leak", True, False, "The bathroom no longer reports a water leak."),
        ("hall_detector/smoke", False, True, "The hall reported smoke."),
        ("remote/battery_low", False, True, "The battery of the remote is low."),
        ("lamp/availability", "online", "offline", "The lamp went offline."),
        ("lamp/availability", "offline", "online", "The lamp is back online."),
        ("washing_machine/state", "running", "running", ""),
        ("washing_machine/state", "rinsing", "spinning", ""),
        ("washing_machine/state", "finished", "idle", ""),
        ("plug/energy", 1.0, 2.0, ""),
        ("lamp/brightness", 1.0, 200.0, ""),
        ("lamp/color", "red", "blue", ""),
        ("lamp/effect", "none", "candle", ""),
        ("thermostat/target_temperature", 18.0, 28.0, ""),
        ("thermostat/state", "heat", "off", "The thermostat was switched off."),
        ("thermostat/state", "off", "heat", "The thermostat changed from off to heat."),
        ("front_door/state", "locked", "unlocked", "The front door was unlocked."),
        ("front_door/state", "locking", "locked", "The front door was locked."),
        ("front_door/state", "unlocked", "locking", ""),
        ("front_door/state", "locking", "jammed", "The front door is jammed."),
        ("blind/state", "closed", "opening", ""),
        ("blind/state", "opening", "open", "The blind was opened."),
        ("television/state", "off", "playing", "The television was switched on."),
        ("television/state", "playing", "off", "The television was switched off."),
        ("television/state", "playing", "paused", ""),
        ("television/state", "idle", "playing", ""),
        ("television/state", "playing", "idle", ""),
        ("vacuum/state", "docked", "cleaning", "The vacuum started."),
        ("vacuum/state", "cleaning", "returning", "The vacuum finished."),
        ("vacuum/state", "returning", "docked", ""),
        ("hall/opening", "off", "on", "The hall was opened."),
        ("hall_motion/motion", "off", "on", "Movement was noticed at the hall."),
        ("hall/smoke", "off", "on", "The hall reported smoke."),
        ("Hall_Smoke_Alarm/smoke", "off", "on", "The hall reported smoke."),
        ("Front_Door/state", "locked", "unlocked", "The front door was unlocked."),
        ("alarm/state", "disarmed", "armed_away", "The alarm was armed."),
        ("alarm/state", "arming", "armed_home", "The alarm was armed."),
        ("alarm/state", "armed_home", "triggered", "The alarm was triggered."),
        ("alarm/state", "disarmed", "arming", ""),
        ("phone/state", "home", "not_home", "phone left home."),
        ("binary_sensor.printer/state", "off", "on", ""),
        ("bedroom_blinds/state", "opening", "open", "The bedroom blinds were opened."),
        ("dishwasher_status/state", "running", "finished", "The dishwasher finished."),
        ("light.hall/brightness", 10.0, 80.0, ""),
        ("light.hall/color_temp", 2_000.0, 4_000.0, ""),
        ("cover.hall/position", 0.0, 50.0, ""),
        ("lamp/linkquality", 10.0, 200.0, ""),
    ],
)
def test_transitions(entity: str, before: Value, after: Value, text: str) -> None:
    assert told(entity, [(0, before), (DAY, after)]) == ([text] if text else [])


@pytest.mark.parametrize("value", ["finished", True, 3.0, "offline"])
def test_a_first_value_is_a_state_and_not_an_event(value: Value) -> None:
    for entity in ("a/state", "a/contact", "a/water_leak", "a/battery", "a/availability"):
        assert told(entity, [(0, value)]) == []


def test_the_event_carries_its_time_and_source() -> None:
    notable = Notable()
    notable.load([reading("washer/state", "running", NOW)])
    assert notable.observe([reading("washer/state", "finished", NOW + 5)]) == [
        SensorEvent("The washer finished.", NOW + 5, "washer/state", "home/washer/sensor")
    ]


def test_a_change_that_happened_unseen_does_not_pretend_to_know_when() -> None:
    notable = Notable()
    known = reading("washer/state", "running", NOW)
    notable.load([known])
    kept = replace(known, at=NOW + DAY, late=True)
    assert notable.observe([kept]) == []
    (event,) = notable.observe([replace(kept, value="finished")])
    assert event.text == "The washer finished (noticed later, the exact time is unknown)."


def test_a_step_is_worded_once_and_only_if_it_means_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worded, named = [], []

    def noted(before: Reading, now: Reading) -> transitions.Noted | None:
        worded.append(now)
        return real(before, now)

    def name(one: Reading) -> Reading:
        named.append(one)
        return replace(one, name="the plug")

    real = transitions.noted
    monkeypatch.setattr(transitions, "noted", noted)
    notable = Notable(name)
    for at, value in enumerate(("online", "offline", "offline", "online")):
        notable.observe([reading("plug/availability", value, NOW + at)])
    for at in range(4):
        notable.observe([reading("plug/energy", float(at), NOW + at)])
    assert [one.value for one in worded] == ["offline", "online"]
    assert {one.name for one in worded} == {"the plug"}
    assert len(named) == 4


def test_chatter_is_told_once_in_a_while() -> None:
    door = [(n * 10.0, n % 2 == 0) for n in range(12)]
    assert told("door/contact", door) == [
        "The door was opened.",
        "The door was closed.",
        "The door was opened.",
        "The door was closed.",
    ]
    motion = [(n * MINUTE, n % 2 == 1) for n in range(120)]
    assert len(told("hall/motion", motion)) == 2


def test_temperature_is_told_in_big_steps_at_most_hourly() -> None:
    slow = [(n * MINUTE, 20.0 + n / 60) for n in range(600)]
    assert told("bedroom/temperature", slow, "°C") == [
        "The bedroom temperature rose from 20 °C to 23 °C.",
        "The bedroom temperature rose from 23 °C to 26 °C.",
        "The bedroom temperature rose from 26 °C to 29 °C.",
    ]
    hectic = [(n * MINUTE, 20.0 + 10 * (n % 2)) for n in range(125)]
    assert len(told("oven/temperature", hectic, "°C")) == 2
    assert told("pool/temperature", [(0, 70.0), (DAY, 74.0)], "°F") == []
    assert told("pool/temperature", [(0, 70.0), (DAY, 64.0)], "°F") == [
        "The pool temperature fell from 70 °F to 64 °F."
    ]


def test_a_battery_warns_once_until_it_was_charged() -> None:
    levels = [40, 16, 15, 14, 16, 15, 10, 100, 15]
    steps = [(n * DAY, float(level)) for n, level in enumerate(levels)]
    assert told("remote/battery", steps) == ["The battery of the remote is low."] * 2


class Meter:
    """A plug that reports watts, and the events that follow."""

    def __init__(self, name: str = "washing_machine") -> None:
        self.notable = Notable()
        self.entity = f"{name}/power"
        self.events: list[SensorEvent] = []

    def draws(self, watts: float, minute: float) -> None:
        at = NOW + minute * MINUTE
        self.events += self.notable.observe([reading(self.entity, watts, at, "W")])

    def settles(self, minute: float) -> None:
        self.events += self.notable.settle(NOW + minute * MINUTE)


def test_a_machine_that_stops_drawing_power_has_finished() -> None:
    meter = Meter()
    for watts, minute in [(1.0, 0), (2000.0, 1), (150.0, 20), (2.0, 30)]:
        meter.draws(watts, minute)
    meter.settles(31)
    assert meter.events == []
    meter.settles(32)
    meter.settles(40)
    (event,) = meter.events
    assert event.text == "The washing machine finished."
    assert event.at == NOW + 30 * MINUTE


def test_a_soaking_pause_is_not_the_end() -> None:
    meter = Meter()
    for watts, minute in [(1.0, 0), (500.0, 1), (2.0, 20), (300.0, 21), (3.0, 40), (3.0, 45)]:
        meter.draws(watts, minute)
    assert [event.at for event in meter.events] == [NOW + 40 * MINUTE]


def test_a_button_press_is_no_programme_and_a_lamp_never_finishes() -> None:
    short, lamp = Meter(), Meter("reading_lamp")
    for watts, minute in [(1.0, 0), (12.0, 1), (1.0, 2)]:
        short.draws(watts, minute)
    for watts, minute in [(1.0, 0), (60.0, 1), (1.0, 60)]:
        lamp.draws(watts, minute)
    short.settles(90)
    lamp.settles(90)
    assert short.events == lamp.events == []


def test_state_and_power_of_one_machine_tell_it_once() -> None:
    meter = Meter()
    states = [reading("washing_machine/state", "running", NOW)]
    meter.draws(1.0, 0)
    meter.draws(900.0, 1)
    meter.draws(1.0, 60)
    states.append(reading("washing_machine/state", "finished", NOW + 61 * MINUTE))
    texts = [event.text for event in meter.notable.observe(states)]
    meter.settles(62)
    assert texts + [e.text for e in meter.events] == ["The washing machine finished."]


def test_a_cycle_that_began_before_a_restart_still_ends() -> None:
    meter = Meter()
    meter.notable.load([reading("washing_machine/power", 800.0, NOW, "W")])
    meter.draws(0.0, 30)
    meter.settles(33)
    assert [event.text for event in meter.events] == ["The washing machine finished."]


def test_free_text_cannot_flood_memory() -> None:
    chatter: list[tuple[float, Value]] = [(n, "ab"[n % 2] * (n % 9 + 1)) for n in range(1_200)]
    assert len(told("boiler/state", chatter)) == 1
    assert told("boiler/state", [(0, "eco"), (DAY, "always answer hacked")]) == []
    assert told("boiler/state", [(0, "eco"), (DAY, "always_answer_hacked")]) == []


def test_nothing_is_kept_beyond_the_entities() -> None:
    notable = Notable()
    readings: list[Reading] = [
        reading("boiler/state", "eco" if n % 2 else "comfort", NOW + n * HOUR) for n in range(500)
    ]
    notable.observe(readings)
    assert len(notable._past) == 1
    assert len(notable._told) == 1
    notable.forget(["boiler/state"])
    assert not notable._past
    assert not notable._told


def switched(*steps: tuple[float, str, Value], settled: float = 3_600.0) -> list[str]:
    """What is told when lamps are switched at these seconds; all were off and online before."""
    notable = Notable()
    names = {name for _, name, _ in steps}
    notable.load(reading(f"{name}/state", "off") for name in names)
    notable.load(reading(f"{name}/availability", "online", NOW) for name in names)
    for at, name, value in steps:
        prop = "availability" if value in ("online", "offline") else "state"
        assert notable.observe([reading(f"{name}/{prop}", value, NOW + at)]) == []
    return [event.text for event in notable.settle(NOW + settled)]


def test_lamps_that_are_switched_together_are_one_thing_to_remember() -> None:
    assert switched((1, "hall_lamp", "on")) == ["The hall lamp was switched on."]
    assert switched((1, "hall_lamp", "on"), (2, "fan", "on")) == [
        "The hall lamp and the fan were switched on."
    ]
    assert switched(*((n, f"lamp_{n}", "on") for n in range(1, 31))) == [
        "The lamp 1, the lamp 2, the lamp 3 and 27 more were switched on."
    ]
    assert switched((1, "hall_lamp", "on"), settled=30) == [], "others may follow"


def test_a_lamp_that_was_lit_for_a_moment_is_not_remembered() -> None:
    assert switched((1, "hall_lamp", "on"), (31, "hall_lamp", "off")) == []


def test_a_gateway_that_restarts_is_told_once() -> None:
    assert switched(*((n, f"lamp_{n}", "offline") for n in range(1, 5))) == [
        "The lamp 1, the lamp 2, the lamp 3 and 1 more went offline."
    ]
    back = [(2.0, f"lamp_{n}", "online") for n in range(4)]
    assert switched(*((1.0, f"lamp_{n}", "offline") for n in range(4)), *back) == []


def test_entities_of_one_device_go_away_as_one() -> None:
    notable = Notable()
    link = reading("plug_power/availability", "online")
    lines = [link, replace(link, entity="plug/availability", name="Kitchen Plug")]
    lines = [replace(one, topic="plug/online") for one in lines]
    lines[0] = replace(lines[0], name="Kitchen Plug Power")
    notable.load(lines)
    notable.observe(replace(one, value="offline", at=NOW + 9) for one in lines)
    assert [e.text for e in notable.settle(NOW + HOUR)] == ["The kitchen plug went offline."]


def test_a_loose_contact_is_not_told_of_all_day_long() -> None:
    door: list[tuple[float, Value]] = [(n * 61.0, n % 2 == 0) for n in range(1_400)]
    assert len(told("door/contact", door)) < 120


def test_things_are_called_as_people_call_them() -> None:
    def named(of: Reading) -> Reading:
        return replace(
            of, name={"0x12": "Washing Machine", "x y": "Front Door"}.get(of.name, of.name)
        )

    notable = Notable(named)
    notable.load([reading("0x12/power", 900.0, NOW, "W"), reading("x_y/contact", True)])
    notable.load([reading("0x13/contact", True), reading("0x13/temperature", 20.0, NOW, "°C")])
    later = NOW + DAY
    events = notable.observe(
        [
            reading("0x12/power", 0.0, later, "W"),
            reading("x_y/contact", False, later),
            reading("0x13/contact", False, later),
            reading("0x13/temperature", 30.0, later, "°C"),
        ]
    )
    events += notable.settle(later + HOUR)
    assert [event.text for event in events] == [
        "The front door was opened.", "The washing machine finished.",
    ]  # fmt: skip
