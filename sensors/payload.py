"""Bytes from the network become plain values, or a counted reason why not.

Nothing in here trusts its input: whoever can write to the broker can write anything. What text
may survive is said in sensors/phrases.py.
"""

import json
import math
import re
from collections.abc import Mapping
from enum import StrEnum

from sensors import phrases
from sensors.events import Value

_LARGEST = 1e12
"""Nothing in a house measures more; such a number is a fault of the sender."""

_NUMBER = re.compile(r"[-+]?[0-9]{1,16}(\.[0-9]{1,16})?([eE][-+]?[0-9]{1,3})?")


class Refusal(StrEnum):
    """Why a message, or a value in it, gave no reading."""

    TOO_LARGE = "too large"
    BINARY = "not UTF-8"
    EMPTY = "empty"
    MALFORMED = "malformed JSON"
    TOO_DEEP = "nested too deeply"
    NOT_A_FACT = "neither a number nor a short text"
    NOT_A_NUMBER = "no number where something is measured"
    NO_READINGS = "no usable property"
    UNKNOWN_TOPIC = "topic not subscribed"
    BAD_PROPERTY = "property is no usable name"
    BAD_TOPIC = "topic is no usable name"
    NOT_A_SENSOR = "command or bridge traffic"


class Refused(Exception):
    """A message gives no reading.

    Attributes:
        reason: for the counters.
    """

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


def parsed(payload: bytes, limit: int) -> Mapping[str, object] | Value:
    """A JSON object, or a single value.

    Args:
        payload: as received.
        limit: bytes; a longer payload is not looked at.

    Raises:
        Refused: it is neither.
    """
    if len(payload) > limit:
        raise Refused(Refusal.TOO_LARGE)
    try:
        text = payload.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise Refused(Refusal.BINARY) from None
    if not text:
        raise Refused(Refusal.EMPTY)
    document = _document(text)
    if isinstance(document, dict):
        return document
    value = plain(document)
    if value is None:
        raise Refused(Refusal.NOT_A_FACT)
    return value


def plain(raw: object) -> Value | None:
    """A single value that people can use, or None."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        return phrases.state(raw) if not _NUMBER.fullmatch(raw.strip()) else _sane(float(raw))
    return _sane(raw) if isinstance(raw, float) else None


def _sane(number: float) -> float | None:
    return number if math.isfinite(number) and abs(number) <= _LARGEST else None


def _document(text: str) -> object:
    """JSON if it is, the text itself if it does not even look like JSON."""
    try:
        return _JSON.decode(text)
    except RecursionError:
        raise Refused(Refusal.TOO_DEEP) from None
    except ValueError:
        if text[0] in '{["':
            raise Refused(Refusal.MALFORMED) from None
        return text


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Two parsers may read a repeated key differently, so nobody should act on one."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Refused(Refusal.MALFORMED)
    return fields


_JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_int=float, parse_constant=lambda _: None)
"""Integers become floats at once: a thousand digits cost nothing and end as infinity."""
