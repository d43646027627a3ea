"""What is left of a sentence without what the assistant is called in front of it."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from jellyfish import metaphone
from rapidfuzz import fuzz

from models.ports import Transcript

_WORD: Final = re.compile(r"[\w']+")

_GREETING: Final = 60.0
"""Of 100: how much the words before a name must be alike: "OK" and "okay", "hay" and "hey"."""

_ABOUT_IT: Final = (["is"], ["was"], ["has"], ["does"], ["and"], ["or"])
"""Words behind a name that make it somebody who is spoken of."""


class Called:
    """Takes a name off the front of what was heard; a name alone leaves nothing.

    A wake word is cut off in the sound, but never into the first word behind it, so that the end
    of a name may be heard; where no wake word is needed people say it all the same.

    Args:
        phrases: names as wake words are named: "okay_nabu", "hey_jarvis".
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._names = [phrase.casefold().split("_") for phrase in phrases]

    def off(self, transcript: Transcript) -> Transcript:
        """The same without a name in front."""
        others = tuple(self._rest(other) for other in transcript.others)
        return replace(transcript, text=self._rest(transcript.text), others=others)

    def _rest(self, text: str) -> str:
        words = list(_WORD.finditer(text))
        said = [word[0].casefold() for word in words]
        for name in self._names:
            for form in (name, name[-1:]):
                if _is(said, form):
                    rest = text[words[len(form) - 1].end() :].lstrip(" ,.!?-\u2026")
                    return rest[:1].upper() + rest[1:]
        return text


def _is(said: list[str], name: list[str]) -> bool:
    """Whether words are a name: in its greeting about alike, in its last word by its sound.

    A last word alone must be there to the letter: "Alex" is somebody else.
    """
    if len(said) < len(name) or not name:
        return False
    if len(name) == 1:
        return said[:1] == name and said[1:2] not in _ABOUT_IT
    greeting, last = said[: len(name) - 1], said[len(name) - 1]
    alike = fuzz.ratio(" ".join(greeting), " ".join(name[:-1]))
    return alike >= _GREETING and metaphone(last) == metaphone(name[-1])
