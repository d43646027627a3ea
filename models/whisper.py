"""The ear: Whisper on its own thread, believed only when somebody really spoke."""

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np

from audio.frames import RATE, Pcm, Utterance
from models import vocabulary as house
from models.ports import Transcript
from models.whisper_decoder import Decoder
from models.whisper_guard import Decode, refusal
from models.whisper_window import pieces, window
from models.worker import Worker

ECHO = "echo of the vocabulary"

COMMAND_S = 10.0
"""Seconds; nobody gives a longer command."""

SKETCHED_S = 12.0
"""Seconds of the newest sound that a sketch is made of."""

SURE = 0.9
BEAMS = 5
"""Confidence under which is decoded again with several hypotheses, and how many.

Of 130 spoken commands 5 hear 22 wrong and greedy decoding 29, and what was said is often among the
others. It costs 50 ms; half of the commands are under SURE, and of those above it one was lost
(tests/bench/spoken.py). Whether anybody spoke is for greedy decoding to say: among hypotheses there
is always one that makes something likely of a noise.
"""


class WhisperEar:
    """A Transcriber. Each piece of an utterance is one call on the engine's thread.

    A buffer that is still growing can be transcribed again and again: nothing is kept between
    calls, and a cancelled call ends after the piece in hand.
    """

    def __init__(self, worker: Worker, decoder: Decoder, language: str) -> None:
        self._worker = worker
        self._decoder = decoder
        self._language = language

    @classmethod
    async def load(cls, folder: Path, *, threads: int = 2, language: str | None = "en") -> Self:
        """Load a model on a thread of its own.

        Args:
            folder: a Whisper model converted for CTranslate2.
            threads: CPU threads of the network.
            language: ISO 639-1 code, or None to detect it in every utterance.

        Raises:
            ModelMissing: a file is not there.
            EngineFailed: the files are not a model, or it does not know the language.
        """
        worker = Worker("ear")
        try:
            decoder = await worker.run(lambda: Decoder(folder, threads, language))
        except BaseException:
            worker.close()
            raise
        return cls(worker, decoder, language or "")

    async def warm(self) -> None:
        """Run one real inference, so that the first utterance does not pay for it.

        Raises:
            EngineFailed: the network gave up.
        """
        silence = np.zeros(RATE, np.int16)
        await self._worker.run(lambda: self._understand(silence, (), 1.0))

    async def transcribe(self, utterance: Utterance, vocabulary: Sequence[str]) -> Transcript:
        """Transcribe; `vocabulary` lists names of the house that make hearing them likelier.

        Raises:
            EngineFailed: the network gave up.
        """
        judged = []
        for piece in pieces(utterance.pcm):
            understand = partial(self._understand, piece, vocabulary, utterance.voiced)
            judged.append(await self._worker.run(understand))
        return _joined(judged, self._language)

    async def sketch(self, utterance: Utterance, vocabulary: Sequence[str]) -> Transcript:
        """Decode greedily, once; cancelling takes effect between encoding and decoding.

        Raises:
            EngineFailed: the network gave up.
        """
        sound = utterance.pcm[-int(SKETCHED_S * RATE) :]
        seconds = len(sound) / RATE
        if not seconds:
            return _joined([], self._language)
        encoded = await self._worker.run(
            lambda: self._decoder.encode(sound, window(seconds)),
        )
        decode = await self._worker.run(
            lambda: self._decoder.generate(encoded, seconds, vocabulary),
        )
        refused = refusal(decode, utterance.voiced * seconds)
        if not refused and house.is_echo(decode.text, vocabulary):
            refused = ECHO
        return _joined([(decode, refused)], self._language)

    def close(self) -> None:
        """Wait for the piece in hand and end the thread."""
        self._worker.close()

    def _understand(self, pcm: Pcm, names: Sequence[str], voiced: float) -> tuple[Decode, str]:
        """Decode one piece and judge it: the decode, and why it is refused ("" if it is not)."""
        seconds = len(pcm) / RATE
        encoded = self._decoder.encode(pcm, window(seconds))
        heard = self._decoder.generate(encoded, seconds, names)
        if refused := refusal(heard, voiced * seconds):
            return heard, refused
        # Wider search leaves sentences out of long pieces; commands are short.
        if heard.confidence < SURE and seconds <= COMMAND_S:
            wider = self._decoder.generate(encoded, seconds, names, beams=BEAMS)
            heard = heard if refusal(wider, voiced * seconds) else wider
        if not house.is_echo(heard.text, names):
            return heard, ""
        # A name alone, or the prompt echoed: what was said can be heard without the prompt too.
        plain = self._decoder.generate(encoded, seconds, ())
        if refusal(plain, voiced * seconds):
            return heard, ECHO
        return (heard if house.is_name(heard.text, names) else plain), ""


def _joined(judged: Sequence[tuple[Decode, str]], language: str) -> Transcript:
    """One transcript of all pieces; refused ones are left out, unless there is nothing else."""
    written = [(decode, refused) for decode, refused in judged if decode.text]
    believed = [decode for decode, refused in written if not refused]
    counted = believed or [decode for decode, _ in written]
    if not counted:
        return Transcript("", 0.0, language)
    tokens = sum(decode.tokens for decode in counted)
    logprob = sum(decode.logprob * decode.tokens for decode in counted) / tokens
    return Transcript(
        text=" ".join(decode.text for decode in believed),
        confidence=math.exp(min(logprob, 0.0)),
        language=counted[0].language,
        rejected="" if believed else written[0][1],
        others=believed[0].others if len(judged) == len(believed) == 1 else (),
    )
