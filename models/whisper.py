"""The ear: Whisper on its own thread, believed only when somebody really spoke."""

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np

from audio.frames import RATE, Pcm, Utterance
from models import vocabulary as house
from models.ports import Enough, Transcript
from models.whisper_decoder import Decoder
from models.whisper_guard import refusal
from models.whisper_progress import Judged, Progress
from models.whisper_window import pieces
from models.worker import Worker

ECHO = "echo of the vocabulary"

COMMAND_S = 10.0
"""Seconds; nobody gives a longer command. Wider search leaves sentences out of longer speech."""

SURE = 0.9
BEAMS = 5
"""Confidence under which is decoded again with several hypotheses, and how many.

Of 130 spoken commands 5 hear 22 wrong and greedy decoding 29, and what was said is often among the
others. It costs 50 ms; half of the commands are under SURE, and of those above it one was lost
(tests/bench/spoken.py). Whether anybody spoke is for greedy decoding to say: among hypotheses there
is always one that makes something likely of a noise.
"""


def _always(_text: str, _confidence: float) -> bool:
    return True


def _never(_text: str, _confidence: float) -> bool:
    return False


class WhisperEar:
    """A Transcriber. Each step of a piece is one call on the engine's thread.

    While somebody speaks on and on, what was decoded of it stays known (`Progress`), so that a
    sketch costs the same after ten minutes, and the end of a monologue is heard as soon as that of
    a command. A cancelled call ends after the step in hand.
    """

    def __init__(self, worker: Worker, decoder: Decoder, language: str) -> None:
        self._worker = worker
        self._decoder = decoder
        self._language = language
        self._progress = Progress()

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
        await self._worker.run(lambda: self._understand(silence, (), 1.0, _never))

    async def transcribe(
        self,
        utterance: Utterance,
        vocabulary: Sequence[str],
        *,
        enough: Enough = _never,
    ) -> Transcript:
        """Transcribe.

        Args:
            utterance: what was said.
            vocabulary: names of the house, which makes hearing them likelier.
            enough: which words need no closer look; by default all do that are not certain.

        Raises:
            EngineFailed: the network gave up.
        """
        judged, done = self._progress.of(utterance, vocabulary)
        if utterance.seconds > COMMAND_S:
            enough = _always
        for piece in pieces(utterance.pcm[done:]):
            understand = partial(self._understand, piece, vocabulary, utterance.voiced, enough)
            judged.append(await self._worker.run(understand))
            done += len(piece)
            if done < len(utterance.pcm):
                self._progress.add(utterance, vocabulary, done, judged[-1])
        return _joined(judged, self._language)

    async def sketch(self, utterance: Utterance, vocabulary: Sequence[str]) -> Transcript:
        """Decode the newest piece greedily; an older one, if it has not been yet, takes its place.

        Encoding and decoding are two calls on the engine's thread: a `transcribe` that comes in
        between goes first, and a cancelled sketch makes no second one.

        Raises:
            EngineFailed: the network gave up.
        """
        judged, done = self._progress.of(utterance, vocabulary)
        for piece in pieces(utterance.pcm[done:])[:1]:
            encoded = await self._worker.run(partial(self._decoder.encode, piece))
            judge = partial(self._glance, encoded, piece, vocabulary, utterance.voiced)
            judged.append(await self._worker.run(judge))
            if done + len(piece) < len(utterance.pcm):
                self._progress.add(utterance, vocabulary, done + len(piece), judged[-1])
        return _joined(judged, self._language)

    def close(self) -> None:
        """Wait for the step in hand and end the thread."""
        self._worker.close()

    def _understand(self, pcm: Pcm, names: Sequence[str], voiced: float, enough: Enough) -> Judged:
        """Decode one piece and judge it, with a second look where the first is not certain."""
        seconds = len(pcm) / RATE
        encoded = self._decoder.encode(pcm)
        heard = self._decoder.generate(encoded, seconds, names)
        if refused := refusal(heard, voiced * seconds):
            return Judged(heard, refused)
        if heard.confidence < SURE and not enough(heard.text, heard.confidence):
            wider = self._decoder.generate(encoded, seconds, names, beams=BEAMS)
            heard = heard if refusal(wider, voiced * seconds) else wider
        if not house.is_echo(heard.text, names):
            return Judged(heard)
        # A name alone, or the prompt echoed: what was said can be heard without the prompt too.
        plain = self._decoder.generate(encoded, seconds, ())
        if refusal(plain, voiced * seconds):
            return Judged(heard, ECHO)
        return Judged(heard if house.is_name(heard.text, names) else plain)

    def _glance(self, encoded: object, pcm: Pcm, names: Sequence[str], voiced: float) -> Judged:
        """Decode what was encoded, once; what only echoes the names is not worth a look."""
        seconds = len(pcm) / RATE
        heard = self._decoder.generate(encoded, seconds, names)
        refused = refusal(heard, voiced * seconds)
        if not refused and house.is_echo(heard.text, names):
            refused = ECHO
        return Judged(heard, refused)


def _joined(judged: Sequence[Judged], language: str) -> Transcript:
    """One transcript of all pieces; refused ones are left out, unless there is nothing else."""
    written = [one for one in judged if one.decode.text]
    believed = [one.decode for one in written if not one.refused]
    counted = believed or [one.decode for one in written]
    if not counted:
        return Transcript("", 0.0, language)
    tokens = sum(decode.tokens for decode in counted)
    logprob = sum(decode.logprob * decode.tokens for decode in counted) / tokens
    return Transcript(
        text=" ".join(decode.text for decode in believed),
        confidence=math.exp(min(logprob, 0.0)),
        language=counted[0].language,
        rejected="" if believed else written[0].refused,
        others=believed[0].others if len(judged) == len(believed) == 1 else (),
    )
