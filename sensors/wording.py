"""Readings as people say them."""

from functools import lru_cache

from sensors import times
from sensors.events import Reading, Value
from sensors.quantities import QUANTITIES, settled

_SELF_EVIDENT = ("state", "value", "contact", "opening", "lock", "running")
"""Quantities that add nothing to the name: "washing machine: running", "front door: open"."""


def age(reading: Reading, now: float) -> str:
    """How old it is, as far as that is known."""
    return "last known, time unknown" if reading.late else times.ago(now - reading.at)


# A gateway that goes takes a thousand things with it, which all have to be called something.
@lru_cache(maxsize=4_096)
def called(name: str) -> str:
    """A name within a sentence: "Kitchen Ceiling" is "kitchen ceiling", a "TV" stays one."""
    return " ".join(word.lower() if word.istitle() else word for word in name.split())


def subject(reading: Reading) -> str:
    """The thing and what of it: "bedroom temperature", "washing machine"."""
    words = reading.name.lower().split()
    redundant = reading.quantity in _SELF_EVIDENT or reading.quantity.split()[-1] in words
    return reading.name if redundant else f"{reading.name} {reading.quantity}"


def measured(reading: Reading) -> str:
    """The value with its unit: "21.5 °C", "40 %", "closed"."""
    text = value(reading.quantity, reading.value)
    return f"{text} {reading.unit}" if reading.unit else text


def value(quantity: str, raw: Value) -> str:
    """A value without its unit; numbers with two decimals at the most."""
    raw = settled(quantity, raw) if isinstance(raw, str) else raw
    if isinstance(raw, bool):
        words = QUANTITIES.get(quantity)
        yes, no = (words.true, words.false) if words and words.true else ("yes", "no")
        return yes if raw else no
    if isinstance(raw, str):
        return raw
    return f"{raw:.2f}".rstrip("0").rstrip(".")
