"""What templates of MQTT devices use of Home Assistant's own filters, tests and functions.

Named and behaving as in its documentation ("Templating"), without what needs other entities, a
clock or a file. Every one of them makes nothing much larger than what it is given.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import UndefinedError
from jinja2.filters import FILTERS
from jinja2.tests import TESTS
from jinja2.utils import Namespace

from sensors.discovery.sandbox import MAX_TEXT, TemplateRefused, concatenated
from sensors.discovery.template_patterns import (
    formatted,
    regex_findall,
    regex_findall_index,
    regex_match,
    regex_replace,
    regex_search,
)

_MAX_RANGE = 1_000
_STRFTIME = re.compile(r"(?:%-?[A-Za-z%]|[^%]){1,64}")

_MISSING: Any = object()


def to_float(value: Any, default: Any = _MISSING) -> Any:
    """`float`: a number, else the default, else an error."""
    try:
        return float(value)
    except (TypeError, ValueError, UndefinedError):
        if default is _MISSING:
            raise
        return default


def to_int(value: Any, default: Any = _MISSING, base: int = 10) -> Any:
    """`int`: a whole number, cut off towards zero; else the default, else an error."""
    try:
        if isinstance(value, str):
            return int(value, base) if base != 10 else _whole(value)
        return int(value)
    except (TypeError, ValueError, OverflowError, UndefinedError):
        if default is _MISSING:
            raise
        return default


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return int(float(text))


def to_bool(value: Any, default: Any = _MISSING) -> Any:
    """`bool`: what Home Assistant takes for yes and no."""
    word = str(value).strip().lower()
    if word in ("1", "true", "yes", "on", "enable"):
        return True
    if word in ("0", "false", "no", "off", "disable"):
        return False
    if default is _MISSING:
        raise ValueError("neither yes nor no")
    return default


def rounded(value: Any, precision: int = 0, method: str = "common", default: Any = _MISSING) -> Any:
    """`round`: to so many digits; a whole number when there are none."""
    try:
        number = float(value)
        if method == "half":
            return round(number * 2) / 2
        if method in ("ceil", "floor"):
            scale = 10.0 ** max(-30, min(30, precision))
            number = (math.ceil if method == "ceil" else math.floor)(number * scale) / scale
        else:
            number = round(number, precision)
        return int(number) if precision == 0 else number
    except (TypeError, ValueError, OverflowError, UndefinedError):
        if default is _MISSING:
            raise
        return default


def is_defined(value: Any) -> Any:
    """`is_defined`: the value, or an error where there is none."""
    if isinstance(value, Undefined):
        raise UndefinedError("not defined")
    return value


def _iif(value: Any, yes: Any = True, no: Any = False, none: Any = _MISSING) -> Any:
    if value is None and none is not _MISSING:
        return none
    return yes if value else no


def _is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except (TypeError, ValueError, UndefinedError):
        return False


def _to_json(value: Any, **_layout: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _from_json(text: str, default: Any = _MISSING) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        if default is _MISSING:
            raise
        return default


def _replaced(value: Any, old: str, new: str, count: int = -1) -> str:
    text = str(value)
    times = text.count(old) if count < 0 else min(count, text.count(old))
    if len(text) + times * len(new) > MAX_TEXT:
        raise TemplateRefused("text too long")
    return text.replace(old, new, count)


def _joined(values: Iterable[Any], between: str = "") -> str:
    parts: list[Any] = []
    for value in values:
        parts += [between, value] if parts else [value]
        if len(parts) > MAX_TEXT:
            raise TemplateRefused("list too long")
    return concatenated(*parts)


def _summed(values: Iterable[Any], start: float = 0) -> float:
    total: float = start + 0
    for value in values:
        total += value + 0  # a list would be an error here before it can grow
    return total


def _as_datetime(value: Any) -> datetime:
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError):
        moment = datetime.fromisoformat(str(value))
        return moment if moment.tzinfo else moment.astimezone()


def _as_timestamp(value: Any, default: Any = _MISSING) -> Any:
    try:
        return _as_datetime(value).timestamp()
    except (ValueError, OverflowError, OSError):
        if default is _MISSING:
            raise
        return default


def _timestamp_custom(value: Any, pattern: str = "%Y-%m-%d %H:%M:%S", local: bool = True) -> str:
    if not _STRFTIME.fullmatch(pattern):
        raise TemplateRefused("not a format of times")
    moment = _as_datetime(value)
    return (moment.astimezone() if local else moment.astimezone(UTC)).strftime(pattern)


def _timestamp_local(value: Any) -> str:
    return _as_datetime(value).astimezone().isoformat()


def _timestamp_utc(value: Any) -> str:
    return _as_datetime(value).astimezone(UTC).isoformat()


def _multiplied(value: Any, amount: float, default: Any = _MISSING) -> Any:
    try:
        return float(value) * amount
    except (TypeError, ValueError, UndefinedError):
        if default is _MISSING:
            raise
        return default


def _added(value: Any, amount: float, default: Any = _MISSING) -> Any:
    try:
        return float(value) + amount
    except (TypeError, ValueError, UndefinedError):
        if default is _MISSING:
            raise
        return default


def _limited_range(*limits: int) -> range:
    steps = range(*limits)
    if len(steps) > _MAX_RANGE:
        raise TemplateRefused("range too long")
    return steps


def _contains(container: Any, item: Any) -> bool:
    return item in container


_NUMBERS: Mapping[str, Callable[..., Any]] = {
    "float": to_float,
    "int": to_int,
    "bool": to_bool,
    "round": rounded,
    "multiply": _multiplied,
    "add": _added,
    "sqrt": lambda value: math.sqrt(float(value)),
    "log": lambda value, base=math.e: math.log(float(value), float(base)),
    "bitwise_and": lambda first, second: first & second,
    "bitwise_or": lambda first, second: first | second,
    "bitwise_xor": lambda first, second: first ^ second,
    "is_number": _is_number,
    "as_timestamp": _as_timestamp,
    "timestamp_custom": _timestamp_custom,
    "timestamp_local": _timestamp_local,
    "timestamp_utc": _timestamp_utc,
    "iif": _iif,
    "sum": _summed,
}

FILTERS_OF_OURS: Mapping[str, Callable[..., Any]] = {
    **{
        name: FILTERS[name]
        for name in (
            "abs", "capitalize", "count", "d", "default", "dictsort", "first", "items",
            "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
            "reverse", "select", "selectattr", "sort", "title", "trim", "unique", "upper",
        )
    },
    **_NUMBERS,
    "is_defined": is_defined,
    "string": concatenated,
    "to_json": _to_json,
    "tojson": _to_json,
    "from_json": _from_json,
    "replace": _replaced,
    "join": _joined,
    "format": formatted,
    "contains": _contains,
    "ord": ord,
    "regex_match": regex_match,
    "regex_search": regex_search,
    "regex_replace": regex_replace,
    "regex_findall": regex_findall,
    "regex_findall_index": regex_findall_index,
}  # fmt: skip

_TESTS: Mapping[str, Any] = TESTS

TESTS_OF_OURS: Mapping[str, Callable[..., Any]] = {
    **{name: test for name, test in _TESTS.items() if name not in ("filter", "test", "callable")},
    "is_number": _is_number,
    "match": regex_match,
    "search": regex_search,
    "contains": _contains,
}

FUNCTIONS: Mapping[str, Any] = {
    "float": to_float,
    "int": to_int,
    "bool": to_bool,
    "iif": _iif,
    "is_number": _is_number,
    "as_timestamp": _as_timestamp,
    "sqrt": _NUMBERS["sqrt"],
    "log": _NUMBERS["log"],
    "max": max,
    "min": min,
    "range": _limited_range,
    "namespace": Namespace,
    "pi": math.pi,
    "e": math.e,
}
