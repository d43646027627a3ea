"""The plain pipeline on the same models: every stage waits for the one before it to be done.

700 ms of silence by Silero, Whisper as faster-whisper runs it, the whole answer from the mind by
llama.cpp's own chat, the whole of it spoken by Piper, and only then the first sound. Silence that
is only waited for is counted, not waited.

It is treated kindly: models are warm, the language is known, threads are ours, the prompt is one
sentence and there is no history. A second count is kinder still: where our grammar understood the
sentence, understanding costs nothing and what we answered is spoken at once, so that it tells what
is gained without the grammar.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import llama_cpp
import numpy as np
from faster_whisper import WhisperModel
from piper import PiperVoice

from audio.detector import Judge
from audio.frames import RATE, Pcm
from audio.resampling import to_floats
from audio.silero import WINDOW, Silero
from daemon.bench.bench import Bench

SILENCE_MS: Final = 700
"""Of silence after which an utterance counts as over; Pipecat's and LiveKit's were no shorter."""

_SPEECH, _SILENCE = 0.5, 0.35
"""Silero's own thresholds (silero-vad, `VADIterator`)."""

_TAIL_S: Final = 2.0
"""Seconds of silence behind a recording, in which its end is found."""

_SYSTEM: Final = "You are a helpful voice assistant. Answer in one or two short sentences."

_LANGUAGE: Final = "en"

STAGES: Final = ("endpoint", "transcribe", "think", "speak")
"""What is waited for, in this order; fields of `Waited`."""


@dataclass(frozen=True, slots=True)
class Waited:
    """What a person would have waited for, in milliseconds from the acoustic end.

    Attributes:
        endpoint: until the silence was long enough.
        transcribe: the words.
        think: the whole answer; 0 where it was known.
        speak: all of its sound.
        text: what was understood.
        answer: what was spoken.
    """

    endpoint: float
    transcribe: float
    think: float
    speak: float
    text: str
    answer: str

    @property
    def first_audio_ms(self) -> float:
        """Everything, one after the other."""
        return sum(float(getattr(self, stage)) for stage in STAGES)


class Serial:
    """The pipeline, loaded and warm. Blocking."""

    def __init__(self, bench: Bench) -> None:
        """Load everything that the daemon loads for it, from the same files."""
        plan = bench.shop.plan
        settings = bench.shop.config.settings.conversation
        self._longest = settings.answer_tokens
        self._judge = Silero(bench.weights("vad"))
        self._ear = WhisperModel(
            str(bench.weights("ear").parent),
            device="cpu",
            compute_type="int8",
            cpu_threads=plan.ear_threads,
        )
        self._mind = llama_cpp.Llama(
            str(bench.weights("mind")),
            n_ctx=settings.prompt_tokens,
            n_threads=plan.mind_threads,
            n_threads_batch=plan.mind_prompt_threads,
            n_gpu_layers=plan.mind_gpu_layers,
            verbose=False,
        )
        self._mouth = PiperVoice.load(bench.weights("mouth"))
        self._warm()

    def answer(self, pcm: Pcm, ended: int, known: str = "") -> Waited:
        """Take one recording from its acoustic end to the first sound.

        Args:
            pcm: mono int16 at RATE, shape (n,).
            ended: sample index of its acoustic end.
            known: the answer, where the mind need not be asked.
        """
        sound = np.concatenate((pcm, np.zeros(round(_TAIL_S * RATE), np.int16)))
        decided = over(self._judge, sound)
        text, transcribe = _timed(lambda: self._hear(sound[:decided]))
        answer, think = (known, 0.0) if known else _timed(lambda: self._think(text))
        _, speak = _timed(lambda: self._speak(answer))
        endpoint = (decided - ended) * 1000 / RATE
        return Waited(round(endpoint, 1), transcribe, think, speak, text, answer)

    def close(self) -> None:
        """Give the memory back: a daemon is about to want it."""
        self._mind.close()

    def _warm(self) -> None:
        """Every first inference allocates."""
        self._hear(np.zeros(RATE, np.int16))
        self._think("Hello.")
        self._speak("Hello.")

    def _hear(self, sound: Pcm) -> str:
        segments, _ = self._ear.transcribe(to_floats(sound), language=_LANGUAGE)
        return "".join(segment.text for segment in segments).strip()

    def _think(self, text: str) -> str:
        messages: list[Any] = [
            {"role": "system", "content": _SYSTEM},
            {"role": "user", "content": text},
        ]
        told: Any = self._mind.create_chat_completion(
            messages, max_tokens=self._longest, temperature=0.0
        )
        return str(told["choices"][0]["message"]["content"]).strip()

    def _speak(self, text: str) -> int:
        return sum(len(chunk.audio_int16_bytes) for chunk in self._mouth.synthesize(text))


def over(judge: Judge, sound: Pcm) -> int:
    """Sample index at which the last speech of a sound has been followed by enough silence."""
    judge.reset()
    last, speaking = 0, False
    for start in range(0, len(sound) - WINDOW + 1, WINDOW):
        likely = judge.probability(sound[start : start + WINDOW])
        speaking = likely >= _SPEECH or (speaking and likely >= _SILENCE)
        last = start + WINDOW if speaking else last
    return min(last + SILENCE_MS * RATE // 1000, len(sound))


@contextmanager
def loaded(bench: Bench) -> Iterator[Serial]:
    """The pipeline, for as long as it is needed: on a small machine there is no room for two."""
    serial = Serial(bench)
    try:
        yield serial
    finally:
        serial.close()


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    result = work()
    return result, round((time.perf_counter() - began) * 1000, 1)
