"""Cuts a stream of text into clauses to be spoken: the first one soon, the others whole."""

import re

_SENTENCE = re.compile(r"""[.!?…]+["')\]]*(?=\s)""")
_CLAUSE = re.compile(r"[,;:](?=\s)|\s[-\u2013\u2014](?=\s)")
_BREATH = re.compile(
    r"\s(?=(?:because|but|which|when|where|whereas|until|unless|although|though|since)\s)"
)
"""Where people take breath without a comma. "And", "so" and "while" stand in places, too, where
nobody does: "between six and seven"."""

_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:(?:[A-Za-z]\.)*[A-Za-z]|Mr|Mrs|Ms|Dr|Jr|Sr|St|Mt|Prof|Gen|Capt|Rev|Inc|Ltd|Fig"
    r"|vs|etc|approx|No)\.$"
)

_SHORTEST = 12
"""Characters in a first clause: shorter ones ("Well,") leave the voice waiting for the next."""

_BREATHLESS = 18
"""Characters in a first clause that ends without punctuation: some one second of speech, in which
the mind finds the rest."""

_LONGEST = 220
"""Characters after which a clause is cut at any space, so that the voice is never starved."""


class Clauses:
    """Feed it pieces of text, speak what it returns."""

    def __init__(self) -> None:
        self._pending = ""
        self._first = True

    def feed(self, piece: str) -> list[str]:
        """Add a piece; return the clauses that are complete now."""
        self._pending += piece
        done = []
        while (cut := self._cut()) > 0:
            clause, self._pending = self._pending[:cut].strip(), self._pending[cut:]
            if clause:
                done.append(clause)
                self._first = False
        return done

    def finish(self) -> list[str]:
        """Return what is left when the stream has ended."""
        rest, self._pending = self._pending.strip(), ""
        return [rest] if rest else []

    def _cut(self) -> int:
        """Index just after the first boundary in what is pending, or 0."""
        # Not further than a stream could wait: how it comes in pieces must not change the clauses.
        text = self._pending[: _LONGEST + 1]
        for match in _SENTENCE.finditer(text):
            if not _ABBREVIATION.search(text[: match.end()]):
                return self._earlier_clause(text, match.end())
        if early := self._earlier_clause(text, 0):
            return early
        if len(text) > _LONGEST:
            return text.rfind(" ", 0, _LONGEST) + 1 or _LONGEST
        return 0

    def _earlier_clause(self, text: str, sentence_end: int) -> int:
        """Prefer a clause boundary before the end of the first sentence."""
        if not self._first:
            return sentence_end
        end = sentence_end or len(text)
        comma = _first(_CLAUSE, text, _SHORTEST, end)
        breath = _first(_BREATH, text, _BREATHLESS, end)
        return min(filter(None, (comma, breath)), default=sentence_end)


def _first(boundary: re.Pattern[str], text: str, shortest: int, end: int) -> int:
    """Index just after the first boundary behind so many characters, or 0."""
    matches = boundary.finditer(text, 0, end)
    return next((match.end() for match in matches if match.end() - 1 >= shortest), 0)
