"""Conversations on virtual time: a script of sounds and words in, turns and speech out."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from audio.detector import Detector
from audio.endpointer import Endpointer
from audio.frames import RATE, Pcm, Utterance
from audio.gate import Gate
from audio.listening import Ear
from daemon.announcements import Announcements
from daemon.conversation import Conversation
from daemon.exchange import Exchange
from daemon.floor import Manners
from daemon.foresight import Patience
from daemon.hearing import Hearing
from daemon.mouth import Mouth
from daemon.prompt import Context
from daemon.stopwatch import Stopwatch
from daemon.thinking import Thinking
from daemon.turn import Turns
from memory.records import Turn
from models.ports import LanguageModel, Transcriber, Transcript, Voice
from tests.audio.test_listening import LoudIsSpeech, buzz
from tests.doubles.acts import ScriptedActs
from tests.doubles.audio import RecordingSpeaker, ScriptedMicrophone
from tests.doubles.models import ScriptedEar, ScriptedMind, ScriptedVoice

NOW = datetime(2026, 3, 3, 18, 40, tzinfo=UTC)

QUIET = 0.05
"""Seconds: less than a frame and a judge's window together; times that must agree, agree so far."""


def spoken(*parts: float) -> ScriptedMicrophone:
    """Speech and silence, in seconds, taking turns and beginning with silence."""
    return ScriptedMicrophone.saying(
        *(buzz(part) if place % 2 else float(part) for place, part in enumerate(parts))
    )


def sound(seconds: float) -> Pcm:
    return buzz(seconds)


@dataclass
class Stage:
    """A conversation between doubles.

    Attributes:
        patience: how long a pause must last, in milliseconds.
        expected: words that were read ahead for, before they were all there.
        prepared: clauses that were made into sound ahead.
        told: names of what happened to the turns, in order: "recall ...", "journal", "rest".
        journal: turns as they were written.
        context: what every question recalls.
        acts: what is done without the mind's words; nothing, unless a test scripts it.
        journal_s: time that writing takes.
    """

    microphone: ScriptedMicrophone
    transcriber: Transcriber = field(default_factory=lambda: ScriptedEar(["what time is it"]))
    mind: LanguageModel = field(default_factory=lambda: ScriptedMind(["It is six in the evening."]))
    voice: Voice = field(default_factory=ScriptedVoice)
    speaker: RecordingSpeaker = field(default_factory=RecordingSpeaker)
    barge_in: bool = True
    context: Context = field(default_factory=Context)
    journal_s: float = 0.0
    rest_s: float = 0.0
    acts: ScriptedActs = field(default_factory=ScriptedActs)
    announcements: Announcements = field(default_factory=Announcements)
    patience: Patience = lambda _, __: 600.0
    prepared: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    journal: list[Turn] = field(default_factory=list)
    conversation: Conversation = field(init=False)
    ear: Ear = field(init=False)
    _numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.conversation = Conversation(
            self.turns(),
            Hearing(self.transcriber, lambda: ["lamp"]),
            self.voice,
            self.microphone,
            self.speaker,
            manners=Manners("wav", self.barge_in),
            begin=self.begin,
            rest=self.rest,
            announcements=self.announcements,
            sound=self,
            patience=self.patience,
            prepare=self.prepare,
        )
        self.ear = Ear(self.microphone, Detector(Gate(), LoudIsSpeech(), Endpointer()))

    async def probability(self, utterance: Utterance) -> float | None:
        await asyncio.sleep(0.03)
        return None

    async def expect(self, begun: str, context: Context) -> None:
        self.expected.append(begun)

    async def prepare(self, clause: str) -> None:
        self.prepared.append(clause)

    def turns(self) -> Turns:
        thinking = Thinking(
            mind=self.mind,
            recall=self.recall,
            choose=self.acts.choose,
            expect=self.expect,
            places=lambda: ["lamp"],
            now=lambda: NOW,
            prompt_tokens=10_000,
            question_tokens=200,
            answer_tokens=100,
        )
        return Turns(thinking, journal=self.keep, model="scripted", acts=self.acts)

    async def begin(self, channel: str, started_at: float) -> Turn:
        await asyncio.sleep(0.001)  # a store is read
        return Turn(f"t{next(self._numbers)}", "s", started_at, channel)

    async def recall(self, question: str, session: str) -> Context:
        self.told.append(f"recall {question}")
        await asyncio.sleep(0.01)
        return self.context

    async def keep(self, turn: Turn) -> None:
        await asyncio.sleep(self.journal_s)
        self.told.append("journal")
        self.journal.append(turn)

    async def rest(self, session: str) -> None:
        await asyncio.sleep(self.rest_s)
        self.told.append("rest")

    async def play(self) -> None:
        """The whole script, as the daemon plays a recording."""
        converse = asyncio.create_task(self.conversation.converse(self.ear))
        silent = asyncio.create_task(self.conversation.until_silent(self.ear))
        await asyncio.wait([converse, silent], return_when=asyncio.FIRST_COMPLETED)
        for task in (silent, converse):
            if task.done():
                task.result()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        assert_nothing_is_left()

    async def play_until(self, moment: float) -> None:
        """Cancel the conversation at a loop time, and wait for it."""
        await cancelled_at(moment, self.conversation.converse(self.ear))

    def at(self, *, speech_ends: float) -> float:
        """Loop time of a second of the script."""
        return self.microphone.time_of(round(speech_ends * RATE))


async def cancelled_at(moment: float, work: Coroutine[Any, Any, None]) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)
    await asyncio.sleep(moment - loop.time())
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert_nothing_is_left()


def assert_nothing_is_left() -> None:
    """Whoever starts a task owns it: when work is over, so is everything that it started."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, left


def exchange(
    stage: Stage,
    words: "Transcript | BaseException | str" = "what time is it",
    *,
    aloud: bool = True,
    say: Callable[[str], None] | None = None,
) -> Exchange:
    """One turn that begins now, its words just said."""
    loop = asyncio.get_running_loop()
    turn = Turn("t1", "s", 0.0, "wav")
    mouth = Mouth(stage.voice, stage.speaker) if aloud else None
    return Exchange(turn, Stopwatch(loop.time(), loop.time), _words(words), mouth, say)


async def _words(words: "Transcript | BaseException | str") -> Transcript:
    if isinstance(words, BaseException):
        raise words
    return words if isinstance(words, Transcript) else Transcript(words, 0.9, "en")


def silent_stage(**parts: Any) -> Stage:
    """A stage for turns that are taken without an ear."""
    return Stage(ScriptedMicrophone(), **parts)
