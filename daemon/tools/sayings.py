"""What the tools of the home ask and say themselves, in the languages of `sayings.toml`."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from sensors.entities import Command, Entity
from sensors.events import Value

_ENGLISH: Final = "en"

_POSSESSIVE: Final = re.compile(r"['\u2019]s\b", re.IGNORECASE)

_ARTICLES: Final = ("the ", "my ", "our ")

_LONGEST: Final = 60
"""Characters of a name that are read out."""

_FEW: Final = 3
"""Things that are read out in a question; of more, two and how many others."""


class Sayings:
    """The sentences of one language, English where there is none."""

    def __init__(self, language: str = _ENGLISH) -> None:
        """Make them for an ISO 639-1 code, with or without a region."""
        tables = _tables()
        short = language.partition("-")[0]
        self._language = short if short in tables else _ENGLISH
        self._deeds: Mapping[str, str] = tables[self._language]["deeds"]
        self._table: Mapping[str, str] = tables[self._language]

    def say(self, key: str, **values: Value) -> str:
        """A sentence, filled in."""
        return self._table[key].format_map(_spoken(values))

    def name(self, entity: Entity) -> str:
        """A thing as it is read out: "the front door", "the TV", "Joe's lamp"."""
        name = " ".join(entity.name.split())[:_LONGEST] or entity.id
        if self._language != _ENGLISH or _POSSESSIVE.search(name):
            return name
        if all(part in {part.lower(), part.capitalize()} for part in name.split()):
            name = name.lower()
        return name if name.lower().startswith(_ARTICLES) else f"the {name}"

    def listed(self, things: Sequence[str], joint: str = "and", few: int = _FEW) -> str:
        """Things as they are read out: "a, b and c", "a, b and 7 more"."""
        if len(things) > few:
            things = [*things[: few - 1], self.say("more", count=len(things) - few + 1)]
        *first, last = things
        return f"{', '.join(first)} {self._table[joint]} {last}" if first else last

    def question(self, wanted: Sequence[tuple[Entity, Command]]) -> str:
        """Whether to do it, naming the very things: "Shall I unlock the front door?"."""
        alike: dict[tuple[str, str], list[str]] = {}
        arguments: dict[tuple[str, str], Mapping[str, Value]] = {}
        for entity, command in wanted:
            kind = (command.service, repr(sorted(command.arguments.items())))
            alike.setdefault(kind, []).append(self.name(entity))
            arguments[kind] = command.arguments
        deeds = [self._deed(kind[0], names, arguments[kind]) for kind, names in alike.items()]
        return self.say("question", deed=self.listed(deeds))

    def _deed(self, service: str, names: Sequence[str], arguments: Mapping[str, Value]) -> str:
        values = _spoken({**arguments, "things": self.listed(names)})
        try:
            return self._deeds[service].format_map(values)
        except KeyError:
            return self._deeds["other"].format_map(values)


@cache
def _tables() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((files("daemon.tools") / "sayings.toml").read_text("utf-8"))


def _spoken(values: Mapping[str, Value]) -> dict[str, Value]:
    return {
        name: int(value) if isinstance(value, float) and value == int(value) else value
        for name, value in values.items()
    }
