"""What is done because somebody said something: understood, asked back, called, told.

Three ways lead to a call, and all of them through the gate: a sentence that the grammar fully
understands, the answer to a question that was asked back, and a tool that the mind chose. What is
said afterwards is made from what was observed, never from what was wanted.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

from daemon.intents.intent import Intent, Understood, Unsure
from daemon.pending import (
    PATIENCE_S,
    Option,
    Pending,
    assent,
    dropped,
    means_everywhere,
    options_of,
    over,
    silenced,
)
from daemon.placing import Rooms, placed, where
from daemon.prompt import Context
from daemon.shielded import shielded
from daemon.telling import Grammar, Wording, quoted, sentence, told
from daemon.tools.gate import Gate, record
from daemon.tools.tool import Occasion, Tool, ToolResult
from memory.records import Source, Turn
from models.ports import ToolCall

Choose = Callable[[str, Context], Awaitable[ToolCall | None]]
"""The mind's choice of a tool for what was said, None where none fits."""

_LET_GO_S: Final = 180.0
"""Seconds after a question was let go in which somebody may still believe that it waits."""

_SOURCES: Final = 8
"""Origins that a turn's record keeps; "all the lights" has more."""

_SILENCE = {
    "stop": Option("", ToolCall("AuricleStopRinging", {})),
    "snooze": Option("", ToolCall("AuricleSnooze", {})),
}

_MISSING: Final = {"no_when": "when", "no_text": "what"}
"""Errors of tools that are said as questions, and the argument that answers them."""


