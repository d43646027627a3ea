"""The daemon: everything running together, from loading to a clean stop."""

import asyncio
import gc
import logging
from contextlib import AsyncExitStack

from audio.listening import Ear
from daemon import paths
from daemon.announcements import Announcements
from daemon.assembly import Workshop
from daemon.brain import brain
from daemon.broker import edge
from daemon.controls import Controls
from daemon.conversation import Conversation
from daemon.household import Outlets
from daemon.lifecycle import report, stop_on_signals
from daemon.notify import Notifier
from daemon.soundcard import Output, Source
from daemon.talking import Onlooker, talking

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
    onlooker: Onlooker | None = None,
) -> None:
    """Run until the recording is over, `once` is satisfied, or a signal says stop.

    Args:
        shop: makes the engines.
        source: microphone or recording.
        output: loudspeaker, file or nothing.
        once: leave after the first answer.
        wake: a recording must wake us too, as a person in a room must.
        onlooker: somebody who watches.

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
        talk = await stack.enter_async_context(
            talking(shop, thinking, source, output, outlets, wake=wake, onlooker=onlooker)
        )
        # Before the microphone is opened: who muted it does not want a moment of it heard.
        talk.ear.mute(controls.muted)
        # What is loaded by now stays: looking through all of it again would hold up the ear.
        gc.collect()
        gc.freeze()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(thinking.household.live(), name="household")
                group.create_task(thinking.knowledge.index(), name="index")
                group.create_task(thinking.sessions.follow(), name="follow")
                group.create_task(controls.follow(talk), name="controls")
                group.create_task(talk.keep_phrases(settings.home.language), name="phrases")
                if not guest:
                    group.create_task(controls.keep(knobs), name="keep mute and volume")
                    group.create_task(talk.wakes.run(), name="wakes")
                group.create_task(report(talk.ear, source.microphone, notifier), name="report")
                conversing = _converse(talk.conversation, talk.ear, once=once)
                group.create_task(conversing, name="conversation")
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
