"""What a message says about the house.

Payloads are understood in three forms: a JSON object of properties, a JSON object
{"type", "value", "unit"}, or one plain value, possibly with its unit ("21.5 °C").
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sensors import payload as payloads
from sensors import phrases, quantities, times
from sensors.events import Reading, Value
from sensors.payload import Refusal, Refused
from sensors.phrases import spoken
from sensors.things import Thing, thing

MAX_PAYLOAD = 65_536
"""Bytes; zigbee2mqtt's largest device messages stay under 4 KiB."""

MAX_READINGS = 32
"""Readings from one message; a thermostat with everything exposed has about 25 properties."""

_LONGEST_KEY = 4 * phrases.MAX_NAME
"""Characters; nothing longer is a name."""

_PROPERTY = re.compile(r"[a-z][a-z0-9 ]*")
_NUMBER_UNIT = re.compile(r"([-+]?[0-9]{1,16}(?:\.[0-9]{1,16})?) ?([^\s0-9]\S{0,7})")

_ABOUT = frozenset(times.KEYS) | {"unit", "unit_of_measurement", "name", "device", "id", "type"}
"""Keys of an object that speak of the message, not of the house."""


@dataclass(frozen=True, slots=True)
class _Fact:
    prop: str
    value: Value
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of one message.

    Attributes:
        readings: MAX_READINGS at the most.
        refused: why there are none, or once for each value that is missing among them.
    """

    readings: list[Reading] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Decoder:
    """Turns messages into readings; has no state and never raises.

    Attributes:
        filters: MQTT topic filters; the first that matches a topic names the thing.
        max_payload: bytes; longer messages are refused unread.
    """

    filters: Sequence[str]
    max_payload: int = MAX_PAYLOAD

    def decode(
        self, topic: str, payload: bytes, received_at: float, *, late: bool = False
    ) -> Decoded:
        """The readings of one message and what was refused in it.

        Args:
            topic: as received.
            payload: as received.
            received_at: Unix seconds; the readings' time unless the payload has a sane one.
            late: the broker had kept the message; see Reading.late.
        """
        try:
            of = thing(topic, self.filters)
            content = payloads.parsed(payload, self.max_payload)
        except Refused as refused:
            return Decoded(refused=[refused.reason])
        fields = content if isinstance(content, Mapping) else {}
        found = list(_facts(fields, of) if fields else _plain(content, of.prop))
        facts = [fact for fact in found if isinstance(fact, _Fact)][:MAX_READINGS]
        refusals = [refusal for refusal in found if isinstance(refusal, Refusal)]
        stated = times.stated(fields, received_at)
        at, late = (received_at, late) if stated is None else (stated, False)
        readings = [_reading(of, fact, topic, at, late) for fact in facts]
        return Decoded(readings, refusals if found else [Refusal.NO_READINGS])


def _reading(of: Thing, fact: _Fact, topic: str, at: float, late: bool) -> Reading:
    quantity = quantities.canonical(fact.prop)
    entity = f"{of.device}/{fact.prop.replace(' ', '_')}"
    value = quantities.settled(quantity, fact.value)
    return Reading(entity, of.name, quantity, value, fact.unit, at, topic, late)


def _plain(content: object, prop: str) -> Iterator[_Fact | Refusal]:
    """The one fact of a plain value, named by the topic, else by its unit, else by its kind."""
    unit = ""
    if isinstance(content, str) and (match := _NUMBER_UNIT.fullmatch(content)):
        content, unit = float(match[1]), quantities.unit(match[2])
        prop = prop or quantities.measured_in(unit)
    value = payloads.plain(content)
    if value is not None:
        fallback = "value" if isinstance(value, float) else "state"
        yield _fact(_named(prop or fallback, value), value, unit)


def _facts(fields: Mapping[str, object], of: Thing) -> Iterator[_Fact | Refusal]:
    """The properties of an object that are facts about the house, and those that pretend to be."""
    alone = sum(key not in _ABOUT for key in fields) == 1
    written = _unit(fields)
    for key, raw in fields.items():
        prop = _prop(key, fields, of)
        if key not in _ABOUT and prop not in of.unwanted and _says_something(raw):
            yield _property_fact(prop, raw, written, alone=alone)


def _says_something(raw: object) -> bool:
    """Whether a property has a value of its own: not null, not a group of others, not blank."""
    return bool(raw.strip()) if isinstance(raw, str) else isinstance(raw, (bool, float))


def _property_fact(prop: str, raw: object, written: str, *, alone: bool) -> _Fact | Refusal:
    value = payloads.plain(raw)
    if not prop:
        return Refusal.BAD_PROPERTY
    if value is None:
        return Refusal.NOT_A_FACT
    prop = _named(prop, value)
    quantity = quantities.canonical(prop)
    return _fact(prop, value, written if alone or quantities.fits(quantity, written) else "")


def _fact(prop: str, value: Value, written: str) -> _Fact | Refusal:
    """A fact, unless it is a measurement without a number: "NaN", "unavailable", true."""
    quantity = quantities.canonical(prop)
    unit = quantities.chosen(quantity, written)
    if quantities.is_measured(quantity, unit) and not isinstance(value, float):
        return Refusal.NOT_A_NUMBER
    return _Fact(prop, value, unit)


def _prop(key: str, fields: Mapping[str, object], of: Thing) -> str:
    if key != "value":
        return _property(key)
    return of.prop or _property(fields.get("type")) or key


def _unit(fields: Mapping[str, object]) -> str:
    written = fields.get("unit", fields.get("unit_of_measurement"))
    return quantities.unit(written) if isinstance(written, str) else ""


def _named(prop: str, value: Value) -> str:
    """A state that says online or offline is about the radio link, not about the thing."""
    of_link = prop in ("state", "status") and str(value).lower() in ("online", "offline")
    return "availability" if of_link else prop


def _property(key: object) -> str:
    return _property_name(key) if isinstance(key, str) and len(key) <= _LONGEST_KEY else ""


@lru_cache(maxsize=1_024)
def _property_name(key: str) -> str:
    """Remembered: every message of a device has the same keys."""
    written = phrases.name(key)
    name = spoken(written).lower() if written else ""
    return name if _PROPERTY.fullmatch(name) else ""
