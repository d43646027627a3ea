"""Turns follow each other: from what the ear reports to turns taken, one at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial

from audio.attention import CALLED_S
from audio.frames import (
    SpeechDismissed,
    SpeechGrew,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechSuspected,
    Utterance,
    Woken,
)
from audio.listening import Ear, Happening
from audio.ports import Microphone, Speaker
from daemon.ahead import Ahead, Prepare
from daemon.announcements import Announcements
from daemon.announcing import Announcing
from daemon.backchannel import is_backchannel, is_echo, is_stop
from daemon.controls import Controls
from daemon.floor import Asked, Floor, Manners
from daemon.foresight import Foresight, Patience, Sound, Speculation
from daemon.hearing import Hearing, Partial
from daemon.shielded import runs, stop
from daemon.turn import Turns
from memory.records import MemoryFailed, Turn
from models.ports import ModelError, Transcript, Voice

log = logging.getLogger(__name__)

_LULL_S = 0.1
"""Seconds between looks whether something is left to say."""

_RELENT_S = 0.4
"""Seconds after a sound that was no speech until the answer goes on: a first word may be too short
for a start, and the next one comes within half a second."""

_WORDLESS_S = 1.5
"""Seconds of sound without words after which an answer that was held back goes on."""

_NOISE_S = 12.0
"""Seconds of sound without words after which nobody waits for words any more."""

_WORTH_READING = 3
"""Words that are certain, from which on the mind reads them ahead: fewer are not worth a call."""

_AGREED = 2
"""Words, decoded twice alike, that end an answer before the first pause: noise has none."""


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
        sound: Sound,
        patience: Patience,
        prepare: Prepare,
        controls: Controls | None = None,
        woken: Callable[[Woken], None] = lambda _: None,
        overheard: Callable[[Partial], None] = lambda _: None,
    ) -> None:
        """Join the parts.

        Args:
            turns: takes a turn.
            hearing: transcribes, also ahead.
            voice: speaks.
            microphone: tells when its samples were.
            speaker: plays.
            manners: how to behave.
            begin: makes the record of a turn from its channel and start, Unix seconds.
            rest: work for the pause after a turn, given its session.
            announcements: what is to be said without having been asked.
            sound: judges by the sound whether somebody has finished.
            patience: decides how long a pause must last.
            prepare: makes a clause into sound ahead.
            controls: told what is being done; its volume is that of the voice.
            woken: told of every wake word.
            overheard: told what somebody seems to be saying, as they say it.
        """
        self._acts = turns.acts
        self._think = turns.ahead
        self._thinking = turns.thinking
        self._hearing = hearing
        self._manners = manners
        self._announcements = announcements
        self._prepare = prepare
        self._controls = controls or Controls()
        self._woken = woken
        self._overheard = overheard
        self._floor = Floor(
            turns,
            voice,
            microphone,
            speaker,
            manners=manners,
            begin=begin,
            rest=rest,
            announcements=announcements,
            controls=self._controls,
        )
        self._foresight = Foresight(sound, patience, self._think_ahead)
        self._interruption: asyncio.Task[None] | None = None
        self._ear: Ear | None = None
        self._group: asyncio.TaskGroup | None = None

    @property
    def answered(self) -> asyncio.Event:
        """Set once a turn that had words in it has been taken to its end."""
        return self._floor.answered

    @property
    def figures(self) -> Speculation:
        """What thinking ahead brought and cost."""
        return self._foresight.figures

    @property
    def busy(self) -> bool:
        """Whether a turn is being taken."""
        return self._floor.busy

    async def converse(self, ear: Ear) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as group, aclosing(ear.events()) as events:
                self._ear, self._group = ear, group
                speak_up = partial(self._floor.speak_up, ear=ear, group=group)
                line = Announcing(
                    self._announcements,
                    self._floor.lock,
                    lambda: self.busy,
                    lambda: self._acts.asks,
                    speak_up,
                )
                announcing = group.create_task(line.run(ear), name="announce")
                async for event in events:
                    await self._on(event, ear, group)
                announcing.cancel()
        finally:
            self._group = None
            await self._hearing.close()  # First: what it owns may still begin a thought.
            await self._foresight.close()
            await self._floor.close()

    async def until_silent(self, ear: Ear) -> None:
        """Return when a recording is over, its last turn has ended and nothing is left to say."""
        await ear.finished()
        while True:
            under_way = [t for t in (self._floor.turn, self._interruption) if t and not t.done()]
            if under_way:
                await asyncio.wait(under_way)
                await ear.finished()
            elif not self._announcements.empty:
                await asyncio.sleep(_LULL_S)
            else:
                break
        if (turn := self._floor.turn) is not None and not turn.cancelled():
            turn.result()

    async def _on(self, event: Happening, ear: Ear, group: asyncio.TaskGroup) -> None:
        match event:
            case SpeechGrew(utterance):
                self._hearing.grew(utterance, partial(self._on_sketch, utterance, ear))
            case SpeechPaused(utterance):
                self._hearing.begin(utterance, partial(self._on_pause, utterance, ear))
            case SpeechResumed():
                self._hearing.resumed()
                self._foresight.void()
            case Utterance():
                await self._on_utterance(event, ear, group)
            case Woken():
                self._woken(event)
                self.called()
            case _:
                self._on_onset(event)

    def called(self) -> None:
        """Somebody said a wake word or pressed a button: they want to be listened to."""
        self._foresight.void()
        self._controls.phase = "listening"
        asyncio.get_running_loop().call_later(CALLED_S, self._calm)
        if self._floor.answering and self._group is not None:
            self._floor.holding.hold()
            self._group.create_task(self._floor.end_turn(), name="called")

    def _calm(self) -> None:
        """Nothing came of it."""
        if self._controls.phase == "listening" and (self._ear is None or self._ear.idle):
            self._controls.phase = "idle"

    def unheard(self) -> None:
        """What was being said will never end: somebody has muted the microphone."""
        self._hearing.resumed()
        self._foresight.void()
        self._floor.holding.release()
        self._calm()

    def _on_onset(self, event: SpeechSuspected | SpeechDismissed | SpeechStarted) -> None:
        """Fall silent for what may be speech, until it is known whether it is."""
        match event:
            case SpeechSuspected():
                if self._floor.answering and self._manners.barge_in:
                    self._floor.holding.hold()
            case SpeechDismissed():
                self._floor.holding.release_after(_RELENT_S)
            case SpeechStarted():
                self._hearing.started()
                if not self.busy:
                    self._controls.phase = "listening"

    async def _on_sketch(self, utterance: Utterance, ear: Ear, words: Partial) -> None:
        """Use what somebody seems to be saying."""
        text = f"{words.stable} {words.unstable}".strip()
        if not text:
            if utterance.seconds > _WORDLESS_S:
                self._floor.holding.release()
            if utterance.seconds > _NOISE_S:
                self._hearing.resumed()
                ear.abandon()
                self._calm()
        elif self._floor.answering:
            self._keep_holding()
            sure = len(words.stable.split()) >= _AGREED or is_stop(text)
            if sure and self._takes_floor(text):
                await self._floor.end_turn()
        elif len(words.stable.split()) >= _WORTH_READING:
            self._hearing.meanwhile(self._read_ahead(utterance, words.stable))
        self._overheard(words)

    async def _on_pause(
        self, utterance: Utterance, ear: Ear, words: "asyncio.Task[Transcript]"
    ) -> None:
        """Decide what a pause means, and give way to words that were spoken over an answer.

        Noise has no words and ends nothing.
        """
        if self._floor.answering:
            self._keep_holding()
            await asyncio.wait([words])
            if _said(words) and self._takes_floor(_said(words)):
                await self._floor.end_turn()
        quiet = not self._floor.answering
        await self._foresight.weigh(utterance, words, ear.settle, quiet=quiet)

    async def _read_ahead(self, utterance: Utterance, begun: str) -> None:
        """Let the mind read what is certain of a question that is still being asked."""
        if not self._acts.understands(begun):
            turn = await self._floor.begin(utterance)
            try:
                await self._thinking.read_ahead(begun, turn.session)
            except (MemoryFailed, ModelError) as error:
                log.warning("nothing is read ahead for this turn: %s", error)

    def _keep_holding(self) -> None:
        if self._floor.holding.held:
            self._floor.holding.hold()

    def _takes_floor(self, text: str) -> bool:
        """Whether words that are spoken over an answer are meant to end it."""
        if is_stop(text):
            return True
        if is_echo(text, self._floor.spoken):
            return False
        asked = self._acts.asks or self._floor.spoken.rstrip().endswith("?")
        return asked or not is_backchannel(text)

    async def _think_ahead(self, utterance: Utterance, heard: Transcript) -> Ahead | None:
        """Begin to think before it is certain that the utterance has ended."""
        turn = await self._floor.begin(utterance)
        if not self._hearing.holds(utterance):
            return None  # The turn has begun already, and thinks for itself.
        return self._think(heard.text, turn.session, self._prepare)

    async def _on_utterance(self, event: Utterance, ear: Ear, group: asyncio.TaskGroup) -> None:
        ahead = self._foresight.claim(event) if self._hearing.holds(event) else None
        asked = Asked(
            event,
            asyncio.ensure_future(self._hearing.words(event)),
            ahead,
            partial(self._hearing.decoded, event),
            self._foresight.wasted_ms(),
        )
        if self.busy or runs(self._interruption):
            # A task of its own: frames must be taken while the words are waited for.
            waiting = self._interrupt(asked, ear, group, after=self._interruption)
            self._interruption = group.create_task(waiting, name="interruption")
        else:
            await self._floor.take(asked, ear, group)

    async def _interrupt(
        self,
        asked: Asked,
        ear: Ear,
        group: asyncio.TaskGroup,
        *,
        after: "asyncio.Task[None] | None",
    ) -> None:
        """Take an utterance that came during a turn, if it holds words; one after the other."""
        try:
            if after is not None:
                await asyncio.wait([after])
            await asyncio.wait([asked.words])
            heard, answering = _said(asked.words), self._floor.answering
            # An ear that failed is not sure, and its turn will tell.
            failed = asked.words.exception() is not None
            if failed or (heard and not (answering and not self._takes_floor(heard))):
                await self._floor.take(asked, ear, group)
        finally:
            self._floor.holding.release()
            if not self._floor.owns(asked.words):
                if asked.ahead is not None:
                    asked.ahead.discard()
                await stop(asked.words)


def _said(words: "asyncio.Task[Transcript]") -> str:
    """What was understood; nothing if that failed."""
    if words.cancelled() or words.exception() is not None:
        return ""
    return words.result().text
