"""What goes on between words and an answer, without effects: it may begin before a turn does.

A thought is what was found out and when. They come in this order: what is known (`Context`), the
tool to be called (`Chosen`), and, when there is none, the mind's own words (`Prefilled`, `str`).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime

from daemon.prompt import Context, compose, shortened, unanswered
from daemon.speech_acts import is_dismissal
from models.ports import LanguageModel, Message, Prefilled, ToolCall

Recall = Callable[[str, str], Awaitable[Context]]
"""(question, session) -> what the mind should know."""

Choose = Callable[[str, Context], Awaitable[ToolCall | None]]
"""The mind's choice of a tool for what was said, None where none is wanted; has no effects."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The mind's choice of a tool; None: the words are to be answered, nothing is to be done."""

    call: ToolCall | None


@dataclass(frozen=True, slots=True)
class Thought:
    """Something that was found out.

    Attributes:
        what: see the module.
        began: loop time, in seconds, at which it was begun.
        ended: loop time at which it was there.
    """

    what: Context | Chosen | Prefilled | str
    began: float
    ended: float


Thoughts = AsyncGenerator[Thought, None]


@dataclass(frozen=True, slots=True)
class Thinking:
    """Finds out what to say.

    Attributes:
        mind: chooses and finds the words.
        recall: tells what is known.
        choose: the mind's choice of a tool.
        expect: reads ahead for a choice.
        places: names of what the house has.
        now: local time.
        prompt_tokens: longest prompt.
        question_tokens: what a question may have of it.
        answer_tokens: longest answer.
    """

    mind: LanguageModel
    recall: Recall
    choose: Choose
    expect: Callable[[str, Context], Awaitable[None]]
    places: Callable[[], Sequence[str]]
    now: Callable[[], datetime]
    prompt_tokens: int
    question_tokens: int
    answer_tokens: int

    async def about(self, asked: str, session: str) -> Thoughts:
        """What is known, which tool is wanted, and the mind's words if none is. No effects."""
        now = asyncio.get_running_loop().time
        began = now()
        context = await self.recall(asked, session)
        yield Thought(context, began, began := now())
        call = await self.choose(asked, context)
        yield Thought(Chosen(call), began, now())
        if call is None:
            async with aclosing(self.words(asked, context)) as words:
                async for thought in words:
                    yield thought

    async def words(self, asked: str, context: Context) -> Thoughts:
        """The mind's own words for what was asked, without choosing a tool."""
        now = asyncio.get_running_loop().time
        began = now()
        prompt = self._prompt(asked, context, self.now())
        async with aclosing(self.mind.reply(prompt, max_tokens=self.answer_tokens)) as parts:
            async for part in parts:
                yield Thought(part, began, began := now())

    async def read_ahead(self, begun: str, session: str) -> None:
        """Read prompts with words that somebody has not finished yet; only what follows is new."""
        context = await self.recall(begun, session)
        await self.expect(begun, context)
        await self.mind.warm(self._prompt(begun, context, self.now()))

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
