"""Whisper's network, step by step: faster-whisper's parts with a window of our choice."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.cpu import features

# CTranslate2 takes AVX-512 on Intel's processors only; others that have it need 8 to 16 % less
# time with it (tests/bench/ear_steps.py). It reads this once, when it is loaded.
if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= features():
    os.environ.setdefault("CT2_FORCE_CPU_ISA", "AVX512")

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_compression_ratio, get_suppressed_tokens
from numpy.typing import NDArray

from audio.frames import RATE, Pcm
from models import vocabulary
from models.ports import EngineFailed, ModelMissing
from models.whisper_guard import Decode
from models.whisper_window import WINDOW

FILES = ("config.json", "model.bin", "tokenizer.json")
"""Without these faster-whisper would ask the network instead of failing."""

_HOP = 160
_SPAN = 400
"""Samples from one mel frame to the next, and samples that each is computed from."""

_CONTEXT = 448
"""Tokens that the decoder can hold, prompt included."""

_PACE = 10
_START = 8
"""Tokens allowed per second of sound and on top. Speech in any language needs fewer (English at
most 4 per second in our recordings); a decoder that repeats itself is stopped here, which bounds
the slowest decode."""


_NEAR = 0.3
"""Nats per token by which other hypotheses may be less likely than the best one."""


class Decoder:
    """Blocking; to be called on one thread only."""

    def __init__(self, folder: Path, threads: int, language: str | None) -> None:
        """Load the model.

        Args:
            folder: a converted model, with at least FILES.
            threads: CPU threads of the network.
            language: ISO 639-1 code, or None to detect it in every piece.

        Raises:
            ModelMissing: a file is not there.
            EngineFailed: the files are not a model, or it does not know the language.
        """
        for name in FILES:
            if not (folder / name).is_file():
                raise ModelMissing(f"{folder / name} is missing; 'auricle models pull' brings it")
        try:
            self._model = WhisperModel(
                str(folder), device="cpu", compute_type="int8", cpu_threads=threads
            )
        except Exception as trouble:  # tokenizers raises nothing more specific.
            raise EngineFailed(f"{folder} cannot be loaded as Whisper: {trouble}") from trouble
        self._language = language
        self._tokenizers: dict[str, Tokenizer] = {}
        tokenizer = self._tokenizer(language or "en")
        self._encode_text = tokenizer.encode
        self._suppressed = list(get_suppressed_tokens(tokenizer, [-1]))

    def encode(self, pcm: Pcm, window: int = WINDOW) -> Any:
        """Encode one piece.

        Args:
            pcm: mono int16 at RATE, shorter than the window.
            window: seconds of sound that the network is shown.

        Returns:
            The encoder's states, as `generate` wants them.

        Raises:
            EngineFailed: the network gave up.
        """
        try:
            return self._model.encode(self._features(pcm, window))
        except (RuntimeError, ValueError) as trouble:
            raise EngineFailed(f"Whisper could not encode: {trouble}") from trouble

    def generate(
        self, encoded: Any, seconds: float, names: Sequence[str], *, beams: int = 1
    ) -> Decode:
        """Write down what was encoded, without retries at higher temperatures.

        A retry answers noise with another invention.

        Args:
            encoded: what `encode` returned.
            seconds: length of the piece; bounds the number of tokens.
            names: names that should be likelier.
            beams: hypotheses kept; one is greedy.

        Raises:
            EngineFailed: the network gave up.
        """
        try:
            return self._generate(encoded, seconds, names, beams)
        except (RuntimeError, ValueError) as trouble:
            raise EngineFailed(f"Whisper could not decode: {trouble}") from trouble

    def _features(self, pcm: Pcm, window: int) -> NDArray[np.float32]:
        """Log-mel spectrogram of the sound and the silence that fills its window.

        The silence is added to the sound, as in Whisper's training; faster-whisper fills the
        spectrogram with zeros, which sound like a steady hum: then windows of 12 s already repeat.
        All of the silence looks like its beginning, so only that much is computed: 1 ms, not 4.
        """
        length = min(-(-len(pcm) // _HOP) * _HOP + 2 * _SPAN, window * RATE)
        filled = np.zeros(length, np.float32)
        filled[: len(pcm)] = pcm.astype(np.float32) / 32768
        features: NDArray[np.float32] = self._model.feature_extractor(filled)
        features = features[:, : window * RATE // _HOP]
        missing = window * RATE // _HOP - features.shape[1]
        return np.pad(features, ((0, 0), (0, missing)), mode="edge")

    def _generate(self, encoded: Any, seconds: float, names: Sequence[str], beams: int) -> Decode:
        language = self._language or self._detected(encoded)
        tokenizer = self._tokenizer(language)
        bias = vocabulary.prompt(names, self._encode_text)
        prompt = self._model.get_prompt(tokenizer, bias, without_timestamps=True)
        limit = min(_START + int(_PACE * seconds), _CONTEXT // 2)
        [result] = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=beams,
            num_hypotheses=beams,
            # CTranslate2 stops at half of max_length, or at max_length with the prompt.
            max_length=min(max(2 * limit, limit + len(prompt)), _CONTEXT),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=self._suppressed,
        )
        logprobs = [
            # The score is the sum over the tokens and the end, divided by the tokens alone.
            score * len(tokens) / (len(tokens) + 1)
            for tokens, score in zip(result.sequences_ids, result.scores, strict=True)
        ]
        texts = [tokenizer.decode(tokens).strip() for tokens in result.sequences_ids]
        tokens, text = result.sequences_ids[0], texts[0]
        near = [
            other
            for other, logprob in zip(texts, logprobs, strict=True)
            if logprob >= logprobs[0] - _NEAR
        ]
        return Decode(
            text=text,
            language=language,
            tokens=len(tokens),
            logprob=logprobs[0],
            no_speech=result.no_speech_prob,
            compression=get_compression_ratio(text) if text else 0.0,
            ended=len(tokens) < limit,
            others=tuple(other for other in dict.fromkeys(near) if other and other != text),
        )

    def _detected(self, encoded: Any) -> str:
        [candidates] = self._model.model.detect_language(encoded)
        code: str = candidates[0][0]
        return code.removeprefix("<|").removesuffix("|>")

    def _tokenizer(self, language: str) -> Tokenizer:
        if language not in self._model.supported_languages:
            known = ", ".join(self._model.supported_languages)
            raise EngineFailed(f"this Whisper model does not know {language!r}; it knows {known}")
        if language not in self._tokenizers:
            self._tokenizers[language] = Tokenizer(
                self._model.hf_tokenizer,
                self._model.model.is_multilingual,
                task="transcribe",
                language=language,
            )
        return self._tokenizers[language]
