"""Smart Turn v3: whether a turn is complete, judged by how it sounds; no words are needed."""

from pathlib import Path

import numpy as np
import onnxruntime
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as native

from audio.frames import RATE, Pcm
from audio.ports import AudioError

_SECONDS = 8
"""Length of what the model hears: the end of the turn, silence in front of a shorter one."""

_FRAMES = 100 * _SECONDS
"""Mel frames of that: hops of 10 ms."""

_UNUSABLE = (native.NoSuchFile, native.InvalidProtobuf, native.InvalidGraph, native.Fail)
"""What ONNX Runtime raises for a file that is missing, damaged or something else."""


class SmartTurn:
    """A TurnJudge.

    Its input is made as in its training: Whisper's log-mel features of the whole eight seconds,
    brought to zero mean and unit variance, padding included (pipecat, `LocalSmartTurnAnalyzerV3`).

    Raises:
        AudioError: from the constructor, when the file is missing or not such a model.
    """

    def __init__(self, model: Path, threads: int = 1) -> None:
        """Load the model.

        Args:
            model: the ONNX file.
            threads: CPU threads of the network.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(model), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except _UNUSABLE as error:
            raise AudioError(
                f"{model}: not a usable Smart Turn model; run: auricle models verify"
            ) from error
        inputs = {given.name: list(given.shape[1:]) for given in self._session.get_inputs()}
        if inputs != {"input_features": [80, _FRAMES]}:
            raise AudioError(f"{model}: not a Smart Turn model of version 3")
        self._extract = FeatureExtractor(chunk_length=_SECONDS)

    def probability(self, pcm: Pcm) -> float:
        """How likely a turn that pauses at the end of this sound is complete, 0..1.

        Args:
            pcm: the turn so far, mono int16 at 16 kHz, shape (n,).
        """
        [output] = self._session.run(None, {"input_features": self._features(pcm)[np.newaxis]})
        return float(output[0, 0])

    def _features(self, pcm: Pcm) -> NDArray[np.float32]:
        heard = np.zeros(_SECONDS * RATE, np.float32)
        last = pcm[-len(heard) :]
        heard[len(heard) - len(last) :] = last
        heard /= 32768.0
        heard -= heard.mean()
        heard /= np.sqrt(heard.var() + 1e-7)
        features: NDArray[np.float32] = self._extract(heard, padding=0)
        return features.astype(np.float32, copy=False)
