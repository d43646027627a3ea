"""What a tool may be given: only what the words speak of.

A small model fills in every argument that it is shown. So it is shown few: names of the house that
the words resemble, rooms that they name, numbers and colours that they hold; for everything else
it can only point at the words themselves. Names of devices, which strangers give, thus never get
into a prompt, and a name that nobody spoke never into a call.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from importlib import resources
from typing import Any, Final

from rapidfuzz import fuzz

from daemon.tools.repair import is_colour, number
from daemon.tools.targets import AreaName, DeviceClass, FloorName, HouseView, Name
from daemon.tools.tool import Tool
from models.ports import Offer, ToolCall
from sensors.areas import Area, Floor

_OURS: Final = ("Hass", "Auricle")
"""How the names of tools begin whose arguments are spoken of; others are a stranger's."""

_ALIKE: Final = 80.0
"""Of 100: how much a word must resemble a word of a name."""

_NAMES: Final = 12
"""Names that are offered; a sentence that resembles more says nothing."""

_NUMBER_WORDS: Final = 4
"""Words that a number is made of, at the most."""

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019.][^\W_]+)*|%")
_UNITS: Final = frozenset({"hours", "minutes", "seconds"})
_NEVER: Final = frozenset({"id", "conversation_command"})
"""Arguments that only sentences and other tools fill in."""

_LIGHT: Final = "HassLightSet"
_ONLY_TELL: Final = frozenset({"sensor", "binary_sensor", "weather"})
"""Domains of what nothing can be done with."""


def _said(annotated: Any) -> str:
    return str(annotated.__metadata__[0].description)


_DEVICE, _AREA, _FLOOR, _CLASS = map(_said, (Name, AreaName, FloorName, DeviceClass))
_HOUSE: Final = frozenset({_DEVICE, _AREA, _FLOOR, _CLASS})
"""Descriptions by which the arguments that speak of the house are known."""


def is_ours(tool: Tool) -> bool:
    """Whether what a tool is given is spoken of, and not a stranger's."""
    return tool.name.startswith(_OURS)


def shown(tool: Tool) -> list[str]:
    """Names of the arguments that a mind may ever give."""
    return [key for key in tool.schema.get("properties", {}) if key not in _NEVER]


class Narrowing:
    """Makes offers of tools, for one sentence at a time.

    Args:
        house: what there is.
        language: ISO 639-1.
    """

    def __init__(self, house: HouseView, language: str = "en") -> None:
        self._house = house
        self._language = language
        self._words = words_of(language)

    def offers(self, tools: Iterable[Tool], said: str) -> list[Offer]:
        """The tools with the arguments that may be given now."""
        given = (said, self._house, self._words, self._language)
        acting, telling = _Spoken(*given, acts=True), _Spoken(*given, acts=False)
        return [
            _narrowed(tool, acting if tool.effect == "write" else telling)
            if is_ours(tool)
            else Offer(tool.name, tool.schema)
            for tool in tools
        ]

    def settled(self, tool: Tool, call: ToolCall) -> ToolCall:
        """The call with the thing that the words for it mean, where only one can be meant.

        "Coffee" is the only device with coffee in its name; "lights" is no name, but a kind.
        """
        about = tool.schema.get("properties", {})
        if about.get("name", {}).get("description") != _DEVICE or "name" not in call.arguments:
            return call
        named = _parts(str(call.arguments["name"]))
        known = {one.name: _parts(one.name) for one in self._house.entities()}
        fitting = [name for name, words in known.items() if all(_heard(w, words) for w in named)]
        others = {key: value for key, value in call.arguments.items() if key != "name"}
        if named in known.values():
            return call
        if len(fitting) == 1:
            return replace(call, arguments={"name": fitting[0], **others})
        able = about.get("domain", {}).get("enum", self._words["domains"])
        kinds = (kind for kind, words in self._words["domains"].items() if _only(named, words))
        kind = next((one for one in kinds if one in able), "")
        if not kind or "name" in tool.schema.get("required", ()):
            return call
        return replace(call, arguments=others | ({"domain": kind} if "domain" in about else {}))


def _only(named: Sequence[str], words: Sequence[str]) -> bool:
    """Whether nothing but such words, or several of what they stand for, was said."""
    return bool(named) and all(word in words or word.removesuffix("s") in words for word in named)


def _narrowed(tool: Tool, spoken: "_Spoken") -> Offer:
    required = tool.schema.get("required", ())
    left = {}
    for key, schema in tool.schema.get("properties", {}).items():
        narrowed = spoken.narrowed(key, schema, needed=key in required)
        if narrowed is not None:
            left[key] = narrowed
    if tool.name == _LIGHT and not left.keys() & {"brightness", "color", "temperature"}:
        left["brightness"] = spoken.brightness(tool.schema["properties"]["brightness"])
    kept = [key for key in required if key in left]
    if "enum" in left.get("name", {}):
        # It was said which one is meant: "all of its kind" would be more than that.
        left = {key: left[key] for key in left if key not in {"domain", "device_class"}}
        kept = [*kept, "name"] if "name" not in kept else kept
    elif "name" not in kept:
        # A room that was said is not left out: without one the whole house would be meant.
        kept += [place for place in ("area", "floor") if place in left and place not in kept][:1]
    return Offer(tool.name, {"type": "object", "properties": left, "required": kept})


