"""What an hour was like: extremes and mean of numbers, and how long each word held."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Final

from sensors.events import Value

HOUR: Final = 3_600.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A change.

    Attributes:
        at: Unix seconds.
        value: from then on.
        late: it had changed at an unknown time before; see Reading.late.
    """

    at: float
    value: Value
    late: bool = False


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one key.

    Attributes:
        start: Unix seconds, a multiple of 3600.
        count: changes in it; 0 for an hour in which a word went on holding.
        low: smallest number that held in it, None if none did; likewise `high`.
        mean: of the numbers, weighted with the time that each held.
        seconds: for which each word held; truth values are "true" and "false".
        last: what held at its end.
    """

    start: float
    count: int
    low: float | None
    mean: float | None
    high: float | None
    seconds: Mapping[str, float] = field(default_factory=dict)
    last: Value = ""


def start_of(at: float) -> float:
    """When the hour of a moment began."""
    return at // HOUR * HOUR


def hours(samples: Sequence[Sample], since: float, until: float) -> Iterator[Hour]:
    """Sum up the hours of [since, until) in which something changed.

    Args:
        samples: in the order of time; the first may lie before `since` and holds until the second.
        since: start of an hour.
        until: end of the last one, or now.
    """
    holding: Sample | None = None
    position = 0
    while position < len(samples):
        start = max(start_of(samples[position].at), since)
        inside = [holding] if holding else []
        while position < len(samples) and samples[position].at < start + HOUR:
            inside.append(samples[position])
            position += 1
        holding = inside[-1]
        if holding.at >= start:
            yield _hour(start, min(start + HOUR, until), inside)


def filled(sparse: Iterable[Hour], since: float, until: float) -> Iterator[Hour]:
    """With the hours between, in which a word went on holding.

    Not for numbers: nobody knows whether the sensor was still alive.

    Args:
        sparse: hours in the order of time; the first may lie before `since`.
        since: from where on hours are wanted.
        until: end of the last one, or now.
    """
    end = Hour(until, 0, None, None, None)
    for hour, following in pairwise(chain(sparse, [end])):
        if hour.start >= since:
            yield hour
        start = max(hour.start + HOUR, start_of(since))
        while start < following.start and not isinstance(hour.last, float):
            held = {_word(hour.last): min(HOUR, until - start)}
            if start >= since:
                yield Hour(start, 0, None, None, None, held, hour.last)
            start += HOUR


def _hour(start: float, end: float, samples: Sequence[Sample]) -> Hour:
    held = [Sample(max(one.at, start), one.value) for one in samples]
    seconds: dict[str, float] = {}
    numbers: list[float] = []
    weighted = weight = 0.0
    for now, then in pairwise([*held, Sample(end, 0.0)]):
        span, value = then.at - now.at, now.value
        if isinstance(value, float):
            numbers.append(value)
            weighted, weight = weighted + value * span, weight + span
        else:
            seconds[_word(value)] = seconds.get(_word(value), 0.0) + span
    low, high = (min(numbers), max(numbers)) if numbers else (None, None)
    mean = weighted / weight if weight else low
    count = sum(one.at >= start for one in samples)
    return Hour(start, count, low, mean, high, seconds, held[-1].value)


def _word(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
