"""Ear, mouth and mind joined to a conversation, as the settings want it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Protocol

from audio.listening import Ear
from daemon import assembly, listening
from daemon.assembly import Workshop
from daemon.brain import Brain
from daemon.called import Called
from daemon.controls import Controls
from daemon.conversation import Conversation
from daemon.hearing import Hearing, Partial
from daemon.household import Outlets
from daemon.intents.rescoring import Rescoring
from daemon.settings import Settings
from daemon.soundcard import Output, Source, open_speaker
from daemon.standing import standing
from daemon.turn import Turns
from daemon.unfinished import Unfinished
from daemon.wakes import WakeLog
from memory.records import Turn
from models.phrase_cache import PhraseCache
from models.ports import ModelError, Transcript

log = logging.getLogger(__name__)

_CALM_S = 0.5
"""Seconds between two phrases that are made while nobody speaks: others want the processor, too."""

_BLIND = (OSError, UnicodeError)
"""A terminal that went away, or cannot show a letter, is no reason to stop."""

Edit = Callable[[Transcript], Transcript]
"""What is left of what was heard."""


class Onlooker(Protocol):
    """Whoever watches a conversation: a terminal, a page. What it does must not take time."""

    def attach(self, controls: Controls) -> None:
        """The conversation begins; it can be steered by these."""

    def overheard(self, words: Partial) -> None:
        """Somebody seems to be saying this."""

    def finished(self, turn: Turn) -> None:
        """A turn has been taken."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What talks.

    Attributes:
        conversation: listens and answers.
        ear: that it listens with.
        voice: that it speaks with.
        wakes: counts wakes; to be run.
    """

    conversation: Conversation
    ear: Ear
    voice: PhraseCache
    wakes: WakeLog

    def mute(self, muted: bool) -> None:
        """See `daemon.controls.Listener`."""
        self.ear.mute(muted)
        if muted:
            self.conversation.unheard()

    def talk(self, held: bool) -> None:
        """See `daemon.controls.Listener`."""
        self.ear.talk(held)
        if held:
            self.conversation.called()

    def call(self) -> None:
        """See `daemon.controls.Listener`."""
        self.ear.call()
        self.conversation.called()

    async def keep_phrases(self, language: str) -> None:
        """Make what is said often, and say it without making it from then on."""

        async def calm() -> None:
            await asyncio.sleep(_CALM_S)
            while self.conversation.busy or not self.ear.idle:  # noqa: ASYNC110 - two conditions
                await asyncio.sleep(_CALM_S)

        phrases = await asyncio.to_thread(standing, language)
        try:
            await self.voice.keep(phrases, calm)
        except ModelError as error:
            log.warning("nothing is said without being made: %s", error)


@asynccontextmanager
async def talking(
    shop: Workshop,
    thinking: Brain,
    source: Source,
    output: Output,
    outlets: Outlets,
    *,
    wake: bool = False,
    onlooker: Onlooker | None = None,
) -> AsyncIterator[Talk]:
    """Load what hears and speaks, and join it to what thinks.

    Args:
        shop: makes the engines.
        thinking: mind, memory and house.
        source: microphone or recording.
        output: loudspeaker, file or nothing.
        outlets: to people.
        wake: a recording must wake us too, as a person in a room must.
        onlooker: somebody who watches.

    Raises:
        AudioError: a device or a model of the ear cannot be used.
        ModelError: weights are missing or cannot be used.
    """
    settings = shop.config.settings
    async with AsyncExitStack() as stack:
        transcriber = await stack.enter_async_context(assembly.ear(shop))
        household = thinking.household
        rescoring = Rescoring(
            transcriber, household.recogniser, settings.home.area, household.chooser.concerns
        )
        voice = await stack.enter_async_context(assembly.mouth(shop))
        judge = await stack.enter_async_context(assembly.judge(shop))
        silero = await assembly.vad(shop)
        speaker = await stack.enter_async_context(
            open_speaker(output, voice.rate, settings.audio, source)
        )
        ear, words = listening.open_ear(settings, source, output, speaker, silero, wake=wake)
        wakes = WakeLog(thinking.wakes, lambda: ear.listened, words.near_misses)
        edit, turns = _edited(settings, _watched(thinking.turns, wakes, onlooker))
        conversation = Conversation(
            turns,
            Hearing(rescoring, thinking.vocabulary, edit=edit),
            voice,
            source.microphone,
            speaker,
            manners=listening.manners(settings, source, output),
            begin=thinking.sessions.begin,
            rest=thinking.sessions.rest,
            announcements=outlets.announcements,
            sound=judge,
            patience=listening.patience(turns.acts, settings),
            prepare=voice.prepare,
            controls=outlets.controls,
            woken=wakes.woken,
            overheard=_overheard(onlooker),
        )
        if onlooker is not None:
            onlooker.attach(outlets.controls)
        yield Talk(conversation, ear, voice, wakes)


def _overheard(onlooker: Onlooker | None) -> Callable[[Partial], None]:
    def overheard(words: Partial) -> None:
        if onlooker is not None:
            with suppress(*_BLIND):
                onlooker.overheard(words)

    return overheard


def _edited(settings: Settings, turns: Turns) -> tuple[Edit, Turns]:
    """What is made of words before anybody acts on them, and turns that know it."""
    language = settings.home.language
    acts = turns.acts
    unfinished = Unfinished(listening.is_half(acts, language), language, follows=acts.follows)
    called = Called([*(one.phrase for one in settings.listening.wake), "auricle"])

    def edit(heard: Transcript) -> Transcript:
        return unfinished.joined(called.off(heard))

    return edit, replace(turns, known=unfinished.answer)


def _watched(turns: Turns, wakes: WakeLog, onlooker: Onlooker | None) -> Turns:
    async def journal(turn: Turn) -> None:
        await turns.journal(turn)
        wakes.answered(bool(turn.asked))
        if onlooker is not None:
            with suppress(*_BLIND):
                onlooker.finished(turn)

    return replace(turns, journal=journal)