class _Spoken:
    """One sentence, and what it speaks of."""

    def __init__(
        self,
        said: str,
        house: HouseView,
        words: Mapping[str, Any],
        language: str,
        *,
        acts: bool,
    ) -> None:
        self._words = [word.casefold() for word in _WORD.findall(said)]
        self._text = f" {' '.join(self._words)} "
        self._house = house
        self._devices = [one for one in house.entities() if not (acts and one.domain in _ONLY_TELL)]
        self._known = words
        self._numbers = _numbers(self._words, language)

    def narrowed(self, key: str, schema: Mapping[str, Any], *, needed: bool) -> Any:
        """The schema of an argument as far as the words fill it, None when they do not."""
        if key in _NEVER and not needed:
            return None
        if schema.get("description") in _HOUSE:
            return self._of_the_house(schema["description"])
        if "enum" in schema:
            return self._one_of(key, schema["enum"])
        return self._free(key, schema, needed=needed)

    def brightness(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """What "dim the lights" sets, which has no number."""
        levels = (one["percent"] for one in self._known["levels"] if self._speaks(one["words"]))
        level = next(levels, None)
        return schema if level is None else {"enum": [level]}

    def _free(self, key: str, schema: Mapping[str, Any], *, needed: bool) -> Any:
        kinds = {schema.get("type"), *(choice.get("type") for choice in schema.get("anyOf", ()))}
        if kinds & {"number", "integer"}:
            return self._number(key, schema, needed=needed)
        if "boolean" in kinds:
            return schema if needed or self._speaks(self._known["flags"].get(key, [key])) else None
        if "string" in kinds:
            return self._text_of(key, schema)
        return schema

    def _of_the_house(self, what: str) -> Mapping[str, Any] | None:
        """Rooms, floors, classes that are named, or devices that resemble the words."""
        if what == _DEVICE:
            return self._device
        if what == _CLASS:
            classes = {one.device_class for one in self._house.entities()} - {""}
            found = sorted(one for one in classes if self._names(one.replace("_", " ")))
        else:
            places: Sequence[Area | Floor] = self._house.floors()
            if what == _AREA:
                places = self._house.areas()
            found = [one.name for one in places if self._names(one.name, *one.aliases)]
        return {"enum": found} if found else None

    @cached_property
    def _device(self) -> Mapping[str, Any]:
        places: list[Area | Floor] = [*self._house.areas(), *self._house.floors()]
        of_places = {word for one in places for word in _parts(one.name)}
        said = [word for word in self._words if word not in of_places]
        heard = cache(lambda word: len(word) > 1 and _heard(word, said))
        names = {name: _parts(name) for one in self._devices for name in (one.name, *one.aliases)}
        found = {name: [word for word in words if heard(word)] for name, words in names.items()}
        scores = {name: len(words) / len(names[name]) for name, words in found.items() if words}
        whole = [name for name, score in scores.items() if score == 1.0]
        if whole:
            # "Ceiling fan" means neither the ceiling nor the fan.
            longest = max(len(_parts(name)) for name in whole)
            return {"enum": [name for name in whole if len(_parts(name)) == longest][:_NAMES]}
        likely = sorted(scores, key=lambda name: scores[name], reverse=True)[:_NAMES]
        spoken = {"type": "string", "spoken": True}
        return {"anyOf": [{"enum": likely}, spoken]} if likely else spoken

    def _one_of(self, key: str, choices: Sequence[Any]) -> Mapping[str, Any] | None:
        left = [choice for choice in choices if choice != ""]
        if key == "domain" and self._known["domains"]:
            left = [one for one in left if self._speaks(self._known["domains"].get(one, [one]))]
        return {"enum": left} if left else None

    def _number(self, key: str, schema: Mapping[str, Any], *, needed: bool) -> Any:
        unit = key.rpartition("_")[2]
        if unit in _UNITS and not self._speaks([unit.removesuffix("s")]):
            return None
        words = [one for choice in schema.get("anyOf", ()) for one in choice.get("enum", ())]
        fitting = [n for n in self._numbers if _within(n, schema)]
        if choices := [*words, *fitting]:
            return {"enum": choices}
        return schema if needed else None

    def _text_of(self, key: str, schema: Mapping[str, Any]) -> Any:
        if "color" in key or schema.get("format") == "color":
            pairs = ["".join(pair) for pair in zip(self._words, self._words[1:], strict=False)]
            colours = [word for word in (*pairs, *self._words) if is_colour(word)]
            return {"enum": colours} if colours else None
        return {"type": "string", "spoken": True}

    def _names(self, *names: str) -> bool:
        return any(f" {' '.join(_parts(name))} " in self._text for name in names if _parts(name))

    def _speaks(self, words: Iterable[str]) -> bool:
        return any(f" {word} " in self._text or f" {word}s " in self._text for word in words)


def _heard(word: str, said: Sequence[str]) -> bool:
    return any(fuzz.ratio(word, other) >= _ALIKE for other in said)


def _parts(name: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(name)]


def _numbers(words: Sequence[str], language: str) -> list[int | float]:
    """The numbers that words hold, longest first: "twenty one" is 21, and neither 20 nor 1."""
    found: list[int | float] = []
    at = 0
    while at < len(words):
        for end in range(min(len(words), at + _NUMBER_WORDS), at, -1):
            value = number(" ".join(words[at:end]), language)
            if value is not None:
                found.append(value)
                at = end - 1
                break
        at += 1
    return found


def _within(value: float, schema: Mapping[str, Any]) -> bool:
    ranges = [schema, *schema.get("anyOf", ())]
    return all(
        value >= one.get("minimum", value) and value <= one.get("maximum", value) for one in ranges
    )


@cache
def words_of(language: str) -> Mapping[str, Any]:
    """What is known of a language; nothing of one without a file."""
    file = resources.files("daemon.tools").joinpath(f"choosing_{language}.toml")
    tables = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    empty: dict[str, Any] = {"hints": {}, "none": {}, "domains": {}, "flags": {}, "spoken_of": {}}
    return empty | {"examples": [], "levels": []} | tables
