"""One exchange: what was said, what the house knows, what is answered, what was heard of it.

The only code that knows the order ear, memory, mind, mouth. A turn is one task tree: whoever
cancels it waits for it, and its record is journalled in every case.

`latency_ms` of the record. From the acoustic end of speech: `first_token`, `first_audio` (first
sample out of the loudspeaker), `total` (last sample, or the moment of an interruption). Lengths of
steps: `endpoint` (until the end of speech was believed), `transcribe` (waited for after that),
`intent` (the fast path, with what it did), `recall`, `choose` (a tool, with what it did), `prefill`
(prompt read). For a typed question the anchor is its arrival.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from daemon.clauses import Clauses
from daemon.founded import unfounded
from daemon.mouth import Mouth
from daemon.prompt import Context, compose, shortened, unanswered
from daemon.shielded import shielded
from daemon.speech_acts import is_dismissal
from daemon.stopwatch import Stopwatch
from memory.records import Turn
from models.ports import LanguageModel, Message, ModelError, Prefilled, Transcript

log = logging.getLogger(__name__)

_AHEAD = 2
"""Clauses that may wait for the voice; past this the model waits instead."""

_LENGTHS = frozenset(("endpoint", "transcribe", "intent", "recall", "choose", "prefill"))
"""Steps whose length the record states."""

SORRY = "Sorry, something went wrong. Please ask again."
SPEECHLESS = "I don't know."

Recall = Callable[[str, str], Awaitable[Context]]
"""(question, session) -> what the mind should know."""


class Acts(Protocol):
    """What is understood and done without the mind's own words: see `daemon.acting.Acting`."""

    @property
    def asks(self) -> bool:
        """Whether a question that was asked back waits for its answer."""

    def understands(self, asked: str) -> bool:
        """Whether `act` will answer, so that nothing needs to be prepared; has no effects."""

    async def act(self, turn: Turn) -> str | None:
        """Do what was asked if the words are fully understood; what to say, or None."""

    async def choose(self, turn: Turn, context: Context) -> str | None:
        """Let the mind choose a tool where one is wanted; what to say, or None."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn being taken: its record, its clock and, if it is spoken, its mouth."""

    turn: Turn
    clock: Stopwatch
    words: Awaitable[Transcript]
    mouth: Mouth | None = None
    say: Callable[[str], None] | None = None
    """Told every clause as it becomes final, e.g. to print it."""
    clauses: "asyncio.Queue[str | None]" = field(default_factory=lambda: asyncio.Queue(_AHEAD))