class Acting:
    """Acts on what is said, one turn at a time."""

    def __init__(
        self,
        grammar: Grammar,
        gate: Gate,
        wording: Wording,
        choose: Choose,
        *,
        area: str,
        rooms: Rooms,
        sources: Callable[[Sequence[str]], Sequence[Source]] = lambda _: (),
        language: str = "en",
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Join the parts.

        Args:
            grammar: the fast path.
            gate: through which everything is called.
            wording: of answers.
            choose: the mind's choice.
            area: where this computer stands, "" when nobody said.
            rooms: names of the rooms that have what an intent is about.
            sources: where what is known of some entities comes from, by their ids.
            language: in which is spoken.
            now: seconds on any clock that only goes forward.
        """
        self._grammar = grammar
        self._gate = gate
        self._wording = wording
        self._choose = choose
        self._area = area
        self._rooms = rooms
        self._sources = sources
        self._language = language
        self._now = now
        self._pending: Pending | None = None
        self._let_go = 0.0
        self.rings: Callable[[], bool] = lambda: False
        """Whether a timer or an alarm is ringing: then "stop" means that."""

    @property
    def asks(self) -> bool:
        """Whether the last thing said was a question that waits for its answer."""
        return self._pending is not None and self._now() <= self._pending.until

    def understands(self, asked: str) -> bool:
        """Whether `act` will answer; has no effects."""
        return self.asks or self.rings() or self.follows(asked)

    def follows(self, asked: str) -> bool:
        """Whether the words alone are a whole sentence of the grammar; has no effects."""
        return self._understood(asked) is not None

    async def act(self, turn: Turn) -> str | None:
        """Do what was asked if the words are fully understood.

        Returns:
            What to say, or None: the words are for the mind.
        """
        if self.rings() and (wish := silenced(turn.asked, self._language)) is not None:
            return await self._do((_SILENCE[wish],), turn, "intent")
        pending, self._pending = self._pending, None
        if pending is not None and self._is_meant(pending, turn):
            answer = self._filled if pending.missing else self._answered
            said = await answer(pending, turn)
            if said is not None:
                return said
        elif self._is_late(pending) and assent(turn.asked, self._language) == "yes":
            # Silence would let somebody believe that it was done.
            return over(self._language)
        if pending is not None:
            self._let_go = self._now() + _LET_GO_S
        understood = self._understood(turn.asked, turn.confidence or 1.0)
        return None if understood is None else await self._obey(understood, turn)

    async def _answered(self, pending: Pending, turn: Turn) -> str | None:
        """Take the words as the answer to a question, if they are one."""
        answer = pending.chosen(turn.asked, self._language)
        if answer == "no":
            if pending.refusal is not None:
                return await self._do((pending.refusal,), turn, "intent")
            return dropped(self._language)
        if not isinstance(answer, Option):
            return None
        wanted = (answer, *pending.rest)
        return await self._do(wanted, turn, "intent", confirmed=pending.confirmed)

    async def _filled(self, pending: Pending, turn: Turn) -> str | None:
        """Take the words as what was missing, if they are not a sentence of their own."""
        (option,) = pending.options
        if self._understood(turn.asked) is not None:
            return None
        if assent(turn.asked, self._language) == "no":
            return dropped(self._language)
        arguments = {**option.call.arguments, pending.missing: turn.asked}
        option = replace(option, call=replace(option.call, arguments=arguments))
        result = await self._call(option, turn, "intent", confirmed=False)
        return result.say if result.ok else None

    async def _obey(self, understood: Understood, turn: Turn) -> str:
        match understood:
            case Unsure(question, candidates):
                return self._ask_back(question, options_of(candidates), turn, confirmed=False)
            case Intent() as intent:
                return await self._do(options_of((intent,)), turn, "intent")
            case several:
                return await self._do(options_of(several), turn, "intent")

    def offer(self, options: Sequence[Option], refusal: Option) -> None:
        """Let the next answer count for a question that was announced, if no other waits for it."""
        if self.asks:
            return
        self._await(Pending(tuple(options), False, "", 0.0, refusal=refusal))

    def _await(self, pending: Pending) -> None:
        """Take the next words as the answer to a question, for as long as anybody remembers it."""
        self._pending = replace(pending, until=self._now() + PATIENCE_S)

    def _is_late(self, pending: Pending | None) -> bool:
        """Whether a question was let go so lately that somebody may still answer it."""
        return pending is not None or self._now() <= self._let_go

    def _is_meant(self, pending: Pending, turn: Turn) -> bool:
        return pending.session in ("", turn.session) and self._now() <= pending.until

    async def choose(self, asked: str, context: Context) -> ToolCall | None:
        """Let the mind choose a tool where one is wanted; has no effects."""
        return await self._choose(asked, context)

    async def carry_out(self, call: ToolCall, turn: Turn) -> str | None:
        """Call what the mind chose.

        Returns:
            What to say, or None: the mind shall find the words, from what was looked up.
        """
        option = Option("", call, unplaced=self._is_unplaced(call, turn.asked))
        said = await self._do((option,), turn, "model")
        if not (turn.tools and self._reads(call)):
            return said
        result = turn.tools[-1]["result"]
        if text := quoted(call, result):
            # What a stranger looked up is a note like others: the mind answers from it.
            turn.sources.append(Source(0, text, 1.0, f"tool:{call.name}"))
            return None
        # What cannot be looked up may still be known: the mind shall find the words.
        return None if result.get("status") == "failed" else said

    def _is_unplaced(self, call: ToolCall, asked: str) -> bool:
        """Whether the mind named neither a thing nor a place where somebody meant one."""
        tool = self._tool(call)
        places = {"name", "area", "floor"}
        if tool is None or tool.effect == "read" or "area" not in tool.schema.get("properties", {}):
            return False
        return places.isdisjoint(call.arguments) and not means_everywhere(asked, self._language)

    def _tool(self, call: ToolCall) -> Tool | None:
        return next((one for one in self._gate.tools() if one.name == call.name), None)

    def _reads(self, call: ToolCall) -> bool:
        tool = self._tool(call)
        return tool is not None and tool.effect == "read"

    def _understood(self, asked: str, confidence: float = 1.0) -> Understood | None:
        return self._grammar.recognise(asked, area=self._area, confidence=confidence)

    async def _do(
        self, options: Sequence[Option], turn: Turn, cause: str, *, confirmed: bool = False
    ) -> str:
        """Call one after the other; a question that one of them asks ends it for now."""
        said: list[str] = []
        for n, wanted in enumerate(options):
            places = [wanted] if self._area else placed(wanted, self._rooms)
            if len(places) > 1:
                said.append(self._ask_where(wanted, places, options[n + 1 :], turn))
                break
            option = places[0]
            result = await self._call(option, turn, cause, confirmed=confirmed and n == 0)
            if result.status == "ask":
                said.append(self._asked_by(option, result, options[n + 1 :], turn))
                break
            if missing := _MISSING.get(str(result.value.get("error"))):
                self._await(Pending((option,), False, turn.session, 0.0, missing=missing))
            said.append(told(self._wording, option, result))
        return " ".join(map(sentence, said))

    async def _call(self, option: Option, turn: Turn, cause: str, *, confirmed: bool) -> ToolResult:
        occasion = Occasion(
            turn.id,
            "model" if cause == "model" else "intent",
            turn.asked,
            self._area,
            confirmed,
            self._language,
        )

        async def call() -> ToolResult:
            result = await self._gate.call(option.call, occasion)
            turn.tools.append(record(option.call, result))
            told = (*result.value.get("matched", ()), *result.value.get("unmatched", ()))
            turn.sources += self._sources([str(one["entity"]) for one in told][:_SOURCES])
            return result

        # Whoever talks over it wants to be heard at once; the record wants to know what was done.
        return await shielded(call())

    def _asked_by(
        self, option: Option, result: ToolResult, rest: Sequence[Option], turn: Turn
    ) -> str:
        """Remember what an answer to a tool's question will do."""
        choices = [
            Option(
                choice["label"],
                replace(option.call, arguments=choice["arguments"]),
                option.response,
            )
            for choice in result.value.get("choices", ())
        ]
        return self._ask_back(
            result.say, choices or [option], turn, confirmed=not choices, rest=rest
        )

    def _ask_where(
        self, option: Option, places: Sequence[Option], rest: Sequence[Option], turn: Turn
    ) -> str:
        question = where([one.label for one in places])
        turn.tools.append(record(option.call, ToolResult("ask", {"question": question})))
        return self._ask_back(question, places, turn, confirmed=False, rest=rest)

    def _ask_back(
        self,
        question: str,
        options: Sequence[Option],
        turn: Turn,
        *,
        confirmed: bool,
        rest: Sequence[Option] = (),
    ) -> str:
        self._await(Pending(tuple(options), confirmed, turn.session, 0.0, tuple(rest)))
        return question
