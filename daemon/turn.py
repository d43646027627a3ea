"""One exchange: what was said, what the house knows, what is answered, what was heard of it.

The only code that knows the order ear, memory, mind, mouth. A turn is one task tree: whoever
cancels it waits for it, and its record is journalled in every case.

`latency_ms` of the record. From the acoustic end of speech: `first_token`, `first_audio` (first
sample out of the loudspeaker), `total` (last sample, or the moment of an interruption). Lengths of
steps: `endpoint` (until the end of speech was believed), `decode` (words written down, mostly
within that), `transcribe` (waited for after that), `begin` (the record of the turn),
`intent` (the fast path, with what it did), `recall`, `choose` (a tool), `act` (what the chosen tool
did), `prefill` (prompt read), `synthesise` (the first clause), `device` (from handing its first
samples over until the first of them sounds). For a typed question the anchor is its arrival.

What was thought ahead (`daemon.thinking`) stands in the trace where it really happened, also before
the turn began; `ahead` says how many milliseconds before the turn it was begun, and `wasted` for
how long words were thought about that were not the whole question.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol, cast

from daemon.ahead import Ahead, Prepare
from daemon.backchannel import is_stop
from daemon.bridging import bridged
from daemon.clauses import Clauses
from daemon.exchange import Exchange, deliver, emit, failed
from daemon.founded import unfounded
from daemon.pace import Pace
from daemon.prompt import Context
from daemon.shielded import shielded, stop
from daemon.thinking import Chosen, Thinking, Thoughts
from memory.records import Turn
from models.ports import ModelError, Prefilled, ToolCall, Transcript

log = logging.getLogger(__name__)

_LAST_WORDS_S = 1.5
"""Seconds that a turn which is cancelled waits for its words."""

_LENGTHS = frozenset(
    (
        "endpoint",
        "transcribe",
        "intent",
        "recall",
        "choose",
        "act",
        "prefill",
        "synthesise",
        "device",
        "decode",
        "begin",
    )
)
"""Steps whose length the record states."""

SORRY = "Sorry, something went wrong. Please ask again."
SPEECHLESS = "I don't know."


class Acts(Protocol):
    """What is understood and done without the mind's own words: see `daemon.acting.Acting`."""

    @property
    def asks(self) -> bool:
        """Whether a question that was asked back waits for its answer."""

    def understands(self, asked: str) -> bool:
        """Whether `act` will answer, so that nothing needs to be prepared; has no effects."""

    def follows(self, asked: str) -> bool:
        """Whether the words alone are a whole sentence of the grammar; has no effects."""

    async def act(self, turn: Turn) -> str | None:
        """Do what was asked if the words are fully understood; what to say, or None."""

    async def carry_out(self, call: ToolCall, turn: Turn) -> str | None:
        """Call what the mind chose; what to say, or None: the mind shall find the words."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Takes turns."""

    thinking: Thinking
    journal: Callable[[Turn], Awaitable[None]]
    model: str
    acts: Acts
    pace: Pace = field(default_factory=Pace)
    known: Callable[[str], str | None] = lambda _: None
    """What to say to words that need no thinking, such as half a sentence; None: think."""

    async def take(self, exchange: Exchange) -> None:
        """Run a turn to its end, or to the moment it is cancelled.

        An engine's failure ends up in the record and is apologised for; it does not propagate.
        """
        turn = exchange.turn
        try:
            await self._hear(exchange)
            if turn.asked:
                await self._answer(exchange)
            if turn.error and not turn.answered.endswith(SORRY):
                await self._apologise(exchange)
        except asyncio.CancelledError:
            turn.interrupted = True
            raise
        finally:
            if exchange.ahead is not None:
                exchange.ahead.discard()
            if turn.asked or turn.error:
                self._finish(exchange)
                await shielded(self.journal(turn))

    async def announce(self, exchange: Exchange, text: str) -> None:
        """Say something that nobody asked for; its record has no question."""
        turn = exchange.turn
        try:
            await self._deliver_all(exchange, text)
        except asyncio.CancelledError:
            turn.interrupted = True
            raise
        finally:
            self._finish(exchange)
            await shielded(self.journal(turn))

    def ahead(self, asked: str, session: str, prepare: Prepare) -> Ahead | None:
        """Begin to think about words that may become a turn; None where no thinking is needed."""
        if self.acts.understands(asked):
            return None
        return Ahead(self.thinking.about(asked, session), prepare)

    async def _hear(self, exchange: Exchange) -> None:
        with exchange.clock.step("transcribe"):
            try:
                transcript = await _words(exchange)
            except ModelError as error:
                failed(exchange.turn, error)
                return
        if (span := exchange.decoded()) is not None:
            exchange.clock.add("decode", *span)
        exchange.turn.asked = transcript.text
        exchange.turn.confidence = transcript.confidence

    async def _answer(self, exchange: Exchange) -> None:
        # No engine's failure leaves a task: before Python 3.13 a TaskGroup loses a cancellation
        # that comes while it stops its other tasks because of one that failed.
        async with asyncio.TaskGroup() as group:
            group.create_task(self._think(exchange), name="think")
            group.create_task(deliver(exchange), name="deliver")

    async def _think(self, exchange: Exchange) -> None:
        try:
            if not await self._do(exchange):
                await self._talk(exchange)
        except ModelError as error:
            # What was said before stays said: the mouth ends it, and then comes the apology.
            failed(exchange.turn, error)
        await exchange.clauses.put(None)

    async def _do(self, exchange: Exchange) -> bool:
        """Take the fast path; whether it was one."""
        asked = exchange.turn.asked
        if is_stop(asked) and not self.acts.understands(asked):
            # Whoever wants silence gets it.
            exchange.turn.route = "intent"
            return True
        if (said := self.known(asked)) is None:
            with exchange.clock.step("intent"):
                said = await self.acts.act(exchange.turn)
            if said is None:
                return False
            exchange.turn.route = "intent"
        await self._say(exchange, said)
        return True

    async def _talk(self, exchange: Exchange) -> None:
        """Let the mind choose a tool or find the words, and bridge the wait if it is long."""
        bridging = asyncio.create_task(bridged(exchange, self.pace), name="bridge")
        try:
            await self._ponder(exchange)
        finally:
            await stop(bridging)

    async def _ponder(self, exchange: Exchange) -> None:
        turn = exchange.turn
        turn.route, turn.model = "edge", self.model
        async with aclosing(self._begun(exchange)) as thoughts:
            known, wanted = await anext(thoughts), await anext(thoughts)
            exchange.clock.add("recall", known.began, known.ended)
            exchange.clock.add("choose", wanted.began, wanted.ended)
            context, chosen = cast("Context", known.what), cast("Chosen", wanted.what)
            turn.sources = context.sources
            if chosen.call is None:
                await self._reply(thoughts, context, exchange)
                return
        await self._use(chosen.call, context, exchange)

    def _begun(self, exchange: Exchange) -> Thoughts:
        """The thoughts of a turn: those that were begun before it, or new ones."""
        turn = exchange.turn
        if exchange.ahead is not None:
            start = exchange.ahead.began
            turn.latency_ms["ahead"] = round(
                exchange.clock.elapsed_ms() - exchange.clock.ms(start), 1
            )
            return exchange.ahead.thoughts()
        return self.thinking.about(turn.asked, turn.session)

    async def _use(self, call: ToolCall, context: Context, exchange: Exchange) -> None:
        """Call what the mind chose; what it looked up may be for the mind to put into words."""
        turn = exchange.turn
        with exchange.clock.step("act"):
            said = await self.acts.carry_out(call, turn)
        if said is not None:
            await self._say(exchange, said)
            return
        # What was looked up for this turn is a note like what was recalled.
        found = [source for source in turn.sources if source not in context.sources]
        context = replace(context, passages=[*context.passages, *found])
        async with aclosing(self.thinking.words(turn.asked, context)) as words:
            await self._reply(words, context, exchange)

    async def _say(self, exchange: Exchange, text: str) -> None:
        """Make a text that needs no thinking the answer, clause by clause."""
        turn = exchange.turn
        turn.latency_ms.setdefault("first_token", exchange.clock.elapsed_ms())
        cut = Clauses()
        for clause in [*cut.feed(text), *cut.finish()]:
            await emit(exchange, clause)

    async def _deliver_all(self, exchange: Exchange, text: str) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._announced(exchange, text), name="announce")
            group.create_task(deliver(exchange), name="deliver")

    async def _announced(self, exchange: Exchange, text: str) -> None:
        await self._say(exchange, text)
        await exchange.clauses.put(None)

    async def _reply(self, words: Thoughts, context: Context, exchange: Exchange) -> None:
        """Let clauses of the mind be the answer as far as something vouches for them."""
        turn, sentence = exchange.turn, ""
        # What it said before proves nothing: "I don't know whether it is locked" holds "locked".
        before = (source for past in reversed(context.history) for source in past.sources)
        evidence = "\n".join(source.text for source in [*context.sources, *before])
        async with aclosing(_clauses(words, exchange)) as clauses:
            async for clause in clauses:
                if not any(character.isalnum() for character in clause):
                    continue  # "..." is no answer.
                sentence = f"{sentence} {clause}".strip()
                if (instead := unfounded(clause, sentence, turn, evidence)) is not None:
                    await emit(exchange, instead)
                    return
                await emit(exchange, clause)
                if turn.error:
                    return  # Nobody speaks it.
                sentence = "" if clause.endswith((".", "!", "?")) else sentence
        if not turn.answered:
            await emit(exchange, SPEECHLESS)

    async def _apologise(self, exchange: Exchange) -> None:
        """Say that it went wrong; a mouth that is broken too leaves the record to tell."""
        while not exchange.clauses.empty():
            exchange.clauses.get_nowait()
        await emit(exchange, SORRY)
        await exchange.clauses.put(None)
        await deliver(exchange)

    def _finish(self, exchange: Exchange) -> None:
        turn, clock = exchange.turn, exchange.clock
        turn.heard = turn.answered
        if exchange.mouth is not None:
            exchange.mouth.silence()
            turn.heard = exchange.mouth.heard()
            for name, start, end in exchange.mouth.steps:
                clock.add(name, start, end)
            if (first := exchange.mouth.first_audio) is not None:
                turn.latency_ms["first_audio"] = clock.ms(first)
                clock.add("speak", first, asyncio.get_running_loop().time())
        turn.latency_ms["total"] = clock.elapsed_ms()
        turn.trace = sorted(clock.steps, key=lambda step: step.start)
        for step in turn.trace:
            if step.name in _LENGTHS:
                turn.latency_ms[step.name] = round(step.end - step.start, 1)
        self.pace.learn(turn)


async def _clauses(words: Thoughts, exchange: Exchange) -> AsyncGenerator[str, None]:
    """Cut the mind's words into clauses; what it read is noted in the record."""
    turn, clock, cut = exchange.turn, exchange.clock, Clauses()
    async for thought in words:
        part = thought.what
        if isinstance(part, Prefilled):
            clock.add("prefill", thought.began, thought.ended)
            turn.prompt_tokens, turn.kv_reused = part.prompt_tokens, part.kv_reused
            continue
        turn.latency_ms.setdefault("first_token", clock.ms(thought.ended))
        for clause in cut.feed(cast("str", part)):
            yield clause
    for clause in cut.finish():
        yield clause


async def _words(exchange: Exchange) -> Transcript:
    """The words of a turn; one that is cancelled before they are there still learns them.

    Who stops us in the middle of a decode does not want what was said to be lost.
    """
    words = asyncio.ensure_future(exchange.words)
    try:
        return await asyncio.shield(words)
    except asyncio.CancelledError:
        done, _ = await asyncio.wait([words], timeout=_LAST_WORDS_S)
        if done and not words.cancelled() and words.exception() is None:
            exchange.turn.asked = words.result().text
        words.cancel()
        raise
