"""The daemon: everything running together, from loading to a clean stop."""

import asyncio
import gc
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace

from audio.listening import Ear
from daemon import assembly, listening, paths
from daemon.announcements import Announcements
from daemon.assembly import Workshop
from daemon.brain import brain
from daemon.broker import edge
from daemon.called import Called
from daemon.controls import Controls
from daemon.conversation import Conversation
from daemon.hearing import Hearing
from daemon.household import Outlets
from daemon.intents.rescoring import Rescoring
from daemon.lifecycle import report, stop_on_signals
from daemon.notify import Notifier
from daemon.settings import Settings
from daemon.soundcard import Output, Source, open_speaker
from daemon.turn import Acts, Turns
from daemon.unfinished import Unfinished
from memory.records import Turn

log = logging.getLogger(__name__)


class ConversationEnded(Exception):
    """The conversation is over; the rest of the service need not go on."""


async def serve(
    shop: Workshop,
    source: Source,
    output: Output,
    *,
    once: bool = False,
    wake: bool = False,
    show: Callable[[Turn], None] | None = None,
) -> None:
    """Run until the recording is over, `once` is satisfied, or a signal says stop.

    Args:
        shop: makes the engines.
        source: microphone or recording.
        output: loudspeaker, file or nothing.
        once: leave after the first answer.
        wake: a recording must wake us too, as a person in a room must.
        show: told of every finished turn, for a person who is looking on.

    Raises:
        AudioError: a device is missing, or neither works nor lets go.
        ModelError: weights are missing or cannot be used.
        MemoryFailed: the store cannot be opened.
        SensorError: the broker's password cannot be read.
    """
    stop_on_signals()
    settings = shop.config.settings
    # A recording may be played beside the service, which must not lose its session to it.
    guest = source.channel == "wav"
    broker = edge(settings.mqtt, guest=guest) if settings.mqtt.enabled else None
    knobs = paths.state() / "controls.json"
    # A recording counts as heard whatever somebody wants of the microphone.
    controls = Controls() if guest else await asyncio.to_thread(Controls.load, knobs)
    outlets = Outlets(Announcements(), controls)
    notifier = Notifier()
    async with AsyncExitStack() as stack:
        notifier.status("loading models")
        thinking = await stack.enter_async_context(brain(shop, broker, outlets, guest=guest))
        transcriber = await stack.enter_async_context(assembly.ear(shop))
        rescoring = Rescoring(transcriber, thinking.household.recogniser, settings.home.area)
        voice = await stack.enter_async_context(assembly.mouth(shop))
        judge = await stack.enter_async_context(assembly.judge(shop))
        detector = await stack.enter_async_context(assembly.detector(shop))
        speaker = await stack.enter_async_context(
            open_speaker(output, voice.rate, settings.audio, source)
        )
        ear, _ = listening.open_ear(settings, source, output, speaker, detector, wake=wake)
        unfinished, called = _words(settings, thinking.turns.acts)
        turns = replace(_shown(thinking.turns, show), known=unfinished.answer)
        conversation = Conversation(
            turns,
            Hearing(
                rescoring,
                thinking.vocabulary,
                edit=lambda heard: unfinished.joined(called.off(heard)),
            ),
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
            controls=controls,
        )
        # What is loaded by now stays: looking through all of it again would hold up the ear.
        gc.collect()
        gc.freeze()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(thinking.household.live(), name="household")
                group.create_task(thinking.knowledge.index(), name="index")
                group.create_task(thinking.sessions.follow(), name="follow")
                group.create_task(controls.follow(ear), name="controls")
                if not guest:
                    group.create_task(controls.keep(knobs), name="keep mute and volume")
                group.create_task(report(ear, source.microphone, notifier), name="report")
                group.create_task(_converse(conversation, ear, once=once), name="conversation")
        except* ConversationEnded:
            log.info("the conversation is over")


async def _converse(conversation: Conversation, ear: Ear, *, once: bool) -> None:
    """Converse to the end of a recording and its last answer, or of the first answer."""
    tasks = {
        asyncio.create_task(conversation.converse(ear), name="converse"),
        asyncio.create_task(conversation.until_silent(ear), name="until silent"),
    }
    if once:
        tasks.add(asyncio.create_task(_answered(conversation), name="answered"))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    raise ConversationEnded


async def _answered(conversation: Conversation) -> None:
    await conversation.answered.wait()


def _shown(turns: Turns, show: Callable[[Turn], None] | None) -> Turns:
    async def journal(turn: Turn) -> None:
        await turns.journal(turn)
        if show is not None:
            with suppress(OSError):  # A terminal that went away is no reason to stop.
                show(turn)

    return replace(turns, journal=journal)


def _words(settings: Settings, acts: Acts) -> tuple[Unfinished, Called]:
    """What is made of words before anybody acts on them."""
    language = settings.home.language
    unfinished = Unfinished(listening.is_half(acts, language), language)
    return unfinished, Called([*(one.phrase for one in settings.listening.wake), "auricle"])
