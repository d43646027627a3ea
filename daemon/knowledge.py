"""What a turn is given to know, and what it leaves behind."""

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from daemon.prompt import Context, when
from daemon.sessions import Sessions
from daemon.speech_acts import is_statement
from memory.budget import fit_passages
from memory.records import MemoryFailed, Passage, Source, Turn
from memory.store import Store
from models.ports import ModelError
from sensors.telling import Telling

log = logging.getLogger(__name__)

_UNSAVED = 64
"""Turns that wait for a disk that is full; older ones are lost, and the log says so."""

_PASSAGE_TOKENS = 300
"""Tokens that recalled passages may take of a prompt; a remembered monologue is left out."""


class Knowledge:
    """Joins the store, the live house and the session."""

    def __init__(
        self,
        store: Store,
        telling: Telling,
        sessions: Sessions,
        *,
        passages: int,
        remember_speech: bool,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Join the parts.

        Args:
            store: passages and journal.
            telling: the live house, in words.
            sessions: history.
            passages: recalled passages in a prompt at the most.
            remember_speech: whether statements become passages.
            now: Unix seconds.
        """
        self._store = store
        self._telling = telling
        self._sessions = sessions
        self._passages = passages
        self._remember_speech = remember_speech
        self._now = now
        self._unsaved: deque[Turn] = deque(maxlen=_UNSAVED)

    async def recall(self, question: str, session: str) -> Context:
        """What the mind should know. A failing store costs memory, not the answer."""
        now = self._now()
        house = [
            Source(0, line, 1.0, f"mqtt:{reading.topic}")
            for reading, line in self._telling.about(question, now)
        ]
        try:
            context = await self._sessions.history(session)
            found = await self._store.passages.recall(question, limit=self._passages, now=now)
        except MemoryFailed as error:
            log.error("answering without memory: %s", error)  # noqa: TRY400 - the text says it all
            return Context(house=house)
        today = datetime.fromtimestamp(now).astimezone()
        fitting = fit_passages(found, _PASSAGE_TOKENS, self._sessions.mind.count)
        passages = [
            Source(p.id, f"{when(p.at, today)}: {p.text}", p.score, p.origin)
            for p in sorted(fitting, key=lambda passage: passage.at)
        ]
        return replace(context, house=house, passages=passages)

    async def keep(self, turn: Turn) -> None:
        """Journal a turn, and remember what was stated in it. A full disk is waited out."""
        if len(self._unsaved) == _UNSAVED:
            log.error("turn %s is lost: the disk has been full for too long", self._unsaved[0].id)
        self._unsaved.append(turn)
        await self.flush()

    async def flush(self) -> bool:
        """Write what is not on disk yet; whether everything is now."""
        try:
            while self._unsaved:
                # Memory first: it takes the same thing twice, the journal does not.
                await self._remember(self._unsaved[0])
                await self._store.journal.append(self._unsaved[0])
                self._unsaved.popleft()
        except MemoryFailed as error:
            log.error(  # noqa: TRY400 - the text says it all
                "%d turns are not on disk yet: %s", len(self._unsaved), error
            )
        return not self._unsaved

    async def index(self) -> None:
        """Embed what an earlier run, or another embedder, left without a vector."""
        try:
            if count := await self._store.passages.index():
                log.info("embedded %d passages that had no vector yet", count)
        except (MemoryFailed, ModelError) as error:
            log.error("some passages are found by keyword only: %s", error)  # noqa: TRY400

    async def _remember(self, turn: Turn) -> None:
        if self._remember_speech and is_statement(turn.asked):
            text = f'You said: "{turn.asked}"'
            passage = Passage(0, text, f"turn:{turn.id}", turn.started_at)
            await self._store.passages.remember([passage])