@dataclass(frozen=True, slots=True)
class Turns:
    """Takes turns."""

    mind: LanguageModel
    recall: Recall
    journal: Callable[[Turn], Awaitable[None]]
    places: Callable[[], Sequence[str]]
    now: Callable[[], datetime]
    prompt_tokens: int
    question_tokens: int
    answer_tokens: int
    model: str
    acts: Acts

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

    async def prepare(self, asked: str, session: str) -> None:
        """Do what has no effects for words that may become a turn: recall, read the prompt."""
        if self.acts.understands(asked):
            return
        context = await self.recall(asked, session)
        await self.mind.warm(self._prompt(asked, context, self.now()))

    async def _hear(self, exchange: Exchange) -> None:
        with exchange.clock.step("transcribe"):
            try:
                transcript = await exchange.words
            except ModelError as error:
                _failed(exchange.turn, error)
                return
        exchange.turn.asked = transcript.text
        exchange.turn.confidence = transcript.confidence

    async def _answer(self, exchange: Exchange) -> None:
        # No engine's failure leaves a task: before Python 3.13 a TaskGroup loses a cancellation
        # that comes while it stops its other tasks because of one that failed.
        async with asyncio.TaskGroup() as group:
            group.create_task(self._think(exchange), name="think")
            group.create_task(_deliver(exchange), name="deliver")

    async def _think(self, exchange: Exchange) -> None:
        try:
            if not await self._do(exchange):
                await self._talk(exchange)
        except ModelError as error:
            # What was said before stays said: the mouth ends it, and then comes the apology.
            _failed(exchange.turn, error)
        await exchange.clauses.put(None)

    async def _do(self, exchange: Exchange) -> bool:
        """Take the fast path; whether it was one."""
        with exchange.clock.step("intent"):
            said = await self.acts.act(exchange.turn)
        if said is None:
            return False
        exchange.turn.route = "intent"
        await self._say(exchange, said)
        return True

    async def _talk(self, exchange: Exchange) -> None:
        """Let the mind choose a tool or find the words."""
        turn, clock = exchange.turn, exchange.clock
        with clock.step("recall"):
            context = await self.recall(turn.asked, turn.session)
        turn.route, turn.model = "edge", self.model
        turn.sources = context.sources
        with clock.step("choose"):
            said = await self.acts.choose(turn, context)
        if said is not None:
            await self._say(exchange, said)
            return
        # What was looked up for this turn is a note like what was recalled.
        found = [source for source in turn.sources if source not in context.sources]
        context = replace(context, passages=[*context.passages, *found])
        prompt = self._prompt(turn.asked, context, self.now())
        # What it said before proves nothing: "I don't know whether it is locked" holds "locked".
        before = (source for past in reversed(context.history) for source in past.sources)
        told = [*context.sources, *before]
        evidence = "\n".join(source.text for source in told)
        await self._reply(prompt, evidence, exchange)

    async def _say(self, exchange: Exchange, text: str) -> None:
        """Make a text that needs no thinking the answer, clause by clause."""
        turn = exchange.turn
        turn.latency_ms.setdefault("first_token", exchange.clock.elapsed_ms())
        cut = Clauses()
        for clause in [*cut.feed(text), *cut.finish()]:
            await _emit(exchange, clause)

    async def _deliver_all(self, exchange: Exchange, text: str) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._announced(exchange, text), name="announce")
            group.create_task(_deliver(exchange), name="deliver")

    async def _announced(self, exchange: Exchange, text: str) -> None:
        await self._say(exchange, text)
        await exchange.clauses.put(None)

    async def _reply(self, prompt: Sequence[Message], evidence: str, exchange: Exchange) -> None:
        turn, sentence = exchange.turn, ""
        async with aclosing(self._clauses(prompt, exchange)) as clauses:
            async for clause in clauses:
                if not any(character.isalnum() for character in clause):
                    continue  # "..." is no answer.
                sentence = f"{sentence} {clause}".strip()
                if (instead := unfounded(clause, sentence, turn, evidence)) is not None:
                    await _emit(exchange, instead)
                    return
                await _emit(exchange, clause)
                if turn.error:
                    return  # Nobody speaks it.
                sentence = "" if clause.endswith((".", "!", "?")) else sentence
        if not turn.answered:
            await _emit(exchange, SPEECHLESS)

    def _prompt(self, asked: str, context: Context, now: datetime) -> list[Message]:
        before = [] if is_dismissal(asked) else unanswered(context.history)
        told = shortened(" ".join([*before, asked]), self.question_tokens, self.mind.count)
        # Each part has a bound of its own; together they may still be too much for the context.
        spare = replace(context, passages=(), history=context.history[-1:])
        for given in (context, replace(context, passages=()), spare, Context()):
            prompt = compose(told, self.places(), given, now)
            if sum(self.mind.count(message.text) for message in prompt) <= self.prompt_tokens:
                break
        return prompt

    async def _clauses(
        self, prompt: Sequence[Message], exchange: Exchange
    ) -> AsyncGenerator[str, None]:
        turn, clock, cut = exchange.turn, exchange.clock, Clauses()
        asked = asyncio.get_running_loop().time()
        async with aclosing(self.mind.reply(prompt, max_tokens=self.answer_tokens)) as parts:
            async for part in parts:
                now = asyncio.get_running_loop().time()
                if isinstance(part, Prefilled):
                    clock.add("prefill", asked, now)
                    turn.prompt_tokens, turn.kv_reused = part.prompt_tokens, part.kv_reused
                    continue
                turn.latency_ms.setdefault("first_token", clock.ms(now))
                for clause in cut.feed(part):
                    yield clause
        for clause in cut.finish():
            yield clause

    async def _apologise(self, exchange: Exchange) -> None:
        """Say that it went wrong; a mouth that is broken too leaves the record to tell."""
        while not exchange.clauses.empty():
            exchange.clauses.get_nowait()
        await _emit(exchange, SORRY)
        await exchange.clauses.put(None)
        await _deliver(exchange)

    def _finish(self, exchange: Exchange) -> None:
        turn, clock = exchange.turn, exchange.clock
        turn.heard = turn.answered
        if exchange.mouth is not None:
            exchange.mouth.silence()
            turn.heard = exchange.mouth.heard()
            if (first := exchange.mouth.first_audio) is not None:
                turn.latency_ms["first_audio"] = clock.ms(first)
                clock.add("speak", first, asyncio.get_running_loop().time())
        turn.latency_ms["total"] = clock.elapsed_ms()
        turn.trace = sorted(clock.steps, key=lambda step: step.start)
        for step in turn.trace:
            if step.name in _LENGTHS:
                turn.latency_ms[step.name] = round(step.end - step.start, 1)


async def _emit(exchange: Exchange, clause: str) -> None:
    """Make a clause part of the answer."""
    exchange.turn.answered = f"{exchange.turn.answered} {clause}".strip()
    if exchange.say is not None:
        exchange.say(clause)
    await exchange.clauses.put(clause)


async def _deliver(exchange: Exchange) -> None:
    """Speak the clauses, or let them go where there is no mouth or none that works."""
    async with aclosing(_drained(exchange.clauses)) as clauses:
        if exchange.mouth is not None:
            try:
                await exchange.mouth.speak(clauses)
            except ModelError as error:
                _failed(exchange.turn, error)
        async for _ in clauses:
            pass


async def _drained(queue: "asyncio.Queue[str | None]") -> AsyncGenerator[str, None]:
    while (item := await queue.get()) is not None:
        yield item


def _failed(turn: Turn, error: BaseException) -> None:
    turn.error = f"{type(error).__name__}: {error}"
    log.error("turn %s failed: %s", turn.id, turn.error)
