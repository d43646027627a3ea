"""Scripted engines. They take virtual time, and fail a test that uses them out of order."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import numpy as np

from audio.frames import AudioFrame, Utterance
from models.ports import Choice, Message, Offer, Prefilled, ToolCall, Transcript


class _OneAtATime:
    """Engines have one context: a second call before the first has ended is a bug."""

    def __init__(self) -> None:
        self.busy = ""

    def __enter__(self) -> None:
        assert not self.busy, f"called while {self.busy!r} is under way"
        self.busy = "a call"

    def __exit__(self, *_: object) -> None:
        self.busy = ""


@dataclass
class ScriptedEar:
    """A Transcriber that answers from a list, in order.

    Attributes:
        answers: words, or whole transcripts, one a call.
        seconds: time that a call takes.
        heard: utterances it was given.
        vocabularies: what it was told of the house.
        sketches: answers to `sketch`, in order; the last one is repeated, and none means no words.
        sketch_s: time that a sketch takes.
        sketched: utterances of the sketches that were finished.
    """

    answers: Sequence[str | Transcript]
    seconds: float = 0.1
    heard: list[Utterance] = field(default_factory=list)
    vocabularies: list[tuple[str, ...]] = field(default_factory=list)
    sketches: Sequence[str | Transcript] = ()
    sketch_s: float = 0.1
    sketched: list[Utterance] = field(default_factory=list)
    _sketching: _OneAtATime = field(default_factory=_OneAtATime)
    _one: _OneAtATime = field(default_factory=_OneAtATime)

    async def transcribe(self, utterance: Utterance, vocabulary: Sequence[str]) -> Transcript:
        with self._one:
            await asyncio.sleep(self.seconds)
            assert len(self.heard) < len(self.answers), "more was said than the script holds"
            answer = self.answers[len(self.heard)]
            self.heard.append(utterance)
            self.vocabularies.append(tuple(vocabulary))
            return answer if isinstance(answer, Transcript) else Transcript(answer, 0.9, "en")

    async def sketch(self, utterance: Utterance, vocabulary: Sequence[str]) -> Transcript:
        with self._sketching:
            await asyncio.sleep(self.sketch_s)
            self.sketched.append(utterance)
            known = self.sketches[: len(self.sketched)]
            answer = known[-1] if known else ""
            return answer if isinstance(answer, Transcript) else Transcript(answer, 0.9, "en")


@dataclass
class ScriptedMind:
    """A LanguageModel that recites. Text is streamed word by word, a token each.

    It has one context: who asks while it is busy waits, for ever if a reply is never closed.

    Attributes:
        replies: one a call of `reply`, in order.
        prefill_s: time until the prompt has been read.
        token_s: time of a token.
        prompts: what `reply` was asked.
        warmed: what `warm` was given.
        said: tokens that were taken from it, per reply; fewer than it had when it was cut short.
        choices: calls, or none, one a call of `choose`, in order.
        margin: of every choice; one below the reluctance calls nothing.
        choose_s: time of a choice.
        offered: what `choose` was asked, and the names that it was offered.
        warmed_choosing: what `warm_choosing` was given.
    """

    replies: Sequence[str]
    prefill_s: float = 0.1
    token_s: float = 0.03
    prompts: list[tuple[Message, ...]] = field(default_factory=list)
    warmed: list[tuple[Message, ...]] = field(default_factory=list)
    said: list[list[str]] = field(default_factory=list)
    choices: Sequence[ToolCall | None] = ()
    margin: float = 5.0
    choose_s: float = 0.3
    offered: list[tuple[tuple[Message, ...], tuple[str, ...]]] = field(default_factory=list)
    warmed_choosing: list[tuple[Message, ...]] = field(default_factory=list)
    _free: asyncio.Lock = field(default_factory=asyncio.Lock)
    _read: tuple[Message, ...] = ()

    async def reply(
        self, prompt: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[str | Prefilled, None]:
        async with self._free:
            assert prompt, "a prompt is never empty"
            assert prompt[-1].role == "user", "somebody must have asked something"
            assert len(self.prompts) < len(self.replies), "more was asked than the script holds"
            text = self.replies[len(self.prompts)]
            self.prompts.append(tuple(prompt))
            self.said.append([])
            await asyncio.sleep(self.prefill_s)
            total, reused = self._prompt_tokens(self.prompts[-1])
            self._read = self.prompts[-1]
            yield Prefilled(total, reused)
            for piece in text.replace(" ", "\0 ").split("\0")[:max_tokens]:
                await asyncio.sleep(self.token_s)
                self.said[-1].append(piece)
                yield piece

    async def warm(self, prompt: Sequence[Message]) -> None:
        async with self._free:
            await asyncio.sleep(self.prefill_s)
            self.warmed.append(tuple(prompt))
            self._read = tuple(prompt)

    async def choose(
        self,
        prompt: Sequence[Message],
        offers: Sequence[Offer],
        *,
        said: str,
        reluctance: float = 0.0,
    ) -> Choice:
        async with self._free:
            assert prompt[-1].role == "user", "somebody must have asked something"
            assert offers, "there must be something to choose from"
            assert len(self.offered) < len(self.choices), "more was asked than the script holds"
            call = self.choices[len(self.offered)]
            names = tuple(offer.name for offer in offers)
            self.offered.append((tuple(prompt), names))
            await asyncio.sleep(self.choose_s)
            assert call is None or call.name in names, "only what is offered can be chosen"
            chosen = call if self.margin >= reluctance else None
            return Choice(chosen, self.margin, len(_words(tuple(prompt))), 0, 1)

    async def warm_choosing(self, prompt: Sequence[Message], *, keep: bool = True) -> bool:
        async with self._free:
            await asyncio.sleep(self.prefill_s)
            self.warmed_choosing.append(tuple(prompt))
            return True

    def count(self, text: str) -> int:
        return len(text.split())

    def _prompt_tokens(self, prompt: tuple[Message, ...]) -> tuple[int, int]:
        """Words of a prompt, and how many of them it shares with the last thing that was read."""
        words = _words(prompt)
        shared = 0
        for mine, theirs in zip(words, _words(self._read), strict=False):
            if mine != theirs:
                break
            shared += 1
        return len(words), shared


def _words(prompt: Sequence[Message]) -> list[str]:
    return [word for message in prompt for word in (message.role, *message.text.split())]


@dataclass
class ScriptedVoice:
    """A Voice whose speech lasts as long as its text: letters times `letter_s` seconds.

    Attributes:
        rate: samples per second.
        letter_s: length of a letter.
        start_s: time until the first frame of a clause.
        frame_s: length of a frame, which are then made at once.
        said: clauses, in order.
        finished: those that were taken to their end.
        prepared: clauses that were made ahead; they begin at once.
    """

    rate: int = 22_050
    letter_s: float = 0.05
    start_s: float = 0.06
    frame_s: float = 0.1
    said: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    prepared: list[str] = field(default_factory=list)
    _due: dict[str, float] = field(default_factory=dict)
    _one: _OneAtATime = field(default_factory=_OneAtATime)

    def holds(self, clause: str) -> bool:
        return clause in self.prepared

    async def prepare(self, clause: str) -> None:
        if not self.holds(clause):
            self._due[clause] = asyncio.get_running_loop().time() + self.start_s
            try:
                await asyncio.sleep(self.start_s)
                self.prepared.append(clause)
            finally:
                del self._due[clause]

    async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
        with self._one:
            assert clause.strip(), "there is nothing to say"
            self.said.append(clause)
            await asyncio.sleep(self._starts_in(clause))
            length = int(len(clause) * self.letter_s * self.rate)
            step = int(self.frame_s * self.rate)
            # A different tone for each clause, so that a recording shows which one was played.
            tone = 200 + 50 * len(self.said)
            wave = np.sin(np.arange(length) * (2 * np.pi * tone / self.rate)) * 8000
            pcm = wave.astype(np.int16)
            for start in range(0, length, step):
                yield AudioFrame(pcm[start : start + step], start, self.rate)
            self.finished.append(clause)

    def _starts_in(self, clause: str) -> float:
        now = asyncio.get_running_loop().time()
        return 0.0 if self.holds(clause) else self._due.get(clause, now + self.start_s) - now
