"""Turns that belong together: their history in the prompt, and its summary when it grows long."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from daemon.prompt import Context, stable
from daemon.summary import summarise
from memory.budget import split_history
from memory.ids import new_id
from memory.journal import Journal
from memory.records import MemoryFailed, Turn
from models.ports import LanguageModel, ModelError

log = logging.getLogger(__name__)

_SUMMARY_TOKENS = 300
"""Tokens of what is left of turns that the prompt has no room for."""

_LOOK_S = 2.0
"""Seconds between looks at what the house has: devices that appear together are read together."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Begins turns and looks after what earlier ones left behind.

    Attributes:
        journal: of turns.
        mind: writes summaries; its cache is prepared for the next turn.
        places: names of what the house has, for the stable part of the prompt.
        follow_up_s: seconds after a turn in which the next one continues it.
        history_tokens: what the history may take of a prompt; half of it stays after a summary.
        now: Unix seconds.
    """

    journal: Journal
    mind: LanguageModel
    places: Callable[[], Sequence[str]]
    follow_up_s: float
    history_tokens: int
    now: Callable[[], float] = time.time

    async def begin(self, channel: str, started_at: float) -> Turn:
        """The record of a new turn, in the session that it belongs to."""
        try:
            session = await self.journal.current_session(started_at, self.follow_up_s)
        except MemoryFailed as error:
            log.error("a session begins without memory: %s", error)  # noqa: TRY400 - says it all
            session = new_id(started_at)
        return Turn(new_id(self.now()), session, started_at, channel)

    async def history(self, session: str) -> Context:
        """Summary and turns of a session; the newest ones when nobody had time to summarise."""
        summary, turns = await self._told(session)
        _, told = self._split(turns)
        return Context(history=told, summary=summary)

    async def rest(self, session: str) -> None:
        """In the pause after a turn: summarise what grew long, and read the rest ahead."""
        summary, turns = await self._told(session)
        past, told = self._split(turns)
        if past:
            summary = summarise(summary, past, _SUMMARY_TOKENS, self.mind.count)
            await self.journal.save_summary(session, past[-1].id, summary)
            log.info("summarised %d turns of the session", len(past))
        today = datetime.fromtimestamp(self.now()).astimezone().date()
        context = Context(history=told, summary=summary)
        await self.mind.warm(stable(self.places(), context, today))

    async def prepare(self) -> None:
        """Read what the next turn's prompt will begin with, if it follows up on the last one."""
        now = self.now()
        await self.rest(await self.journal.current_session(now, self.follow_up_s))

    async def follow(self) -> None:
        """Until cancelled: when the house has other things than before, read their names."""
        known = self.places()
        while True:
            await asyncio.sleep(_LOOK_S)
            if (places := self.places()) == known:
                continue
            known = places
            try:
                await self.prepare()
            except (MemoryFailed, ModelError) as error:
                log.warning("nothing is prepared for the next turn: %s", error)

    async def _told(self, session: str) -> tuple[str, list[Turn]]:
        """Summary and turns, without those that failed: an apology tells the mind nothing."""
        summary, turns = await self.journal.history(session)
        return summary, [turn for turn in turns if turn.asked and not turn.error]

    def _split(self, turns: Sequence[Turn]) -> tuple[list[Turn], list[Turn]]:
        budget = self.history_tokens
        return split_history(turns, budget, budget // 2, self.mind.count)
