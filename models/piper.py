"""The mouth: Piper, one clause at a time, its first samples long before its last."""

import hashlib
import json
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import aclosing
from importlib import metadata
from pathlib import Path
from typing import Final, cast

import numpy as np
from piper import PiperConfig, PiperVoice

from audio.frames import AudioFrame, Pcm
from models import spoken
from models.onnx_parts import NotCut, cut
from models.ports import EngineFailed
from models.providers import ONNX_ERRORS, Sessions
from models.spoken import Spoken
from models.vocoder import Samples, Vocoder
from models.worker import Worker

_BLOCKS_PER_SECOND: Final = 10
"""A clause is handed over in blocks of 100 ms: small against the second that may be queued."""

_VOCODER: Final = "/dec/conv_pre/Conv"
"""First node of a Piper voice's second half, as its training code exports it."""

_TRIAL: Final = "It is 7:05, and the kitchen light is on."
"""Spoken into the void: the first inference allocates, the second one tells speed and loudness."""

_LOUDNESS: Final = 0.12
"""Root mean square of speech, pauses included: of ten sentences, 0.10 in the mean, which is what
Piper's own scaling of each to its peak comes to; that can only be done to a whole one."""

_KNEE: Final = 0.8
"""Amplitude above which peaks are rounded instead of clipped."""


class PiperMouth:
    """A `Voice`. The text is normalised on the voice's own thread, off the loop."""

    def __init__(self, voice: PiperVoice, vocoder: Vocoder | None, worker: Worker) -> None:
        """Join the halves of a voice.

        Args:
            voice: all of it, or only its front half.
            vocoder: its back half; None where the voice could not be cut in two.
            worker: the thread that both run on.
        """
        self._voice = voice
        self._vocoder = vocoder
        self._worker = worker
        self._spoken = Spoken()
        self._gain = 1.0

    @classmethod
    async def load(cls, model: Path, sessions: Sessions, threads: int) -> "PiperMouth":
        """Open a voice and try it.

        Args:
            model: the .onnx file; its description lies beside it, with .json added.
            sessions: opens the model where it should run.
            threads: threads for one clause.

        Raises:
            EngineFailed: the description is not one of Piper's, or the model cannot be run.
        """
        worker = Worker("mouth")

        def build() -> "PiperMouth":
            description = model.with_name(f"{model.name}.json").read_text(encoding="utf-8")
            config = PiperConfig.from_dict(json.loads(description))
            mouth = cls(*_open(model, config, sessions, threads), worker)
            mouth.try_out()
            return mouth

        try:
            return await worker.run(build)
        except (OSError, ValueError, KeyError) as error:
            worker.close()
            raise EngineFailed(f"Piper cannot use {model.name}: {error}") from error

    @property
    def rate(self) -> int:
        """Samples per second of the frames."""
        return int(self._voice.config.sample_rate)

    async def say(self, clause: str) -> AsyncGenerator[AudioFrame, None]:
        """See `Voice.say`. A clause without anything to pronounce yields no frame."""
        async with aclosing(self._worker.draw(lambda: self._say(clause))) as frames:
            async for frame in frames:
                yield frame

    def close(self) -> None:
        """Wait for the piece in hand."""
        self._worker.close()

    def try_out(self) -> None:
        """Speak into the void: twice, because the first time says nothing about the second."""
        for _ in range(2):
            made = np.concatenate([*self._samples(_TRIAL), np.empty(0, dtype=np.float32)])
        loudness = float(np.sqrt(np.mean(np.square(made)))) if len(made) else 0.0
        self._gain = _LOUDNESS / loudness if loudness else 1.0

    def _say(self, clause: str) -> Generator[AudioFrame, None, None]:
        block = self.rate // _BLOCKS_PER_SECOND
        start = 0
        for samples in self._samples(clause):
            pcm = _levelled(samples, self._gain)
            for at in range(0, len(pcm), block):
                frame = AudioFrame(pcm[at : at + block], start, self.rate)
                yield frame
                start = frame.end

    def _samples(self, clause: str) -> Iterator[Samples]:
        try:
            for phonemes in self._voice.phonemize(self._spoken(clause)):
                if phonemes:
                    yield from self._sentence(self._voice.phonemes_to_ids(phonemes))
        except ONNX_ERRORS as error:
            raise EngineFailed(f"Piper could not speak: {error}") from error

    def _sentence(self, phonemes: list[int]) -> Iterator[Samples]:
        # The front half's output is no audio yet, whatever Piper calls it.
        made = cast("Samples", self._voice.phoneme_ids_to_audio(phonemes))
        return iter((made,)) if self._vocoder is None else self._vocoder.samples(made)


def manner() -> str:
    """What decides how a text sounds besides the weights: versions of all that it goes through."""
    ours = hashlib.sha256()
    for module in (spoken.__file__, __file__):
        ours.update(Path(module).read_bytes())
    libraries = " ".join(metadata.version(name) for name in ("piper-tts", "wetext"))
    return f"{libraries} {ours.hexdigest()[:12]}"


def _open(
    model: Path, config: PiperConfig, sessions: Sessions, threads: int
) -> tuple[PiperVoice, Vocoder | None]:
    try:
        parts = cut(model.read_bytes(), _VOCODER)
        back = sessions.open(model, threads, part=parts.back).session
        front = sessions.open(model, threads, part=parts.front).session
    except (NotCut, EngineFailed):
        # A voice of another kind is made as a whole, clause by clause.
        return PiperVoice(session=sessions.open(model, threads).session, config=config), None
    hop, rate = int(config.hop_length), int(config.sample_rate)
    vocoder = Vocoder(back, parts.tensor, hop=hop, rate=rate)
    return PiperVoice(session=front, config=config), vocoder


def _levelled(samples: Samples, gain: float) -> Pcm:
    loud = samples * np.float32(gain)
    over = np.abs(loud) - _KNEE
    rounded = np.sign(loud) * (_KNEE + (1 - _KNEE) * np.tanh(over / (1 - _KNEE)))
    pcm: Pcm = (np.where(over > 0, rounded, loud) * 32767).astype(np.int16)
    return pcm
