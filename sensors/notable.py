"""Which changes are worth remembering: what somebody may ask about tomorrow.

Fed with every reading that the house accepted, in order; asks no clock. A first value is a state,
not an event, so what the broker retained says nothing unless it differs from what was known.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sensors import transitions, wording
from sensors.allowance import Allowance
from sensors.appliance import Cycle, is_machine
from sensors.events import Reading, SensorEvent
from sensors.gathering import Gathering, Waiting, sentence
from sensors.transitions import HOUR, MINUTE, Noted

_STEP = {"°C": 3.0, "K": 3.0, "°F": 5.4}
"""Degrees since the last remembered temperature; people notice about three degrees Celsius."""

_LOW, _CHARGED = 15.0, 30.0
"""Battery %: warned of below the first, armed again above the second."""

_SMALL = 12, 20 * MINUTE
"""What is hardly ever asked for, of each sort: so many at once, and three more every hour."""

_OFTEN = 10, 15 * MINUTE
"""The same of one thing, whatever it tells: a loose contact opens its door all day long."""


@dataclass(slots=True)
class _Past:
    """What has to be known of an entity.

    Attributes:
        latest: the last reading.
        remembered: the last temperature that was told.
        armed: whether a low battery would be told.
        cycle: of a machine's power.
        allowance: of what may still be told of it.
    """

    latest: Reading
    remembered: Reading
    armed: bool = True
    cycle: Cycle = field(default_factory=Cycle)
    allowance: Allowance = field(default_factory=lambda: Allowance(*_OFTEN))


class Notable:
    """Turns readings into events; belongs to one task. As large as the house that feeds it.

    Small changes, such as of lamps, wait for others of their kind and are told by `settle`, as one.
    """

    def __init__(self, named: Callable[[Reading], Reading] = lambda reading: reading) -> None:
        """Make one that knows nothing.

        Args:
            named: puts the name into a reading that people have for the thing.
        """
        self._named = named
        self._past: dict[str, _Past] = {}
        self._told: dict[tuple[str, str], float] = {}
        self._gathering = Gathering()
        self._small: dict[str, Allowance] = {}

    def load(self, readings: Iterable[Reading]) -> None:
        """Take what was known before a restart as the state to compare with."""
        self.observe(readings)

    def observe(self, readings: Iterable[Reading]) -> list[SensorEvent]:
        """The events in a batch of readings, but for small ones."""
        return [event for reading in readings for event in self._step(reading)]

    def forget(self, entities: Iterable[str]) -> None:
        """These are gone: the next reading of one is a first value again."""
        for entity in entities:
            if past := self._past.pop(entity, None):
                gone = transitions.thing(self._named(past.latest))
                self._told = {key: at for key, at in self._told.items() if key[0] != gone}

    def settle(self, now: float) -> list[SensorEvent]:
        """Events that only the passing of time makes certain; call a few times a minute.

        Args:
            now: Unix seconds.
        """
        ended = [event for past in self._past.values() for event in self._ended(past, now)]
        return ended + [event for group in self._gathering.due(now) for event in self._all(group)]

    def _step(self, now: Reading) -> list[SensorEvent]:
        past = self._past.get(now.entity)
        if past is None:
            past = self._past[now.entity] = _Past(now, remembered=now)
            self._measure(past, now)
            return []
        events = self._ended(past, now.at)
        noted = self._transition(past.latest, now) or self._measure(past, now)
        past.latest = now
        if noted is None:
            return events
        named = self._named(now)
        if named.name.startswith("0x"):
            return events
        if noted.many:
            self._gathering.add(noted, named, now.at)
            return events
        return events + self._tell(noted, named, now.at)

    def _transition(self, before: Reading, now: Reading) -> Noted | None:
        """What a step means; asks for names only if it may mean something, which is rare."""
        if not transitions.may_be_noted(before, now):
            return None
        return transitions.noted(before, self._named(now))

    def _measure(self, past: _Past, now: Reading) -> Noted | None:
        """What a number means beside the numbers before it."""
        if not isinstance(now.value, float):
            return None
        if now.quantity == "temperature":
            return self._temperature(past, now)
        if now.quantity == "battery":
            is_low = _is_low(past, now.value)
            return transitions.battery_is_low(self._named(now)) if is_low else None
        if now.quantity == "power":
            past.cycle.draws(now.value * (1_000 if now.unit == "kW" else 1), now.at)
        return None

    def _temperature(self, past: _Past, now: Reading) -> Noted | None:
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
        subject = wording.subject(self._named(now))
        return Noted("temperature", f"The {wording.called(subject)} {way} {span}.", is_small=True)

    def _ended(self, past: _Past, now: float) -> list[SensorEvent]:
        at = past.cycle.finished(now)
        if at is None:
            return []
        named = self._named(past.latest)
        return self._tell(transitions.finished(named), named, at) if is_machine(named.name) else []

    def _all(self, changes: list[Waiting]) -> list[SensorEvent]:
        """One event for changes of one kind, but for those that were told a short while ago."""
        news = [one for one in changes if self._is_news(one.noted, one.reading, one.at)]
        if not news or not self._may_be_told(news[0].noted, news[0].at):
            return []
        return [_event(sentence(news), news[0].reading, min(one.at for one in news))]

    def _tell(self, noted: Noted, reading: Reading, at: float) -> list[SensorEvent]:
        """The event, unless its like was told of this thing a short while ago."""
        is_told = self._is_news(noted, reading, at) and self._may_be_told(noted, at)
        return [_event(noted.text, reading, at)] if is_told else []

    def _may_be_told(self, noted: Noted, at: float) -> bool:
        if not noted.is_small:
            return True
        return self._small.setdefault(noted.sort or noted.kind, Allowance(*_SMALL)).take(at)

    def _is_news(self, noted: Noted, reading: Reading, at: float) -> bool:
        key = (transitions.thing(reading), noted.kind)
        # The distance: a clock that was set back must not silence a thing until it has caught up.
        if key in self._told and abs(at - self._told[key]) < noted.rest:
            return False
        past = self._past.get(reading.entity)
        if past is not None and not past.allowance.take(at):
            return False
        self._told[key] = at
        return True


def _event(text: str, reading: Reading, at: float) -> SensorEvent:
    if reading.late:
        text = text.removesuffix(".") + " (noticed later, the exact time is unknown)."
    return SensorEvent(text, at, reading.entity, reading.topic)


def _is_low(past: _Past, percent: float) -> bool:
    """Whether a battery is to be warned of now."""
    was_armed = past.armed
    past.armed = percent > _LOW and (was_armed or percent >= _CHARGED)
    return was_armed and percent <= _LOW
