"""Questions back: which of several things was meant."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from daemon.intents.intent import Intent, Unsure
from daemon.intents.matching import Match
from daemon.intents.phrases import Phrases

_OPTIONS: Final = 3
"""Things that one question names; nobody keeps more in mind."""


class Asking:
    """Words questions in one language."""

    def __init__(self, language: str) -> None:
        """Take the language's phrases."""
        self._phrases = Phrases(language)

    def which(self, matches: Sequence[Match], area: str) -> Intent | Unsure:
        """The one meaning of a sentence that names several things, or a question.

        Args:
            matches: at least one.
            area: the room it was said in; what is there is meant.
        """
        placed = bool({"area", "floor"} & matches[0].intent.slots.keys())
        here = [
            one for one in matches if one.entity and one.entity.area.casefold() == area.casefold()
        ]
        if area and here and not placed:
            matches = here
        first = matches[0].intent
        intents = {str(match.intent.slots.get("name")): match.intent for match in matches}
        if len(intents) > 1:
            return self.meant(list(intents.values()))
        areas = sorted({match.entity.area for match in matches if match.entity})
        if placed or len(matches) == 1 or len(areas) < len(matches) or "" in areas:
            return first
        return self._where(first, areas)

    def meant(self, options: Sequence[Intent]) -> Unsure:
        """Ask which of the options was meant, or whether the only one was."""
        options = tuple(options[:_OPTIONS])
        if len(options) == 1:
            return Unsure(self._phrases.say("meant_one", what=options[0].text), options)
        names = [str(option.slots.get("name", "")) for option in options]
        if len(set(names)) == len(options) and all(names):
            names = [self._phrases.the(name) for name in names]
        else:
            names = [option.text for option in options]
        return Unsure(
            self._phrases.say("meant_several", which=self._phrases.either(names)), options
        )

    def _where(self, intent: Intent, areas: Sequence[str]) -> Unsure:
        areas = areas[:_OPTIONS]
        options = tuple(replace(intent, slots={**intent.slots, "area": area}) for area in areas)
        places = [self._phrases.say("in_area", area=self._phrases.the(area)) for area in areas]
        question = self._phrases.say(
            "meant_where",
            name=self._phrases.the(str(intent.slots.get("name", ""))),
            which=self._phrases.either(places),
        )
        return Unsure(question, options)
