"""Our own phrases in one language; English where a language has none."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from daemon.intents.words import tables

_LONGEST: Final = 60
"""Characters of a name that are read out."""

_LISTED: Final = 4
"""Things that are read out by name."""

_OWN: Final = ("the ", "my ", "our ")


class Phrases:
    """Phrases by key, `[phrases]` of the files say_LANGUAGE.toml."""

    def __init__(self, language: str) -> None:
        """Read a language's phrases."""
        self._english = tables("say_en")
        self._own = tables(f"say_{language}")

    def table(self, name: str) -> Mapping[str, Any]:
        """A table of the language, completed from English."""
        return {**self._english.get(name, {}), **self._own.get(name, {})}

    def own(self, name: str) -> Mapping[str, Any]:
        """A table of the language alone."""
        found: Mapping[str, Any] = self._own.get(name, {})
        return found

    def say(self, key: str, **parts: object) -> str:
        """A phrase with its parts filled in; their braces mean nothing."""
        phrase = self.filled(str(self.table("phrases")[key]), **parts)
        return phrase[:1].upper() + phrase[1:] if phrase.endswith((".", "?")) else phrase

    @staticmethod
    def filled(phrase: str, **parts: object) -> str:
        """A phrase with its parts filled in."""
        return phrase.format_map(parts)

    def counted(self, key: str, names: Sequence[str], **parts: object) -> str:
        """A phrase about one thing or about several."""
        number = "one" if len(names) == 1 else "several"
        listed = self.listed([self.the(name) for name in names])
        return self.say(f"{key}_{number}", names=listed, **parts)

    def the(self, name: str) -> str:
        """A name as it stands in a sentence: "the kitchen lamp", "the TV"."""
        short = " ".join(name.split())[:_LONGEST]
        short = short.lower() if short.istitle() else short
        whose = short.casefold().startswith(_OWN) or "'s " in short
        return short if whose else self.say("the", name=short)

    def listed(self, things: Sequence[str]) -> str:
        """All of them: "a, b and c"; long lists are cut: "a, b, c and 4 more"."""
        if len(things) > _LISTED:
            left = len(things) - _LISTED + 1
            things = [*things[: _LISTED - 1], f"{left} more"]
        return self._joined("listed", things)

    def either(self, things: Sequence[str]) -> str:
        """One of them: "a, b or c"."""
        return self._joined("either", things)

    def _joined(self, key: str, things: Sequence[str]) -> str:
        if len(things) < 2:
            return "".join(things)
        return self.say(key, first=", ".join(things[:-1]), last=things[-1])
