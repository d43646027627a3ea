"""How much of a day in a large house is worth remembering."""

import random
from collections.abc import Iterator
from itertools import groupby

from sensors.events import Reading, SensorEvent, Value
from sensors.notable import Notable
from tests.sensors.test_house import NOW

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
SETTLE = 15.0
"""Seconds between calls of `Notable.settle`, as in daemon/sensing.py."""

Row = tuple[float, str, str, str, Value, str]
"""Second of the day, key, name, quantity, value, unit."""


class Day:
    """A day of a house of 15 rooms with 20 entities each."""

    def __init__(self) -> None:
        self._random = random.Random(7)
        self.rows: list[Row] = []
        for room in range(15):
            self._room(f"room {room}")
        self._machines()

    def _room(self, room: str) -> None:
        for number in range(4):
            self._toggles(f"light.{room}.{number}", f"{room} lamp {number}", 8, 40 * MINUTE)
        for number in range(3):
            self._toggles(f"switch.{room}.{number}", f"{room} plug {number}", 3, 2 * HOUR)
        for number in range(2):
            self._toggles(f"cover.{room}.{number}", f"{room} blind {number}", 1, 9 * HOUR, "open")
        for number in range(2):
            self._opens(f"binary_sensor.{room}.w{number}", f"{room} window {number}", 2)
        self._moves(f"binary_sensor.{room}.m", f"{room} motion", 30)
        self._toggles(f"media_player.{room}", f"{room} speaker", 3, HOUR, "playing")
        for quantity, unit, mean, swing in (
            ("temperature", "°C", 20.0, 2.5), ("humidity", "%", 45.0, 10.0),
            ("power", "W", 60.0, 50.0), ("illuminance", "lx", 300.0, 300.0),
            ("linkquality", "", 120.0, 60.0), ("battery", "%", 70.0, 1.0),
        ):  # fmt: skip
            self._swings(f"sensor.{room}.{quantity}", f"{room} {quantity}", quantity, unit,
                         mean, swing)  # fmt: skip
        self._toggles(f"climate.{room}", f"{room} thermostat", 2, 4 * HOUR, "heat")

    def _machines(self) -> None:
        for name in ("washing machine", "dryer", "dishwasher"):
            self.rows += [
                (9 * HOUR, f"sensor.{name}", name, "state", "running", ""),
                (10 * HOUR, f"sensor.{name}", name, "state", "finished", ""),
            ]
        for device in range(100):  # a gateway that restarts twice
            for at, says in ((0, "online"), (3, "offline"), (3.1, "online"), (20, "offline"),
                             (20.1, "online")):  # fmt: skip
                key = f"light.z{device}/availability"
                self.rows.append((at * HOUR, key, f"lamp {device}", "availability", says, ""))

    def _at(self) -> float:
        """Any time at which people are awake."""
        return self._random.uniform(6.5 * HOUR, 23 * HOUR)

    def _toggles(self, key: str, name: str, times: int, last: float, on: str = "on") -> None:
        off = "closed" if on == "open" else "off"
        self.rows.append((0.0, f"{key}/state", name, "state", off, ""))
        for at in (self._at() for _ in range(times)):
            off_at = at + self._random.uniform(0.2, 1.0) * last
            self.rows += [
                (at, f"{key}/state", name, "state", on, ""),
                (at + 1, f"{key}/brightness", name, "brightness", self._random.random(), ""),
                (off_at, f"{key}/state", name, "state", off, ""),
            ]

    def _opens(self, key: str, name: str, times: int) -> None:
        self.rows.append((0.0, f"{key}/state", name, "opening", "off", ""))
        for at in (self._at() for _ in range(times)):
            self.rows.append((at, f"{key}/state", name, "opening", "on", ""))
            self.rows.append((at + 10 * MINUTE, f"{key}/state", name, "opening", "off", ""))

    def _moves(self, key: str, name: str, times: int) -> None:
        self.rows.append((0.0, f"{key}/state", name, "motion", "off", ""))
        for at in (self._at() for _ in range(times)):
            self.rows.append((at, f"{key}/state", name, "motion", "on", ""))
            self.rows.append((at + 90, f"{key}/state", name, "motion", "off", ""))

    def _swings(  # noqa: PLR0917 - a table's row
        self, key: str, name: str, quantity: str, unit: str, mean: float, swing: float
    ) -> None:
        for hour in range(24):
            value = mean + swing * (1 - abs(hour - 14) / 7) + self._random.uniform(-0.3, 0.3)
            self.rows.append((hour * HOUR, f"{key}/state", name, quantity, value, unit))

    def told(self) -> Iterator[SensorEvent]:
        notable = Notable()
        for tick, rows in groupby(sorted(self.rows), key=lambda row: int(row[0] // SETTLE)):
            for at, key, name, quantity, value, unit in rows:
                yield from notable.observe(
                    [Reading(key, name, quantity, value, unit, NOW + at, key)]
                )
            yield from notable.settle(NOW + (tick + 1) * SETTLE)


def test_a_day_of_three_hundred_entities_is_not_a_flood() -> None:
    day = Day()
    assert len({row[1].partition("/")[0] for row in day.rows}) > 300
    told = list(day.told())

    assert 100 < len(told) < 400
    assert sum("window" in event.text for event in told) > 100, "what people ask for is all there"
    assert sum("finished" in event.text for event in told) == 3
    assert sum("back online" in event.text for event in told) <= 2
