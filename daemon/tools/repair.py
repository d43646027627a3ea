"""Arguments that mean the right thing and are written the wrong way: mended, never guessed.

A small model writes "twenty one" for 21, "50 %" for 50, "five minutes" for 300, "Light Blue" for
"lightblue". Each of these has one meaning under the schema, so it is put right; whatever has two,
or none, stays as it is and is refused with a reason. Nothing that already fits is touched, and
nothing with a value is left out: an argument that a tool does not know ("except": "kitchen") may
be the whole point of the call.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from pydantic.color import COLORS_BY_NAME
from unicode_rbnf import RbnfEngine

Fits = Callable[[Any, Mapping[str, Any]], bool]
"""Whether a value fits a schema."""

_TRUE: Final = frozenset({"true", "yes", "on"})
_FALSE: Final = frozenset({"false", "no", "off"})
_EMPTY: Final[tuple[object, ...]] = (None, "", [], {})
_SPELLED: Final = 1_000
"""Numbers below it are known as words."""

_UNITS: Final = {
    "hour": 3600,
    "hr": 3600,
    "h": 3600,
    "minute": 60,
    "min": 60,
    "second": 1,
    "sec": 1,
    "s": 1,
}
_PART: Final = re.compile(r"(.+?)\s*\b(hour|hr|h|minute|min|second|sec|s)s?\b", re.ASCII)
_SEAM: Final = re.compile(r"(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)")
_ISO: Final = re.compile(r"pt(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_NUMBER: Final = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_HEX: Final = re.compile(r"#[0-9a-f]{6}", re.ASCII)
_PERCENT: Final = re.compile(r"(.+?)\s*(?:%|per ?cent|prozent|pour cent|por ciento)")


def is_colour(value: object) -> bool:
    """Whether a value is a colour as tools expect it: a CSS name, or "#rrggbb"."""
    return isinstance(value, str) and (value in COLORS_BY_NAME or bool(_HEX.fullmatch(value)))


def repaired(value: Any, schema: Mapping[str, Any], fits: Fits, language: str = "en") -> Any:
    """The value as the schema wants it, or unchanged when nothing unambiguous makes it fit.

    Args:
        value: JSON.
        schema: of the value; without references.
        fits: tells whether a value fits.
        language: ISO 639-1, of number words.
    """
    if isinstance(value, Mapping) and "properties" in schema:
        value = _members(value, schema, fits, language)
    if fits(value, schema):
        return value
    for candidate in _candidates(value, schema, fits, language):
        if fits(candidate, schema):
            return candidate
    return value


def number(text: str, language: str = "en") -> int | float | None:
    """What digits or number words mean; None when they are neither.

    "21", "-3.5", "twenty one", "minus three", "twenty one point five". A comma is left alone: it
    parts thousands in one language and decimals in another.
    """
    words = " ".join(text.casefold().replace("-", " ").split()) if text[:1].isalpha() else text
    if _NUMBER.fullmatch(words.strip()):
        return _plain(float(words))
    if words.startswith("minus "):
        positive = number(words.removeprefix("minus "), language)
        return None if positive is None else -positive
    whole, point, decimals = words.partition(" point ")
    spelled = _spelled(language)
    found = spelled.get(_squeezed(whole))
    digits = [spelled.get(word, 10) for word in decimals.split()]
    if found is None or not point:
        return found
    if not digits or max(digits) > 9:
        return None
    return float(f"{found}.{''.join(map(str, digits))}")


def seconds(text: str, language: str = "en") -> int | float | None:
    """How long a duration is: "five minutes", "1 h 30 min", "half an hour", "PT5M"."""
    words = _SEAM.sub(" ", " ".join(text.casefold().replace(",", " ").split()))
    iso = _ISO.fullmatch(words.replace(" ", ""))
    if iso and any(iso.groups()):
        return sum(int(n or 0) * s for n, s in zip(iso.groups(), (3600, 60, 1), strict=True))
    total: float = 0.0
    end = 0
    for part in _PART.finditer(words):
        amount = _amount(part[1].strip().removeprefix("and ").strip(), language)
        if amount is None:
            return None
        total += amount * _UNITS[part[2]]
        end = part.end()
    return _plain(total) if end and end == len(words) else None


def _amount(words: str, language: str) -> float | None:
    if words in {"a", "an"}:
        return 1
    return 0.5 if words in {"half a", "half an"} else number(words, language)


def _members(
    value: Mapping[str, Any], schema: Mapping[str, Any], fits: Fits, language: str
) -> dict[str, Any]:
    """The object with its keys as they are spelled and its members repaired."""
    known: Mapping[str, Any] = schema["properties"]
    names = {_squeezed(name): name for name in known}
    required = schema.get("required", ())
    mended: dict[str, Any] = {}
    for key, member in value.items():
        name = key if key in known else names.get(_squeezed(key), key)
        # Given twice in two spellings: which one was meant?
        name = key if name in mended or (name != key and name in value) else name
        if name not in known:
            if member not in _EMPTY or schema.get("additionalProperties", True) is not False:
                mended[name] = member
        elif member is not None or name in required or fits(None, known[name]):
            mended[name] = repaired(member, known[name], fits, language)
    return mended


def _candidates(value: Any, schema: Mapping[str, Any], fits: Fits, language: str) -> Iterator[Any]:
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield repaired(value, choice, fits, language)
    choices = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])]
    alike = [c for c in choices if isinstance(value, str) and _squeezed(str(c)) == _squeezed(value)]
    if choices:
        # Two choices that differ only in case are told apart by nothing else.
        yield from alike if len(alike) == 1 else ()
        return
    types = schema.get("type", ())
    for kind in (types,) if isinstance(types, str) else types:
        yield from _MENDERS.get(kind, _as_it_is)(value, schema, fits, language)
    if isinstance(value, list) and len(value) == 1:
        yield repaired(value[0], schema, fits, language)


def _as_number(value: Any, schema: Mapping[str, Any], _: Fits, language: str) -> Iterator[Any]:
    if not isinstance(value, str):
        return
    if schema.get("format") in {"seconds", "duration"}:
        yield seconds(value, language)
    if schema.get("format") == "percent" or schema.get("maximum") == 100:
        percent = _PERCENT.fullmatch(value.strip().casefold())
        yield number(percent[1], language) if percent else None
    yield number(value.strip(), language)


def _as_boolean(value: Any, _: Mapping[str, Any], __: Fits, ___: str) -> Iterator[Any]:
    if isinstance(value, str):
        word = value.strip().casefold()
        yield from [True] if word in _TRUE else [False] if word in _FALSE else []


def _as_string(value: Any, schema: Mapping[str, Any], _: Fits, __: str) -> Iterator[Any]:
    if isinstance(value, str):
        yield value.strip()
        if schema.get("format") == "color" and is_colour(_squeezed(value)):
            yield _squeezed(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(_plain(value))


def _as_array(value: Any, schema: Mapping[str, Any], fits: Fits, language: str) -> Iterator[Any]:
    yield from _parsed(value)
    items = schema.get("items", {})
    members = value if isinstance(value, list) else [value]
    yield [repaired(member, items, fits, language) for member in members]


def _as_object(value: Any, schema: Mapping[str, Any], fits: Fits, language: str) -> Iterator[Any]:
    for parsed in _parsed(value):
        yield repaired(parsed, schema, fits, language) if isinstance(parsed, dict) else parsed


def _as_it_is(value: Any, _: Mapping[str, Any], __: Fits, ___: str) -> Iterator[Any]:
    yield value


_MENDERS: Final = {
    "number": _as_number,
    "integer": _as_number,
    "boolean": _as_boolean,
    "string": _as_string,
    "array": _as_array,
    "object": _as_object,
}


def _parsed(value: Any) -> Iterator[Any]:
    """JSON inside a string, which small models write where an object is wanted."""
    if isinstance(value, str) and value.lstrip()[:1] in {"[", "{"}:
        try:
            yield json.loads(value)
        except (ValueError, RecursionError):
            return


def _plain(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _squeezed(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text.casefold())


@cache
def _spelled(language: str) -> dict[str, int]:
    """Numbers by their words without spaces and hyphens, in all grammatical forms."""
    try:
        engine = RbnfEngine.for_language(language)
    except ValueError:
        return _spelled("en")
    spelled: dict[str, int] = {}
    for value in range(_SPELLED):
        for words in engine.format_number(value).text_by_ruleset.values():
            spelled.setdefault(_squeezed(words), value)
            if value > 100 and value % 100 and language == "en":
                spelled.setdefault(_squeezed(words.replace("hundred", "hundred and")), value)
    return spelled
