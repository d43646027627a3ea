"""Turns follow each other: from what the ear reports to turns taken, one at a time."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from audio.endpointer import Event
from audio.frames import SpeechPaused, SpeechStarted, Utterance
from audio.listening import Ear
from audio.ports import Microphone, Speaker
from daemon.announcements import Announcements, Waiting
from daemon.controls import Controls
from daemon.hearing import Ahead, Hearing
from daemon.mouth import Mouth
from daemon.shielded import runs, stop
from daemon.stopwatch import Stopwatch
from daemon.turn import Exchange, Turns
from memory.records import MemoryFailed, Turn
from models.ports import ModelError, Transcript, Voice

log = logging.getLogger(__name__)

_LULL_S = 0.1
"""Seconds between looks whether somebody is still talking."""

_POLITE_S = 15.0
"""Seconds that an announcement waits for a lull: a television never has one."""

_ECHO_TAIL = 0.3
"""Seconds that a room goes on sounding after the loudspeaker: the ear opens after them."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How a conversation is held.

    Attributes:
        channel: "mic" or "wav", for the record.
        barge_in: speech with words in it stops the answer; otherwise the ear rests meanwhile.
    """

    channel: str
    barge_in: bool


class Conversation:
    """Listens, and answers each utterance with a turn."""

    def __init__(
        self,
        turns: Turns,
        hearing: Hearing,
        voice: Voice,
        microphone: Microphone,
        speaker: Speaker,
        *,
        manners: Manners,
        begin: Callable[[str, float], Awaitable[Turn]],
        rest: Callable[[str], Awaitable[None]],
        announcements: Announcements,
        controls: Controls | None = None,
    ) -> None:
        """Join the parts.

        Args:
            turns: takes a turn.
            hearing: transcribes ahead.
            voice: speaks.
            microphone: tells when its samples were.
            speaker: plays.
            manners: how to behave.
            begin: makes the record of a turn from its channel and start, Unix seconds.
            rest: work for the pause after a turn, given its session.
            announcements: what is to be said without having been asked.
            controls: told what is being done; its volume is that of the voice.
        """
        self._turns = turns
        self._hearing = hearing
        self._voice = voice
        self._time_of = microphone.time_of
        self._speaker = speaker
        self._manners = manners
        self._begin = begin
        self._rest = rest
        self._announcements = announcements
        self._controls = controls or Controls()
        # Turns begin one at a time: what is asked and what is announced come from two tasks.
        self._floor = asyncio.Lock()
        self._turn: asyncio.Task[None] | None = None
        self._words: asyncio.Task[Transcript] | None = None
        self._interruption: asyncio.Task[None] | None = None
        self.answered = asyncio.Event()
        """Set once a turn that had words in it has been taken to its end."""

    @property
    def busy(self) -> bool:
        """Whether a turn is being taken."""
        return runs(self._turn)

    async def converse(self, ear: Ear) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as group, aclosing(ear.events()) as events:
                announcing = group.create_task(self._announce(ear, group), name="announce")
                async for event in events:
                    await self._on(event, ear, group)
                announcing.cancel()
        finally:
            await self._hearing.close()
            await stop(self._words)

    async def until_silent(self, ear: Ear) -> None:
        """Return when a recording is over, its last turn has ended and nothing is left to say."""
        await ear.finished()
        while True:
            under_way = [t for t in (self._turn, self._interruption) if t and not t.done()]
            if under_way:
                await asyncio.wait(under_way)
                await ear.finished()
            elif not self._announcements.empty:
                await asyncio.sleep(_LULL_S)
            else:
                break
        if self._turn is not None and not self._turn.cancelled():
            self._turn.result()

    async def _on(self, event: Event, ear: Ear, group: asyncio.TaskGroup) -> None:
        match event:
            case SpeechStarted():
                self._hearing.resumed()
                if not self.busy:
                    self._controls.phase = "listening"
            case SpeechPaused(utterance):
                # Words spoken over an answer end it at the first pause; what they were is decided
                # later. Noise has no words and ends nothing.
                self._hearing.begin(utterance, self._hush if self.busy else self._ahead(utterance))
            case Utterance():
                words = asyncio.ensure_future(self._hearing.words(event))
                if self.busy or runs(self._interruption):
                    # A task of its own: frames must be taken while the words are waited for.
                    waiting = self._interrupt(event, words, ear, group, after=self._interruption)
                    self._interruption = group.create_task(waiting, name="interruption")
                else:
                    await self._take(event, words, ear, group)

    async def _hush(self, _: str) -> None:
        """Stop the answer that somebody talks over."""
        await self._end_turn(self._words)

    async def _end_turn(self, words: "asyncio.Task[Transcript] | None") -> None:
        """Cancel the running turn and wait for it; but first let it learn what was said.

        A long utterance may still be decoded when the next words are understood already. Nobody
        answers it any more, but it belongs into the journal and into what is asked next.
        """
        if words is not None:
            await asyncio.wait([words])
        await stop(self._turn)

    def _ahead(self, utterance: Utterance) -> Ahead:
        """Recall and read the prompt before it is certain that the utterance has ended."""

        async def prepare(asked: str) -> None:
            turn = await self._begin(self._manners.channel, self._spoken_at(utterance))
            await self._turns.prepare(asked, turn.session)

        return prepare

    async def _interrupt(
        self,
        utterance: Utterance,
        words: "asyncio.Task[Transcript]",
        ear: Ear,
        group: asyncio.TaskGroup,
        *,
        after: "asyncio.Task[None] | None",
    ) -> None:
        """Take an utterance that came during a turn, if it holds words; one after the other."""
        try:
            if after is not None:
                await asyncio.wait([after])
            if await _hold_words(words):
                await self._take(utterance, words, ear, group)
        finally:
            if words is not self._words:
                await stop(words)

    async def _take(
        self,
        utterance: Utterance,
        words: "asyncio.Task[Transcript]",
        ear: Ear,
        group: asyncio.TaskGroup,
    ) -> None:
        """Start the turn of an utterance; ends the one before it."""
        before, self._words = self._words, words  # Owned from here on, whatever happens.
        async with self._floor:
            await self._end_turn(before)
            # A turn that was cancelled before it began has not taken its words.
            await stop(before)
            self._turn = None
            clock = Stopwatch(self._time_of(utterance.ended), asyncio.get_running_loop().time)
            clock.add("endpoint", clock.anchor, self._time_of(utterance.decided))
            turn = await self._begin(self._manners.channel, self._spoken_at(utterance))
            exchange = Exchange(
                turn, clock, words, Mouth(self._voice, self._speaker, self._controls)
            )
            taking = partial(self._turns.take, exchange)
            self._turn = group.create_task(self._run(exchange, ear, taking), name=f"turn {turn.id}")

    async def _announce(self, ear: Ear, group: asyncio.TaskGroup) -> None:
        """Until cancelled: say what waits to be said, one after the other."""
        while True:
            await self._announcements.next()
            said: asyncio.Task[None] | None = None
            try:
                await self._lull(ear)
                async with self._floor:
                    # Somebody may have got a word in while the floor was being waited for.
                    if self.busy:
                        continue
                    # An alarm may have gone before what was the next one then.
                    said = await self._speak_up(await self._announcements.next(), ear, group)
                await asyncio.wait([said])
            finally:
                if said is not None and not said.done():
                    await stop(said)

    async def _lull(self, ear: Ear) -> None:
        """Wait until no turn is being taken and, for as long as is polite, nobody talks.

        Somebody who was asked something is about to: what is not urgent would end up between the
        question and the yes.
        """
        loop = asyncio.get_running_loop()
        patience = loop.time() + _POLITE_S
        while True:
            asked = self._turns.acts.asks and not self._announcements.urgent
            talks = asked or not (ear.deaf or ear.idle)
            if not (self.busy or (talks and loop.time() < patience)):
                return
            await asyncio.sleep(_LULL_S)

    async def _speak_up(
        self, waiting: Waiting, ear: Ear, group: asyncio.TaskGroup
    ) -> "asyncio.Task[None]":
        loop = asyncio.get_running_loop()
        turn = await self._begin("announcement", time.time())
        mouth = Mouth(self._voice, self._speaker, self._controls)
        exchange = Exchange(turn, Stopwatch(loop.time(), loop.time), loop.create_future(), mouth)

        async def announce() -> None:
            try:
                await self._turns.announce(exchange, waiting.announcement.text)
            finally:
                self._announcements.leave(waiting, bool(turn.heard))

        self._turn = group.create_task(
            self._run(exchange, ear, announce), name=f"announcement {turn.id}"
        )
        return self._turn

    def _spoken_at(self, utterance: Utterance) -> float:
        """Unix seconds at which somebody began to speak."""
        ago = asyncio.get_running_loop().time() - self._time_of(utterance.start)
        return time.time() - ago

    async def _run(
        self, exchange: Exchange, ear: Ear, taking: Callable[[], Awaitable[None]]
    ) -> None:
        """Take a turn with the ear as manners have it, and prepare the next one."""
        if not self._manners.barge_in:
            ear.deafen()
        self._controls.phase = "thinking"
        try:
            await taking()
            if exchange.turn.asked:
                self.answered.set()
        finally:
            self._controls.phase = "idle"
            if not self._manners.barge_in:
                tail = _ECHO_TAIL if exchange.turn.heard else 0.0
                ear.undeafen(ear.sample_at(asyncio.get_running_loop().time() + tail))
        try:
            await self._rest(exchange.turn.session)
        except (MemoryFailed, ModelError) as error:
            log.warning("nothing is prepared for the next turn: %s", error)


async def _hold_words(words: Awaitable[Transcript]) -> bool:
    """Whether something was said; an ear that failed is not sure, and its turn will tell."""
    try:
        return bool((await words).text)
    except ModelError:
        return True
