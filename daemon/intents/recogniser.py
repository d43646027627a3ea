"""From what was heard to what is meant: sentences of one language about one house."""

from collections.abc import Sequence

from daemon.intents.asking import Asking
from daemon.intents.grammar import Grammar, UnknownLanguage, grammar
from daemon.intents.intent import Understood
from daemon.intents.matching import Matcher
from daemon.intents.mending import Mending
from daemon.intents.names import Home, Names
from daemon.intents.understanding import Understanding
from daemon.intents.words import Words, tables

LONGEST = 250
"""Characters of a sentence; nobody gives longer orders, and templates take their time."""


class Recogniser:
    """Understands sentences. Thread-safe."""

    def __init__(
        self,
        home: Home | None = None,
        language: str = "en",
        *,
        called: Sequence[str] = ("auricle",),
    ) -> None:
        """Read the language's templates: some 0.3 s, so make it on a thread.

        Args:
            home: what can be spoken of; `know` takes another one later.
            language: as the package names it; of one that it does not have nothing is understood.
            called: what the assistant is called, which may begin or end a sentence.
        """
        self.language = language
        self._words = Words(tables(f"words_{language}"), called)
        self._asking = Asking(language)
        self._understanding: Understanding | None = None
        try:
            self._grammar: Grammar | None = grammar(language)
        except UnknownLanguage:
            self._grammar = None
        self.know(home or Home())

    def know(self, home: Home) -> None:
        """Take the house as it is now: 15 ms for 300 entities, so call it on a thread.

        What is being recognised meanwhile still means the old house.
        """
        if self._grammar is None:
            return
        names = Names(home, self.language)
        understanding = Understanding(
            Matcher(self._grammar, self._words, names),
            Mending(self._words, self._grammar.keywords(), names),
            self._words,
            self._asking,
        )
        understanding.warm()
        self._understanding = understanding

    def recognise(self, text: str, *, area: str = "", confidence: float = 1.0) -> Understood | None:
        """What a sentence means; None when it is for somebody else to understand.

        Args:
            text: as it was heard or typed.
            area: the room it was said in, "" when unknown.
            confidence: of the ear in the text, 0..1; what was hardly heard is asked, not done.
        """
        if self._understanding is None or len(text) > LONGEST:
            return None
        return self._understanding.of(text, area, confidence)

    def likeliest(self, texts: Sequence[str], *, area: str = "") -> str:
        """Of several ways of hearing one sentence the first that is understood, else the first.

        Args:
            texts: the likeliest first; at least one.
            area: the room it was said in, "" when unknown.
        """
        short = [text for text in texts if len(text) <= LONGEST]
        if self._understanding is None or short[:1] != list(texts[:1]):
            return texts[0]
        return self._understanding.likeliest(short, area)
