"""Which changes are worth remembering: what somebody may ask about tomorrow.

Fed with every reading that the house accepted, in order; asks no clock. A first value is a state,
not an event, so what the broker retained says nothing unless it differs from what was known.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sensors import transitions, wording
from sensors.appliance import Cycle, is_machine
from sensors.events import Reading, SensorEvent
from sensors.transitions import HOUR, Noted

_STEP = {"°C": 3.0, "K": 3.0, "°F": 5.4}
"""Degrees since the last remembered temperature; people notice about three degrees Celsius."""

_LOW, _CHARGED = 15.0, 30.0
"""Battery %: warned of below the first, armed again above the second."""


@dataclass(slots=True)
class _Past:
    """What has to be known of an entity.

    Attributes:
        latest: the last reading.
        remembered: the last temperature that was told.
        armed: whether a low battery would be told.
        cycle: of a machine's power.
    """

    latest: Reading
    remembered: Reading
    armed: bool = True
    cycle: Cycle = field(default_factory=Cycle)


class Notable:
    """Turns readings into events; belongs to one task. As large as the house that feeds it."""

    def __init__(self) -> None:
        self._past: dict[str, _Past] = {}
        self._told: dict[tuple[str, str], float] = {}

    def load(self, readings: Iterable[Reading]) -> None:
        """Take what was known before a restart as the state to compare with."""
        self.observe(readings)

    def observe(self, readings: Iterable[Reading]) -> list[SensorEvent]:
        """The events in a batch of readings."""
        return [event for reading in readings for event in self._step(reading)]

    def forget(self, entities: Iterable[str]) -> None:
        """These are gone: the next reading of one is a first value again."""
        for entity in entities:
            self._past.pop(entity, None)

    def settle(self, now: float) -> list[SensorEvent]:
        """Events that only the passing of time makes certain; call every minute or so.

        Args:
            now: Unix seconds.
        """
        return [event for past in self._past.values() for event in self._ended(past, now)]

    def _step(self, now: Reading) -> list[SensorEvent]:
        past = self._past.get(now.entity)
        if past is None:
            past = self._past[now.entity] = _Past(now, remembered=now)
            _measure(past, now)
            return []
        events = self._ended(past, now.at)
        noted = transitions.noted(past.latest, now) or _measure(past, now)
        past.latest = now
        return events + (self._tell(noted, now, now.at) if noted else [])

    def _ended(self, past: _Past, now: float) -> list[SensorEvent]:
        at = past.cycle.finished(now)
        return [] if at is None else self._tell(transitions.finished(past.latest), past.latest, at)

    def _tell(self, noted: Noted, reading: Reading, at: float) -> list[SensorEvent]:
        """The event, unless its like was told of this thing a short while ago."""
        key = (transitions.thing(reading), noted.kind)
        # The distance: a clock that was set back must not silence a thing until it has caught up.
        if key in self._told and abs(at - self._told[key]) < noted.rest:
            return []
        self._told[key] = at
        text = noted.text
        if reading.late:
            text = text.removesuffix(".") + " (noticed later, the exact time is unknown)."
        return [SensorEvent(text, at, reading.entity, reading.topic)]


def _measure(past: _Past, now: Reading) -> Noted | None:
    """What a number means beside the numbers before it."""
    if not isinstance(now.value, float):
        return None
    if now.quantity == "temperature":
        return _temperature(past, now)
    if now.quantity == "battery":
        return _battery(past, now.value)
    if now.quantity == "power" and is_machine(now.name):
        past.cycle.draws(now.value * (1_000 if now.unit == "kW" else 1), now.at)
    return None


def _temperature(past: _Past, now: Reading) -> Noted | None:
    old, new, step = past.remembered.value, now.value, _STEP.get(now.unit)
    if not isinstance(old, float) or not isinstance(new, float) or step is None:
        return None
    if past.remembered.unit != now.unit:
        past.remembered = now
    if abs(new - old) < step or now.at - past.remembered.at < HOUR:
        return None
    way = "rose" if new > old else "fell"
    was, past.remembered = past.remembered, now
    span = f"from {wording.measured(was)} to {wording.measured(now)}"
    return Noted("temperature", f"The {wording.subject(now)} {way} {span}.")


def _battery(past: _Past, percent: float) -> Noted | None:
    was_armed = past.armed
    past.armed = percent > _LOW and (was_armed or percent >= _CHARGED)
    return transitions.battery_is_low(past.latest) if was_armed and percent <= _LOW else None
