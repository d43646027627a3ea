"""The floor: at most one turn is being taken, and whoever wants the next one ends it first."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from audio.frames import Utterance
from audio.listening import Ear
from audio.ports import Microphone, Speaker
from daemon.ahead import Ahead
from daemon.announcements import Announcements, Waiting
from daemon.controls import Controls
from daemon.exchange import Exchange
from daemon.holding import Holding
from daemon.mouth import Mouth
from daemon.shielded import runs, stop
from daemon.stopwatch import Stopwatch
from daemon.turn import Turns
from memory.records import MemoryFailed, Turn
from models.ports import ModelError, Transcript, Voice

log = logging.getLogger(__name__)

_ECHO_TAIL = 0.3
"""Seconds that a room goes on sounding after the loudspeaker: a deaf ear opens after them."""

_LATELY = 400
"""Letters of an answer that may still be on their way through the room: half a minute of speech."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How a conversation is held.

    Attributes:
        channel: "mic" or "wav", for the record.
        barge_in: speech with words in it stops the answer; otherwise the ear rests meanwhile.
        follow_up_s: seconds after an answer in which no wake word is needed.
    """

    channel: str
    barge_in: bool
    follow_up_s: float = 6.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that was said and wants a turn.

    Attributes:
        utterance: its sound.
        words: being written down.
        ahead: what was thought about it already.
        decoded: loop times between which they were written down.
        wasted_ms: time spent on thoughts about words that were not the whole of it.
    """

    utterance: Utterance
    words: "asyncio.Task[Transcript]"
    ahead: Ahead | None = None
    decoded: "Callable[[], tuple[float, float] | None]" = lambda: None
    wasted_ms: float = 0.0


class Floor:
    """Begins turns, and ends them. Belongs to one conversation."""

    def __init__(
        self,
        turns: Turns,
        voice: Voice,
        microphone: Microphone,
        speaker: Speaker,
        *,
        manners: Manners,
        begin: Callable[[str, float], Awaitable[Turn]],
        rest: Callable[[str], Awaitable[None]],
        announcements: Announcements,
        controls: Controls,
    ) -> None:
        """Join the parts; see `daemon.conversation.Conversation`."""
        self._turns = turns
        self._voice = voice
        self._time_of = microphone.time_of
        self._speaker = speaker
        self._manners = manners
        self._begin = begin
        self._rest = rest
        self._announcements = announcements
        self._controls = controls
        # Turns begin one at a time: what is asked and what is announced come from two tasks.
        self.lock = asyncio.Lock()
        self.holding = Holding(speaker)
        self.turn: asyncio.Task[None] | None = None
        self._words: asyncio.Task[Transcript] | None = None
        self._answering: Exchange | None = None
        self.answered = asyncio.Event()
        """Set once a turn that had words in it has been taken to its end."""

    @property
    def busy(self) -> bool:
        """Whether a turn is being taken, or the next one prepared."""
        return runs(self.turn)

    @property
    def answering(self) -> bool:
        """Whether an answer is being found or given."""
        return self._answering is not None

    @property
    def spoken(self) -> str:
        """The last sentences of the answer, as far as they have been found."""
        return self._answering.turn.answered[-_LATELY:] if self._answering is not None else ""

    def owns(self, words: "asyncio.Task[Transcript]") -> bool:
        """Whether these words belong to the turn."""
        return words is self._words

    async def begin(self, utterance: Utterance) -> Turn:
        """The record of a turn that this utterance may become."""
        ago = asyncio.get_running_loop().time() - self._time_of(utterance.start)
        return await self._begin(self._manners.channel, time.time() - ago)

    async def end_turn(self) -> None:
        """Cancel the running turn and wait for it; but first let it learn what was said.

        A long utterance may still be decoded when the next words are understood already. Nobody
        answers it any more, but it belongs into the journal and into what is asked next.
        """
        await self._end_turn(self._words)

    async def close(self) -> None:
        """Wait for the words that nobody wants any more."""
        self.holding.release()
        await stop(self._words)

    async def _end_turn(self, words: "asyncio.Task[Transcript] | None") -> None:
        if words is not None:
            await asyncio.wait([words])
        await stop(self.turn)
        self.holding.release()

    async def take(self, asked: Asked, ear: Ear, group: asyncio.TaskGroup) -> None:
        """Start the turn of an utterance; ends the one before it."""
        utterance = asked.utterance
        before, self._words = self._words, asked.words  # Owned from here on, whatever happens.
        async with self.lock:
            await self._end_turn(before)
            # A turn that was cancelled before it began has not taken its words.
            await stop(before)
            self.turn = None
            clock = Stopwatch(self._time_of(utterance.ended), asyncio.get_running_loop().time)
            clock.add("endpoint", clock.anchor, self._time_of(utterance.decided))
            with clock.step("begin"):
                turn = await self.begin(utterance)
            if asked.wasted_ms:
                turn.latency_ms["wasted"] = asked.wasted_ms
            mouth = Mouth(self._voice, self._speaker, self._controls)
            exchange = Exchange(
                turn, clock, asked.words, mouth, ahead=asked.ahead, decoded=asked.decoded
            )
            taking = partial(self._turns.take, exchange)
            running = self._run(exchange, ear, taking, lambda: bool(turn.asked))
            self.turn = group.create_task(running, name=f"turn {turn.id}")

    async def speak_up(
        self, waiting: Waiting, *, ear: Ear, group: asyncio.TaskGroup
    ) -> "asyncio.Task[None]":
        """Begin to say what nobody asked for; the task ends when it was said, or could not be."""
        loop = asyncio.get_running_loop()
        turn = await self._begin("announcement", time.time())
        mouth = Mouth(self._voice, self._speaker, self._controls)
        exchange = Exchange(turn, Stopwatch(loop.time(), loop.time), loop.create_future(), mouth)

        async def announce() -> None:
            try:
                await self._turns.announce(exchange, waiting.announcement.text)
            finally:
                # What nobody heard because somebody spoke is said again.
                if turn.heard or not turn.interrupted:
                    self._announcements.leave(waiting, bool(turn.heard))

        urgent = waiting.announcement.urgency == "alarm"
        self.holding.release()
        running = self._run(exchange, ear, announce, lambda: urgent or self._turns.acts.asks)
        self.turn = group.create_task(running, name=f"announcement {turn.id}")
        return self.turn

    async def _run(
        self,
        exchange: Exchange,
        ear: Ear,
        taking: Callable[[], Awaitable[None]],
        replied: Callable[[], bool],
    ) -> None:
        """Take a turn with the ear as manners have it, and prepare the next one.

        Args:
            exchange: what is being taken.
            ear: attends meanwhile.
            taking: takes it.
            replied: whether it is followed up: a noise and a message to everybody are not.
        """
        if self._manners.barge_in:
            ear.attend(None)
        else:
            ear.deafen()
        self._controls.phase = "thinking"
        self._answering = exchange
        try:
            await taking()
            if exchange.turn.asked:
                self.answered.set()
        finally:
            self._answering = None
            self._controls.phase = "idle"
            if not self._manners.barge_in:
                tail = _ECHO_TAIL if exchange.turn.heard else 0.0
                ear.undeafen(ear.sample_at(asyncio.get_running_loop().time() + tail))
            # Not before the last word has been heard: the answer is what is being followed up.
            ear.attend(self._manners.follow_up_s if replied() else 0.0)
        try:
            await self._rest(exchange.turn.session)
        except (MemoryFailed, ModelError) as error:
            log.warning("nothing is prepared for the next turn: %s", error)
