"""Cuts a stream of text into clauses to be spoken: the first one soon, the others whole."""

import re

_SENTENCE = re.compile(r"""[.!?…]+["')\]]*(?=\s)""")
_CLAUSE = re.compile(r"[,;:](?=\s)|\s[-\u2013\u2014](?=\s)")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:(?:[A-Za-z]\.)*[A-Za-z]|Mr|Mrs|Ms|Dr|Jr|Sr|St|Mt|Prof|Gen|Capt|Rev|Inc|Ltd|Fig"
    r"|vs|etc|approx|No)\.$"
)

_SHORTEST = 12
"""Characters in a first clause: shorter ones ("Well,") leave the voice waiting for the next."""

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
        for match in _CLAUSE.finditer(text, 0, sentence_end or len(text)):
            if match.end() - 1 >= _SHORTEST:
                return match.end()
        return sentence_end
